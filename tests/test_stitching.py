"""Skeletons of blocks that share a plane, stitched as the documentation says, are whole."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from kimimaro.testing.neuropil import neuropil

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

import stitching

SIZE = (16, 16, 40)


def check(labels, counts, far):
    found = stitching.compare(
        stitching.draw_whole(labels, SIZE, 2), stitching.draw_stitched(labels, SIZE, counts, 2)
    )
    assert found.whole > 0
    assert found.broken == []
    assert found.cable[1] == pytest.approx(found.cable[0], rel=0.1)
    assert np.median(found.distances) <= 40
    assert np.percentile(found.distances, 99) < far


def test_blocks_share_one_plane_and_cover_the_image():
    seen = np.zeros((9, 8, 7), dtype=int)
    for block in stitching.blocks(seen.shape, (2, 2, 1)):
        seen[block] += 1
    expected = np.ones_like(seen)
    expected[4] *= 2
    expected[:, 4] *= 2
    assert np.array_equal(seen, expected)


@pytest.mark.parametrize("counts", [(2, 1, 1), (2, 2, 2)])
def test_synthetic_tissue(counts):
    check(neuropil((96, 96, 48), SIZE, seed=1).labels, counts, 1500)


@pytest.mark.slow
@pytest.mark.parametrize("counts", [(2, 1, 1), (2, 2, 2)])
def test_real_volume(data, counts):
    crackle = pytest.importorskip("crackle")
    packed = crackle.load(str(data / "connectomics.npy.ckl.gz"))
    labels = packed.numpy() if hasattr(packed, "numpy") else packed
    check(np.asfortranarray(labels[:256, :256, :256]), counts, 1500)
