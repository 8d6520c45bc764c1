import zlib

import cc3d
import numpy as np
import pytest

from kimimaro.errors import DimensionError, InputError
from kimimaro.testing.neuropil import neuropil

SHAPE, ANISOTROPY = (128, 128, 72), (16.0, 16.0, 40.0)


@pytest.fixture(scope="module")
def tissue():
    return neuropil(SHAPE, ANISOTROPY, seed=3)


def as_voxels(vertices, anisotropy):
    return tuple(np.floor(vertices / np.float32(anisotropy) + 0.5).astype(int).T)


def test_tissue_is_dense(tissue):
    assert tissue.labels.shape == SHAPE
    assert tissue.labels.dtype == np.uint32
    assert 0.99 <= np.mean(tissue.labels != 0) < 1


def test_every_cell_is_one_component(tissue):
    expected = {*tissue.centerlines, *([tissue.glia] if tissue.glia else [])}
    assert set(np.unique(tissue.labels).tolist()) - {0} == expected
    assert cc3d.connected_components(tissue.labels, return_N=True)[1] == len(expected)


def test_centerlines_are_trees_inside_their_labels(tissue):
    for label, (vertices, edges, radii) in tissue.centerlines.items():
        assert vertices.dtype == np.float32
        assert edges.dtype == np.uint32
        assert radii.dtype == np.float32
        assert len(edges) == len(vertices) - 1 == len(radii) - 1
        assert (edges[:, 0] < edges[:, 1]).all()
        assert sorted(edges[:, 1].tolist()) == list(range(1, len(vertices)))
        # Points along the edges, closer than a voxel, not only the vertices.
        for t in np.linspace(0, 1, 9, dtype=np.float32):
            points = vertices[edges[:, 0]] * (1 - t) + vertices[edges[:, 1]] * t
            found = tissue.labels[as_voxels(points, ANISOTROPY)]
            # A point on the border of two voxels may round to the one next to the line.
            assert np.mean(found == label) > 0.97
        assert (tissue.labels[as_voxels(vertices, ANISOTROPY)] == label).all()


def test_radii_are_within_what_the_cell_has(tissue):
    _, _, radii = tissue.centerlines[tissue.soma]
    assert radii.argmax() == 0
    assert all((radii > 0).all() for _, _, radii in tissue.centerlines.values())


def test_soma_is_a_ball_with_processes(tissue):
    vertices, edges, radii = tissue.centerlines[tissue.soma]
    labels = tissue.labels == tissue.soma
    far = np.zeros(SHAPE)
    for axis in range(3):
        shape = [-1 if d == axis else 1 for d in range(3)]
        at = np.arange(SHAPE[axis]) * ANISOTROPY[axis]
        far = far + (at - vertices[0, axis]).reshape(shape) ** 2
    assert labels[far < (0.8 * radii[0]) ** 2].all()
    assert np.bincount(edges.ravel())[0] >= 3
    outside = labels & (far > (1.5 * radii[0]) ** 2)
    assert outside.any()


def test_calibers_differ(tissue):
    medians = [np.median(radii) for _, _, radii in tissue.centerlines.values()]
    assert max(medians) > 2 * min(medians)
    assert len(tissue.centerlines) > 60


def test_profiles_are_no_polygons(tissue):
    """Few borders stay straight for 10 voxels: 0.1 to 2 % in real cortex, a third in boxes."""
    plane = tissue.labels[:, :, SHAPE[2] // 2]
    change = plane[1:] != plane[:-1]
    windows = np.lib.stride_tricks.sliding_window_view(change, 10, axis=1)
    assert change.sum() > 500
    assert windows.all(axis=2).sum() < 0.04 * change.sum()


def test_seed_fixes_the_tissue_and_another_changes_it(tissue):
    again = neuropil(SHAPE, ANISOTROPY, seed=3)
    assert np.array_equal(again.labels, tissue.labels)
    for label, parts in tissue.centerlines.items():
        assert all(map(np.array_equal, parts, again.centerlines[label]))
    other = neuropil(SHAPE, ANISOTROPY, seed=4)
    assert other.soma == tissue.soma
    both = (tissue.labels == tissue.soma) & (other.labels == other.soma)
    either = (tissue.labels == tissue.soma) | (other.labels == other.soma)
    assert both.sum() < 0.8 * either.sum()


def test_a_seed_is_the_same_tissue_on_every_platform(tissue):
    parts = [part for line in tissue.centerlines.values() for part in line]
    memory = [a.astype(a.dtype.newbyteorder("<")).tobytes() for a in (tissue.labels, *parts)]
    assert zlib.crc32(b"".join(memory)) == 2199484452


@pytest.mark.parametrize(
    ("shape", "anisotropy"), [((58, 58, 24), (16, 16, 40)), ((48, 20, 31), (20, 50, 30))]
)
def test_small_and_uneven_volumes(shape, anisotropy):
    tissue = neuropil(shape, anisotropy, seed=1)
    assert tissue.labels.shape == shape
    assert np.mean(tissue.labels != 0) >= 0.99
    for label, (vertices, _, _) in tissue.centerlines.items():
        assert (tissue.labels[as_voxels(vertices, anisotropy)] == label).all()


@pytest.mark.slow
def test_full_size():
    tissue = neuropil()
    assert tissue.labels.shape == (256, 256, 256)
    assert np.mean(tissue.labels != 0) >= 0.99
    pieces = cc3d.connected_components(tissue.labels, return_N=True)[1]
    assert pieces == len(np.unique(tissue.labels)) - 1
    lengths = [
        np.linalg.norm(v[e[:, 0]] - v[e[:, 1]], axis=1).sum()
        for v, e, _ in tissue.centerlines.values()
    ]
    assert len(lengths) > 300
    assert sum(length > 4000 for length in lengths) > 100


@pytest.mark.parametrize(
    "anisotropy", [(16, 16), (16, 16, 0), (16, 16, 51), (float("nan"),) * 3, 5, "abc", None]
)
def test_bad_anisotropy_is_refused(anisotropy):
    with pytest.raises(InputError, match="anisotropy is"):
        neuropil((128, 128, 128), anisotropy)


@pytest.mark.parametrize(
    "shape",
    [
        (128, 128),
        (128, 128, 2),
        (128, 128, 99.5),
        5,
        "abc",
        (float("nan"), 64, 64),
        (1e999, 64, 64),
    ],
)
def test_bad_shape_is_refused(shape):
    with pytest.raises(DimensionError, match="shape is"):
        neuropil(shape, (16, 16, 40))


@pytest.mark.parametrize("seed", [-1, 1.5, "a", None])
def test_bad_seed_is_refused(seed):
    with pytest.raises(InputError, match=f"seed is {seed!r}; use a whole number of at least 0"):
        neuropil(SHAPE, ANISOTROPY, seed)
