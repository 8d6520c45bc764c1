"""Igneous, a published pipeline, runs its skeleton tasks with this package in place of version 5.

It has an environment of its own: `make test-clients`.
"""

from __future__ import annotations

import numpy as np
import pytest

import kimimaro

igneous = pytest.importorskip("igneous", exc_type=ImportError)

pytestmark = [
    pytest.mark.clients,
    pytest.mark.filterwarnings("ignore"),  # those of other packages
]

SIZE = (16, 16, 40)
PARAMS = {"scale": 1.5, "const": 300, "soma_acceptance_threshold": 3500}
DUST, TICK = 100, 300


@pytest.fixture(scope="module")
def labels():
    """Two rods that cross all blocks, one of them with a branch, and a plate."""
    x, y, z = np.meshgrid(*map(np.arange, (130, 120, 66)), indexing="ij")
    image = np.zeros(x.shape, dtype=np.uint64)
    image[(y - x // 2 - 20) ** 2 + 6 * (z - 30) ** 2 < 60] = 11
    image[(x - 100) ** 2 + (y - 90) ** 2 < 60] = 12
    image[((z - 40) ** 2 * 6 + (x - 100) ** 2 < 50) & (y > 30) & (y < 90)] = 12
    image[5:40, 90:115, 10:16] = 2**40
    return image


def run(path, labels, sharded, **options):
    import cloudvolume
    import igneous.task_creation as create
    from taskqueue import LocalTaskQueue

    cloudvolume.CloudVolume.from_numpy(
        labels, vol_path=path, resolution=SIZE, chunk_size=(32, 32, 32), layer_type="segmentation"
    )
    queue = LocalTaskQueue(parallel=1, progress=False)
    queue.insert(
        create.create_skeletonizing_tasks(
            path,
            mip=0,
            shape=(64, 64, 64),
            teasar_params=PARAMS,
            dust_threshold=30,
            sharded=sharded,
            spatial_index=True,
            **options,
        )
    )
    queue.execute()
    if sharded:
        tasks = create.create_sharded_skeleton_merge_tasks(path, DUST, TICK)
    else:
        tasks = create.create_unsharded_skeleton_merge_tasks(
            path, dust_threshold=DUST, tick_threshold=TICK
        )
    queue.insert(tasks)
    queue.execute()
    volume = cloudvolume.CloudVolume(path)
    wanted = [int(label) for label in np.unique(labels) if label]
    return {skeleton.id: skeleton for skeleton in volume.skeleton.get(wanted)}


def check(found, labels):
    assert set(found) == set(np.unique(labels).tolist()) - {0}
    for label, skeleton in found.items():
        assert len(skeleton.components()) == 1
        assert len(skeleton.edges) == len(skeleton.vertices) - 1
        # Igneous puts vertices into the middle of their voxels.
        voxels = np.floor(skeleton.vertices / np.array(SIZE)).astype(int)
        assert (labels[tuple(voxels.T)] == label).all()
        assert (skeleton.radii > 0).all()
    span = np.ptp(found[11].vertices, axis=0)
    assert (span[:2] > (120 * 16, 55 * 16)).all()


def test_it_runs_with_this_package():
    assert kimimaro.__name__ == "kimimaro"
    assert kimimaro.TeasarParams is not None  # which version 5 does not have


@pytest.mark.parametrize("sharded", [False, True])
def test_forge_and_merge(tmp_path, labels, sharded):
    check(run(f"file://{tmp_path}/volume", labels, sharded), labels)


@pytest.mark.parametrize("sharded", [False, True])
def test_with_cross_sections(tmp_path, labels, sharded):
    found = run(f"file://{tmp_path}/volume", labels, sharded, cross_sectional_area=True)
    check(found, labels)
    rod = found[12].cross_sectional_area
    assert np.median(rod) == pytest.approx(np.pi * 60 * 16**2, rel=0.5)


def test_with_holes_filled_and_nuclei_merged(tmp_path, labels):
    hollow = labels.copy()
    hollow[20:24, 100:104, 12:14] = 0
    found = run(f"file://{tmp_path}/volume", hollow, False, fill_holes=1, fix_avocados=True)
    check(found, labels)
