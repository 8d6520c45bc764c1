"""Labels divided among skeleton vertices, against geodesic distances from SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from osteoid import Skeleton
from scipy.sparse import csgraph

import kimimaro
import reference
from kimimaro.testing import strategies
from volumes import LAYOUTS, tissue

SIZES = st.sampled_from([(1, 1, 1), (16, 16, 40), (3, 5, 7)])


def skeleton_of(voxels, label, anisotropy=(1, 1, 1), edges=()):
    vertices = np.array(voxels, dtype=np.float32).reshape(-1, 3) * np.float32(anisotropy)
    return Skeleton(
        vertices, np.array(edges, dtype=np.uint32).reshape(-1, 2), segid=label, space="physical"
    )


def chain(voxels, label, anisotropy=(1, 1, 1)):
    n = len(voxels)
    edges = np.stack([np.arange(n - 1), np.arange(1, n)], axis=1)
    return skeleton_of(voxels, label, anisotropy, edges)


def box():
    """Label 7 in a box with background around, and a rod of label 9 beside it."""
    labels = np.zeros((12, 6, 6), dtype=np.uint32)
    labels[1:11, 1:5, 1:5] = 7
    labels[1:11, 5, 5] = 9
    return labels


def distances(labels, label, anisotropy, vertices):
    """Geodesic distance of every voxel from each vertex, infinite outside its component."""
    numbers, count = reference.components(np.where(labels == label, labels, 0))
    result = np.full((len(vertices), *labels.shape), np.inf)
    for number in range(1, count + 1):
        piece = reference.Object.of(numbers == number, np.ones(labels.shape), anisotropy)
        graph = piece.graph(piece.lengths)
        for i, vertex in enumerate(vertices):
            if numbers[tuple(vertex)] == number:
                found = csgraph.dijkstra(graph, indices=int(piece.nodes([vertex])[0]))
                result[(i, *piece.voxels.T)] = found
    return result


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_every_voxel_gets_the_nearest_vertex(data):
    labels = data.draw(
        strategies.label_volumes(
            max_side=8, ndims=(3,), dtypes=st.just(np.dtype(np.uint8)), any_layout=False
        )
    )
    anisotropy = data.draw(SIZES)
    vertices, skeletons = {}, {}
    for label in np.unique(labels[labels > 0]).tolist():
        inside = np.argwhere(labels == label)
        chosen = data.draw(
            st.lists(st.integers(0, len(inside) - 1), min_size=1, max_size=5, unique=True)
        )
        vertices[label] = inside[chosen]
        skeletons[label] = skeleton_of(inside[chosen], label, anisotropy)
    before = labels.copy()

    segments, found = kimimaro.oversegment(labels, skeletons, anisotropy)

    np.testing.assert_array_equal(labels, before)
    assert (segments[labels == 0] == 0).all()
    for label, voxels in vertices.items():
        away = distances(labels, label, anisotropy, voxels)
        numbers = found[label].segments
        assert numbers.dtype == segments.dtype
        np.testing.assert_array_equal(segments[tuple(voxels.T)], numbers)
        mask = labels == label
        least = away.min(axis=0)
        np.testing.assert_array_equal(segments[mask] == 0, np.isinf(least[mask]))
        for i, number in enumerate(numbers):
            mine = segments == number
            assert mask[mine].all()
            np.testing.assert_allclose(away[i][mine], least[mine], rtol=1e-5)


def test_segments_are_numbered_by_their_first_voxels():
    labels = box()
    skeletons = {9: chain([(1, 5, 5), (10, 5, 5)], 9), 7: chain([(9, 1, 1), (1, 4, 1)], 7)}
    segments, found = kimimaro.oversegment(labels, skeletons)
    flat = segments.ravel(order="F")
    numbers, first = np.unique(flat[flat > 0], return_index=True)
    np.testing.assert_array_equal(numbers, [1, 2, 3, 4])
    assert (np.diff(first) > 0).all()
    assert found[7].segments.tolist() == [2, 1]
    assert found[9].segments.tolist() == [3, 4]


@pytest.mark.parametrize(("vertices", "dtype"), [(255, "u1"), (256, "u2"), (70000, "u4")])
def test_the_type_is_the_narrowest_that_holds_all_segments(vertices, dtype):
    labels = np.ones((vertices, 1, 1), dtype=np.uint8)
    voxels = np.zeros((vertices, 3))
    voxels[:, 0] = np.arange(vertices)
    segments, found = kimimaro.oversegment(labels, chain(voxels, 1))
    assert segments.dtype == found.segments.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(segments.ravel(), np.arange(1, vertices + 1))


def test_containers_come_back_as_given_and_the_originals_stay():
    skeleton = chain([(1, 2, 2), (10, 2, 2)], 7)
    attributes = [dict(attribute) for attribute in skeleton.extra_attributes]
    for given_ in [skeleton, [skeleton], (skeleton,), {7: skeleton}]:
        segments, found = kimimaro.oversegment(box(), given_)
        assert type(found) is type(given_)
        copy = found if given_ is skeleton else found[7] if isinstance(found, dict) else found[0]
        assert copy is not skeleton
        assert copy.segments.tolist() == [1, 2]
        assert copy.extra_attributes[-1] == {
            "id": "segments",
            "data_type": "uint8",
            "num_components": 1,
        }
        assert segments.max() == 2
        assert not hasattr(skeleton, "segments")
        assert skeleton.extra_attributes == attributes
    again = kimimaro.oversegment(box(), copy)[1]
    assert [a["id"] for a in again.extra_attributes].count("segments") == 1


def test_the_key_names_the_label_of_a_skeleton_without_id():
    segments, _ = kimimaro.oversegment(box(), {9: chain([(1, 5, 5)], None)})
    np.testing.assert_array_equal(segments > 0, box() == 9)
    segments, _ = kimimaro.oversegment(box(), {7: chain([(1, 5, 5)], 9)})
    np.testing.assert_array_equal(segments > 0, box() == 9)


@pytest.mark.parametrize("downsample", [0, 3])
def test_vertices_in_voxel_space(downsample):
    labels, size = box(), (16, 16, 40)
    voxels = [(x, 2, 3) for x in range(1, 11)]
    counted = chain(voxels, 7)
    counted.space = "voxel"
    found, copy = kimimaro.oversegment(labels, counted, size, downsample=downsample)
    expected, other = kimimaro.oversegment(
        labels, chain(voxels, 7, size), size, downsample=downsample
    )
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(copy.segments, other.segments)
    assert copy.space == "voxel"
    counted.vertices[0] = 99
    with pytest.raises(kimimaro.InputError, match="in voxel space"):
        kimimaro.oversegment(labels, counted, size)


def test_vertices_on_one_voxel_share_a_segment():
    skeleton = chain([(1, 2, 2), (4, 2, 2), (4, 2, 2), (10, 2, 2)], 7)
    assert kimimaro.oversegment(box(), skeleton)[1].segments.tolist() == [1, 2, 2, 3]


def test_a_vertex_beside_its_label_stands_for_what_it_touches():
    labels = box()
    skeleton = chain([(0, 2, 2), (10, 2, 2), (5, 0, 0), (0, 5, 0)], 7)
    segments, found = kimimaro.oversegment(labels, skeleton)
    np.testing.assert_array_equal(segments > 0, labels == 7)
    assert segments[1, 2, 2] == found.segments[0] > 0
    assert segments[10, 2, 2] == found.segments[1] > 0
    assert segments[5, 1, 1] == found.segments[2] > 0
    # One inside another label, and one that touches nothing of its own.
    segments, found = kimimaro.oversegment(labels, chain([(5, 4, 4), (2, 1, 1)], 9))
    np.testing.assert_array_equal(segments > 0, labels == 9)
    assert found.segments.tolist() == [1, 0]


def test_a_vertex_beside_its_label_is_not_of_the_label_that_it_lies_in():
    labels = np.array([1, 1, 2, 2], dtype=np.uint8).reshape(4, 1, 1)
    skeletons = [chain([(2, 0, 0)], 1), chain([(3, 0, 0)], 2)]
    segments, found = kimimaro.oversegment(labels, skeletons)
    assert segments.ravel().tolist() == [1, 1, 2, 2]
    assert [skeleton.segments.tolist() for skeleton in found] == [[1], [2]]


def test_a_vertex_beside_its_label_is_as_far_away_as_the_step_is_long():
    labels = np.zeros((9, 2, 1), dtype=np.uint8)
    labels[:, 1] = 7
    size = (10, 31, 1)
    segments, _ = kimimaro.oversegment(labels, chain([(0, 0, 0), (8, 1, 0)], 7, size), size)
    # 22.6 + 10 x from the one, 80 - 10 x from the other.
    assert segments[:, 1, 0].tolist() == [1, 1, 1, 2, 2, 2, 2, 2, 2]


def test_a_vertex_lies_in_the_nearest_voxel():
    size = (4, 4, 40)
    between, exact = (
        kimimaro.oversegment(box(), chain(voxels, 7, size), size)[0]
        for voxels in ([(3.45, 2, 2), (6.55, 1.6, 2.4)], [(3, 2, 2), (7, 2, 2)])
    )
    np.testing.assert_array_equal(between, exact)


def test_components_without_a_vertex_are_zero():
    labels = box()
    labels[5] = 0
    segments, _ = kimimaro.oversegment(labels, chain([(1, 2, 2), (3, 2, 2)], 7))
    assert (segments[:5][labels[:5] == 7] > 0).all()
    assert (segments[6:] == 0).all()


def test_downsampling_thins_the_vertices_but_keeps_ends_and_lone_ones():
    labels = np.zeros((30, 5, 5), dtype=np.uint16)
    labels[:21] = 4
    labels[25] = 4
    voxels = [*((x, 2, 2) for x in range(21)), (25, 2, 2)]
    edges = [(i, i + 1) for i in range(20)]
    skeleton = skeleton_of(voxels, 4, edges=edges)
    segments, found = kimimaro.oversegment(labels, skeleton, downsample=8)
    kept = [0, 8, 16, 20, 25]
    assert segments[kept, 2, 2].tolist() == [1, 2, 3, 4, 5]
    assert segments.max() == 5
    np.testing.assert_array_equal(found.segments, segments[[v[0] for v in voxels], 2, 2])
    for same in (0, 1):
        assert kimimaro.oversegment(labels, skeleton, downsample=same)[0].max() == 22
    beside = chain([(x, 2, 0) for x in range(21)], 4)
    labels[:, :, 0] = 0
    assert kimimaro.oversegment(labels, beside, downsample=99)[1].segments.tolist() == [
        1, *[0] * 19, 2
    ]  # fmt: skip


@pytest.mark.parametrize("factor", [2, 3, 7])
@pytest.mark.parametrize("seed", range(4))
def test_trees_are_thinned_as_osteoid_thins_them(seed, factor):
    random = np.random.default_rng(seed)
    n = 60
    edges = [(int(random.integers(max(0, i - 4), i)), i) for i in range(1, n) if i % 20]
    names = random.permutation(n)
    voxels = np.stack([names, np.zeros(n), np.zeros(n)], axis=1)[np.argsort(names)]
    skeleton = skeleton_of(voxels, 1, edges=names[np.array(edges)])
    labels = np.ones((n, 1, 1), dtype=np.uint8)
    _, whole = kimimaro.oversegment(labels, skeleton, downsample=factor)
    lone = np.setdiff1d(np.arange(n), skeleton.vertices[skeleton.edges.ravel(), 0].astype(int))
    kept = np.union1d(skeleton.downsample(factor).vertices[:, 0].astype(int), lone)
    # Each voxel is nearest to a vertex that was kept, so these have the segments to themselves.
    numbers = np.empty(n, dtype=int)
    numbers[skeleton.vertices[:, 0].astype(int)] = whole.segments
    assert numbers.max() == len(kept)
    np.testing.assert_array_equal(numbers[kept], np.arange(1, len(kept) + 1))


def test_a_loop_is_thinned():
    labels = np.ones((9, 9, 1), dtype=np.uint8)
    around = [(x, 0) for x in range(8)] + [(8, y) for y in range(8)]
    around += [(8 - x, 8) for x in range(8)] + [(0, 8 - y) for y in range(8)]
    n = len(around)
    edges = [(i, (i + 1) % n) for i in range(n)]
    skeleton = skeleton_of([(x, y, 0) for x, y in around], 1, edges=edges)
    segments, _ = kimimaro.oversegment(labels, skeleton, downsample=4)
    assert 8 <= segments.max() <= 10


def test_filled_holes_belong_to_the_segments_around_them():
    labels = np.zeros((12, 9, 9), dtype=np.uint32)
    labels[1:11, 1:8, 1:8] = 7
    labels[3:9, 3:6, 3:6] = 0
    labels[5, 4, 4] = 3
    before = labels.copy()
    skeletons = {7: chain([(1, 1, 1), (10, 7, 7)], 7), 3: chain([(5, 4, 4)], 3)}
    open_, _ = kimimaro.oversegment(labels, skeletons)
    filled, found = kimimaro.oversegment(labels, skeletons, fill_holes=True, in_place=True)
    np.testing.assert_array_equal(labels, before)
    assert open_[4, 4, 4] == 0
    assert open_[5, 4, 4] == 3
    assert (filled[1:11, 1:8, 1:8] > 0).all()
    assert filled.max() == 2
    assert found[3].segments[0] == filled[5, 4, 4]


@pytest.mark.parametrize("fill_holes", [False, True])
def test_a_label_of_one_voxel_is_a_segment(fill_holes):
    labels = np.zeros((4, 3, 3), dtype=np.uint8)
    labels[1, 1, 1] = 5
    segments, _ = kimimaro.oversegment(labels, chain([(1, 1, 1)], 5), fill_holes=fill_holes)
    np.testing.assert_array_equal(segments, labels == 5)


def test_a_nucleus_keeps_its_own_segments():
    labels = np.full((9, 9, 9), 7, dtype=np.uint8)
    labels[2:7, 2:7, 2:7] = 3
    size = (1000, 1000, 1000)  # thick enough for a soma
    skeletons = [chain([(4, 4, 4)], 3, size), chain([(0, 0, 0)], 7, size)]
    segments, _ = kimimaro.oversegment(labels, skeletons, size)
    np.testing.assert_array_equal(segments, np.where(labels == 7, 1, 2))


def test_layouts_threads_and_types_do_not_matter():
    labels = tissue((40, 35, 30), 12, seed=3).astype(np.uint16)
    skeletons = kimimaro.skeletonize(labels, {"const": 3}, dust_threshold=20, progress=False)
    expected, with_segments = kimimaro.oversegment(labels, skeletons)
    for layout in LAYOUTS.values():
        for threads in (1, 3):
            found, others = kimimaro.oversegment(layout(labels), skeletons, parallel=threads)
            np.testing.assert_array_equal(found, expected)
            for label in skeletons:
                np.testing.assert_array_equal(others[label].segments, with_segments[label].segments)
    for skeleton in skeletons.values():
        skeleton.id = -skeleton.id
    signed = kimimaro.oversegment(-labels.astype(">i8"), list(skeletons.values()))[0]
    np.testing.assert_array_equal(signed, expected)


def test_a_mask_is_label_1_and_2d_images_work():
    segments, _ = kimimaro.oversegment(box()[:, :, 2] == 7, chain([(1, 2, 0), (9, 2, 0)], 1))
    assert segments.shape == (12, 6, 1)
    np.testing.assert_array_equal(segments[:, :, 0] > 0, box()[:, :, 2] == 7)


def test_nothing_in_gives_nothing_out():
    for nothing in ({}, [], skeleton_of([], 7), chain([(1, 2, 2)], 77)):
        segments, _ = kimimaro.oversegment(box(), nothing)
        assert segments.shape == (12, 6, 6)
        assert (segments == 0).all()


def test_progress_is_reported():
    stages = {}
    kimimaro.oversegment(
        box(),
        chain([(1, 2, 2)], 7),
        progress=lambda stage, done, total: stages.update({stage: (done, total)}),
    )
    assert stages["segments"] == (160, 160)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"skeletons": chain([(1, 2, 2), (50, 2, 2)], 7)}, "InputError", "lies outside the image"),
        ({"skeletons": chain([(-1, 2, 2)], 7)}, "InputError", "lies outside the image"),
        ({"skeletons": chain([(np.nan, 2, 2)], 7)}, "InputError", "use finite numbers"),
        ({"skeletons": chain([(1, 2, 2)], None)}, "InputError", "whose id is None"),
        ({"skeletons": [chain([(1, 2, 2)], None)]}, "InputError", "whose id is None"),
        ({"skeletons": 5}, "InputTypeError", "skeletons is a int"),
        ({"skeletons": None}, "InputTypeError", "skeletons is a NoneType"),
        ({"skeletons": ["x"]}, "InputTypeError", r"skeletons\[0\] is a str"),
        (
            {"skeletons": skeleton_of([(1, 2, 2)], 7, edges=[(0, 5)]), "downsample": 2},
            "InputError",
            r"^skeletons\.edges names vertex 5",
        ),
        ({"downsample": -1}, "InputError", "downsample is -1"),
        ({"downsample": 2**63}, "InputError", "downsample is 9223"),
        ({"downsample": 2.5}, "InputTypeError", "downsample is 2.5"),
        ({"parallel": None}, "InputTypeError", "parallel is None"),
        ({"anisotropy": (1, 1)}, "InputError", "anisotropy is"),
        ({"all_labels": np.zeros((3, 3, 3))}, "InputTypeError", "all_labels is of type float64"),
        ({"all_labels": np.zeros(3, int)}, "DimensionError", "all_labels has shape"),
        ({"progress": "yes"}, "InputTypeError", "progress is 'yes'"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    usual = {"all_labels": box(), "skeletons": chain([(1, 2, 2)], 7)}
    with pytest.raises(getattr(kimimaro, error), match=message):
        kimimaro.oversegment(**{**usual, **arguments})
