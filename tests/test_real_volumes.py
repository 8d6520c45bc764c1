"""Real segmentations: every file is traced, and the large one gives what Kimimaro 5.8.5 gave."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import kimimaro
from graphs import assert_same, degrees, is_forest, pieces, voxels

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

import fidelity
from cases import LISTING, PUBLISHED

SMALL = {
    "ddaC": {"const": 10},
    "gala_train_gt": {"const": 100},
    "liver_p2": {"const": 5},
    "plantseg_1135_mini": {"const": 1},
    "plantseg_1136_mini": {"const": 1},
    "plantseg_1137_mini": {"const": 1},
    "plantseg_ovule": {"const": 1},
    "snemi_mini_fragments": {"const": 100},
    "snemi_mini_gt": {"const": 100},
    "stardist_nuclei": {"const": 1},
}
LARGE = {
    "berea": {"const": 5},
    "fib25_ffn": {"const": 300},
    "fib25_gt": {"const": 300},
    "frog": {"const": 10},
    "lungs_p1": {"const": 5},
    "pn_722817260_single": {"const": 1000},
    "truth/BraVa_BG0003": {"const": 2},
    "truth/NeuroM_Neuron": {"const": 1},
    "truth/OP_1-gs": {"const": 2},
}
PIXELS = (1.0, 1.0, 1.0)


def load(folder, name):
    """Return the labels and the voxel size of a file."""
    path = folder / f"{name}.npz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not among the real volumes")
    with np.load(path) as arrays:
        size = tuple(map(float, arrays["anisotropy"])) if "anisotropy" in arrays else PIXELS
        return arrays["labels"], size


def check_volume(labels, anisotropy, params, dust):
    """Trace a volume and check what holds of every result."""
    found, report = kimimaro.skeletonize(
        labels, params, anisotropy, dust_threshold=dust, progress=False, return_report=True
    )
    assert found
    assert not report.with_status("failed")
    assert {c.label for c in report.with_status("traced")} == found.keys()
    threshold = kimimaro.DEFAULT_TEASAR_PARAMS["soma_detection_threshold"]
    volume = labels if labels.ndim == 3 else labels[:, :, np.newaxis]
    for label, skeleton in found.items():
        assert is_forest(skeleton)
        mine = [c for c in report.with_status("traced") if c.label == label]
        assert len(np.unique(pieces(skeleton))) == len(mine)
        # The holes of what may be a soma are filled.
        if max(c.max_dbf for c in mine) <= threshold:
            assert (volume[tuple(voxels(skeleton, anisotropy).T)] == label).all()
        assert (skeleton.radii > 0).all()
        assert np.isfinite(skeleton.radii).all()
    return found


@pytest.mark.parametrize("name", SMALL)
def test_small_volumes(data, name):
    labels, anisotropy = load(data, name)
    check_volume(labels, anisotropy, SMALL[name], dust=20)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_large_volumes(data, name):
    labels, anisotropy = load(data, name)
    check_volume(labels, anisotropy, LARGE[name], dust=100)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "scale", "const"),
    [("NeuroM_Neuron", 1.5, 1.0), ("OP_1-gs", 1.5, 2.0), ("BraVa_BG0003", 1.5, 1.6)],
)
def test_true_centerlines(data, name, scale, const):
    labels, anisotropy = load(data, f"truth/{name}")
    params = {"scale": scale, "const": const}
    found = check_volume(labels, anisotropy, params, dust=100)
    truth = fidelity.load_swc(data / "truth" / f"{name}_gt.swc")
    drawn = {n: fidelity.Skeleton(s.vertices, s.edges, s.radii) for n, s in found.items()}
    accuracy = fidelity.against_truth(drawn, truth, anisotropy)
    assert accuracy.to_truth.mean < 1.0
    assert accuracy.from_truth.mean < 2.0
    assert accuracy.cable == pytest.approx(1, abs=0.15)


@pytest.fixture(scope="module")
def connectomics(data):
    """The dense 512^3 volume."""
    crackle = pytest.importorskip("crackle")
    path = data / "connectomics.npy.ckl.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not among the real volumes")
    return np.asfortranarray(crackle.load(str(path)))


@pytest.mark.slow
def test_as_good_as_the_same_skeletons(data, connectomics):
    size = (16, 16, 40)
    theirs = fidelity.load_skeletons(data / "peer" / "connectomics_published.npz")
    result, report = kimimaro.skeletonize(
        connectomics, PUBLISHED, size, progress=False, parallel=0, return_report=True
    )
    ours = {n: fidelity.Skeleton(s.vertices, s.edges, s.radii) for n, s in result.items()}
    assert ours.keys() == theirs.keys()

    groups = fidelity.groups(ours, theirs, PUBLISHED["soma_acceptance_threshold"], None)
    (soma,) = groups["soma"]
    likeness = fidelity.compare(ours, theirs, size, groups["plain"])
    assert likeness.same_pieces == 1
    assert likeness.cable == pytest.approx(1, abs=0.003)
    assert likeness.cable_within >= 0.97
    for gaps in (likeness.there, likeness.back):
        assert gaps.mean <= 0.2
        assert gaps.p99 <= 3
        assert gaps.same >= 0.9

    # The soma hides targets within its radius.
    traced = [{n: some[n] for n in some if n != soma} for some in (ours, theirs)]
    agreed, total = fidelity.same_border_points(*traced, connectomics, size)
    assert total > 3000
    assert agreed == total

    assert [c.label for c in report.components if c.soma] == [soma]
    mine, other = fidelity.hub(ours[soma]), fidelity.hub(theirs[soma])
    assert mine.loops == 0
    assert mine.spokes == mine.processes >= other.processes


@pytest.mark.slow
def test_threads_share_the_largest_object(connectomics):
    # Wide enough for bounds of what is left to pay, which threads lower while others search.
    one, two, three = (
        kimimaro.skeletonize(
            connectomics, PUBLISHED, (16, 16, 40), object_ids=[25024949], parallel=parallel
        )
        for parallel in (1, 2, 3)
    )
    assert one.keys() == {25024949}
    assert_same(two, one)
    assert_same(three, one)


@pytest.mark.slow
def test_parameters_of_the_listing(connectomics):
    found, report = kimimaro.skeletonize(
        connectomics, LISTING, (16, 16, 40), progress=False, parallel=0, return_report=True
    )
    assert len(found) == 1667
    assert not report.with_status("failed")
    assert max(component.paths for component in report.components) <= 300
    assert report.with_status("truncated")
    assert all(is_forest(skeleton) for skeleton in found.values())
    assert max(int(degrees(found[c.label]).max()) for c in report.components if c.soma) > 10
