"""The calls that Kimimaro's published documentation shows, with their names and values.

Only the names of the inputs are set up here: ``labels``, and ``skels``, ``skel1`` and ``skel2``.
"""

from __future__ import annotations

import textwrap

import numpy as np
import pytest

import kimimaro
from graphs import is_forest, pieces

pytest.importorskip("cloudvolume")

SKELETONIZE = textwrap.dedent("""
    skels = kimimaro.skeletonize(
        labels,
        teasar_params={
            "scale": 1.5,
            "const": 300,
            "pdrf_scale": 100000,
            "pdrf_exponent": 4,
            "soma_acceptance_threshold": 3500,
            "soma_detection_threshold": 750,
            "soma_invalidation_const": 300,
            "soma_invalidation_scale": 2,
            "max_paths": 300,
        },
        extra_targets_before=[(27, 33, 100), (44, 45, 46)],
        extra_targets_after=[(27, 33, 100), (44, 45, 46)],
        dust_threshold=1000,
        anisotropy=(16, 16, 40),
        fix_branching=True,
        fix_borders=True,
        fill_holes=False,
        fix_avocados=False,
        progress=True,
        parallel=1,
        parallel_chunk_size=100,
    )
""")

POSTPROCESS = textwrap.dedent("""
    import kimimaro
    from cloudvolume import PrecomputedSkeleton

    skel = PrecomputedSkeleton.simple_merge(skels).consolidate()
    skel = kimimaro.postprocess(skel, dust_threshold=1000, tick_threshold=3500)

    near = kimimaro.join_close_components([skel1, skel2], radius=1500)
    all_joined = kimimaro.join_close_components([skel1, skel2], radius=None)
""")


@pytest.fixture(scope="module")
def labels():
    """A fork (1) of 2 x 20 voxels' cross section along x, beside a straight rod (2)."""
    image = np.zeros((120, 60, 120), dtype=np.uint64)
    image[:, 28:38, 96:104] = 1
    image[60:70, 28:58, 96:104] = 1
    image[:, 40:50, 40:50] = 2
    return image


def listing(text, **names):
    exec(compile(text, "listing", "exec"), names)
    return names


def test_skeletonize(labels):
    skels = listing(SKELETONIZE, kimimaro=kimimaro, labels=labels)["skels"]
    assert set(skels) == {1, 2}
    for label, target in ((1, (27, 33, 100)), (2, (44, 45, 46))):
        assert (skels[label].vertices == np.array(target) * (16, 16, 40)).all(axis=1).any()
        assert pieces(skels[label]).max() + 1 == 1


def test_two_halves_are_stitched(labels):
    halves = []
    for part in (slice(0, 61), slice(60, 120)):
        made = kimimaro.skeletonize(
            labels[part], anisotropy=(16, 16, 40), dust_threshold=1000, progress=False
        )
        for skeleton in made.values():
            skeleton.vertices[:, 0] += part.start * 16
        halves.append(made)
    for label in (1, 2):
        names = listing(
            POSTPROCESS,
            skels=[made[label] for made in halves],
            skel1=halves[0][label],
            skel2=halves[1][label],
        )
        assert type(names["skel"]).__name__ == "Skeleton"
        for name in ("skel", "near", "all_joined"):
            assert pieces(names[name]).max() + 1 == 1
        assert is_forest(names["skel"])
        low, high = names["skel"].vertices.min(axis=0), names["skel"].vertices.max(axis=0)
        assert high[0] - low[0] > 110 * 16


def test_a_radius_limits_what_is_joined(labels):
    one = kimimaro.skeletonize(labels, anisotropy=(16, 16, 40), progress=False)
    far = one[2].clone()
    far.vertices = far.vertices + np.array([0, 5000, 0], dtype=np.float32)
    names = listing(POSTPROCESS, skels=[one[2], far], skel1=one[2], skel2=far)
    assert pieces(names["near"]).max() + 1 == 2
    assert pieces(names["all_joined"]).max() + 1 == 1
