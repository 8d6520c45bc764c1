"""What holds of every result, on volumes that Hypothesis makes up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kimimaro
from graphs import assert_same, cable, canonical, is_forest, pieces, voxels
from kimimaro.testing.strategies import anisotropies, label_volumes, layouts
from reference import components, distance_to_boundary
from volumes import LAYOUTS, tissue

NATIVE = st.sampled_from([np.dtype(code) for code in ("u1", "u2", "u4", "u8", "i4", "?")])


def skeletonize(labels, **options):
    settings = {"dust_threshold": 0, "progress": False, "parallel": 1}
    settings.update(options)
    return kimimaro.skeletonize(labels, **settings)


def as_3d(labels):
    return labels if labels.ndim == 3 else labels[:, :, np.newaxis]


@given(
    label_volumes(),
    anisotropies(0.1, 64),
    st.floats(0, 3),
    st.floats(0, 5),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["ball", "cube"]),
)
@settings(max_examples=200, deadline=None)
def test_a_tree_per_component_that_explains_it(
    labels, anisotropy, scale, const, fix_borders, fix_branching, invalidation
):
    const = const * min(anisotropy)
    found = skeletonize(
        labels,
        teasar_params={
            "scale": scale,
            "const": const,
            "soma_detection_threshold": 1e9,
            "invalidation": invalidation,
        },
        anisotropy=anisotropy,
        fix_borders=fix_borders,
        fix_branching=fix_branching,
    )
    volume = as_3d(labels)
    numbers, count = components(volume)
    distance = distance_to_boundary(volume, anisotropy)
    sizes = np.bincount(numbers.ravel(), minlength=count + 1)
    assert set(found) == {int(label) for label in np.unique(volume[volume != 0])}
    traced = set()
    for label, skeleton in found.items():
        at = voxels(skeleton, anisotropy)
        inside = tuple(at.T)
        assert (volume[inside] == label).all()
        assert len(np.unique(at, axis=0)) == len(at)
        np.testing.assert_allclose(skeleton.vertices, at * np.array(anisotropy), rtol=1e-6)
        np.testing.assert_allclose(skeleton.radii, distance[inside], rtol=1e-5)
        assert is_forest(skeleton)
        steps = np.abs(np.diff(at[skeleton.edges.astype(int)], axis=1)).max(axis=(1, 2), initial=0)
        assert (steps <= 1).all()
        of_piece = pieces(skeleton)
        for number in np.unique(numbers[inside]):
            members = numbers[inside] == number
            assert len(np.unique(of_piece[members])) == 1
            check_explained(
                np.argwhere(numbers == number) * np.array(anisotropy),
                skeleton.vertices[members],
                (scale * skeleton.radii[members] + const)
                * (3**0.5 if invalidation == "cube" else 1),
            )
        assert len(np.unique(of_piece)) == len(np.unique(numbers[inside]))
        traced |= set(np.unique(numbers[inside]).tolist())
    # Every component has a tree, at most those of one voxel have none.
    assert all(sizes[number] == 1 for number in set(range(1, count + 1)) - traced)


def check_explained(places, vertices, radii):
    """Assert that every place is within its radius of some vertex, but for rounding."""
    squares = ((places[:, np.newaxis] - vertices[np.newaxis]) ** 2).sum(axis=2)
    slack = 1e-4 * (1 + np.abs(places).max())
    assert (squares <= (radii + slack) ** 2).any(axis=1).all()


@given(label_volumes(dtypes=NATIVE), st.data())
@settings(max_examples=100, deadline=None)
def test_layout_changes_nothing(labels, data):
    assert_same(skeletonize(data.draw(layouts(labels))), skeletonize(np.ascontiguousarray(labels)))


@given(label_volumes(dtypes=st.just(np.dtype("u1"))), st.sampled_from([1, 2, 4, 8]), st.data())
@settings(max_examples=100, deadline=None)
def test_dtype_changes_nothing(labels, size, data):
    order = data.draw(st.sampled_from("<>"))
    kind = data.draw(st.sampled_from("ui")) if labels.max() < 128 else "u"
    assert_same(skeletonize(labels.astype(f"{order}{kind}{size}")), skeletonize(labels))


@given(label_volumes(dtypes=st.just(np.dtype("u1"))), st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_renumbering_changes_only_names(labels, seed):
    random = np.random.default_rng(seed)
    names = random.permutation(np.arange(1, 256)) * random.integers(1, 2**53)
    table = np.concatenate([[0], names]).astype(np.uint64)
    expected = skeletonize(labels)
    found = skeletonize(table[labels])
    assert {int(table[label]) for label in expected} == set(found)
    for label, skeleton in expected.items():
        renamed = found[int(table[label])]
        np.testing.assert_array_equal(renamed.vertices, skeleton.vertices)
        np.testing.assert_array_equal(renamed.edges, skeleton.edges)
        np.testing.assert_array_equal(renamed.radii, skeleton.radii)
        assert renamed.id == int(table[label])


@given(label_volumes(), st.lists(st.integers(-1, 4), max_size=3))
@settings(max_examples=60, deadline=None)
def test_each_label_alone_is_the_same(labels, few):
    everything = skeletonize(labels)
    for label in everything:
        alone = skeletonize(labels, object_ids=[label])
        # One label that fills the image is bounded by the image's edge either way.
        assert_same(alone, {label: everything[label]})


@given(label_volumes(min_side=4), st.sampled_from([0, 3, 20]))
@settings(max_examples=60, deadline=None)
def test_dust_takes_away_small_components_only(labels, dust):
    everything = skeletonize(labels)
    large = skeletonize(labels, dust_threshold=dust)
    numbers, _ = components(as_3d(labels))
    sizes = np.bincount(numbers.ravel())
    for label, skeleton in everything.items():
        at = voxels(skeleton, (1, 1, 1))
        kept = sizes[numbers[tuple(at.T)]] > dust
        expected = {tuple(vertex) for vertex in skeleton.vertices[kept].tolist()}
        found = large[label].vertices.tolist() if label in large else []
        assert {tuple(vertex) for vertex in found} == expected


@pytest.fixture(scope="module")
def moderate():
    """A volume in which ties are few against all that is drawn, and its cable."""
    labels = tissue((110, 100, 90), labels=12, seed=0, smooth=4)
    return labels, cable(skeletonize(labels, **MODERATE))


MODERATE = {
    "teasar_params": {"scale": 1.5, "const": 6},
    "anisotropy": (1, 1, 1),
    "dust_threshold": 100,
}


@pytest.mark.parametrize("axes", [(0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_axis_permutation_keeps_the_cable(moderate, axes):
    labels, expected = moderate
    found = cable(skeletonize(labels.transpose(axes), **MODERATE))
    assert found == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_mirroring_keeps_the_cable(moderate, axis):
    labels, expected = moderate
    found = cable(skeletonize(np.flip(labels, axis), **MODERATE))
    assert found == pytest.approx(expected, rel=0.01)


def test_units_change_nothing():
    labels = tissue((50, 40, 30), labels=5, seed=1)
    params = {"scale": 1.5, "const": 5.0, "soma_detection_threshold": 1e9}
    options = {"teasar_params": params, "fix_borders": False}
    micro = skeletonize(labels, anisotropy=(1, 1, 2), **options)
    # A power of two changes no rounding.
    params["const"] *= 1024
    nano = skeletonize(labels, anisotropy=(1024, 1024, 2048), **options)
    for label, skeleton in micro.items():
        np.testing.assert_array_equal(nano[label].vertices, skeleton.vertices * 1024)
        np.testing.assert_array_equal(nano[label].edges, skeleton.edges)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_of_a_moderate_volume(moderate, layout):
    labels, _ = moderate
    labels = labels[:60, :60, :50]
    expected = skeletonize(labels, **MODERATE)
    assert_same(skeletonize(LAYOUTS[layout](labels), **MODERATE), expected)


def test_vertices_and_edges_are_in_an_order_of_their_own():
    # The same image gives the same arrays, not only the same graph.
    labels = tissue((40, 30, 20), labels=4, seed=2)
    first, second = (skeletonize(labels) for _ in range(2))
    assert_same(first, second)
    assert all(canonical(first[label])[0] for label in first)
