"""How an object is laid out in memory changes nothing, not a bit, but how much memory it takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import measured, trace
from volumes import tissue

PARAMS = {"scale": 1.5, "const": 3}
NO_SOMA = {"soma_detection_threshold": 1e9, "soma_acceptance_threshold": 1e9}


def assert_all_same(labels, params=PARAMS, anisotropy=(1, 1, 2), dust=0, **options):
    """Trace in all layouts, and return the trees."""
    image = measured(labels, anisotropy, dust=dust)
    narrow, wide, packed, fitting = (
        trace(image, params, layout=layout, **options)
        for layout in ("narrow", "wide", "packed", None)
    )
    for trees in (wide, packed, fitting):
        for a, b in zip(narrow, trees, strict=True):
            np.testing.assert_array_equal(a.vertices, b.vertices)
            np.testing.assert_array_equal(a.edges, b.edges)
            np.testing.assert_array_equal(a.radii, b.radii)
    return narrow


def tube(shape, steps, seed, radius=2):
    """A crooked tube in a box that is mostly empty, with branches where it meets itself."""
    random = np.random.default_rng(seed)
    labels = np.zeros(shape, np.uint8, order="F")
    at = np.array(shape) // 2
    ways = random.normal(size=(steps // 50 + 1, 3))
    for i in range(steps):
        at = np.clip(at + np.rint(ways[i // 50] + random.normal(size=3) / 2), 0, np.array(shape))
        low = np.maximum(at - random.integers(0, radius + 1, 3), 0).astype(int)
        labels[tuple(slice(a, a + radius + 1) for a in low)] = 1
    return labels


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("invalidation", ["ball", "cube"])
@pytest.mark.parametrize("fix_branching", [True, False])
def test_tissue(threads, invalidation, fix_branching):
    labels = tissue((90, 80, 70), labels=25, seed=0, smooth=3)
    params = PARAMS | {"const": 5, "invalidation": invalidation}
    trees = assert_all_same(labels, params, dust=50, threads=threads, fix_branching=fix_branching)
    assert len(trees) > 20


@given(
    st.integers(0, 2**32 - 1),
    st.tuples(st.integers(1, 200), st.integers(1, 8), st.integers(1, 8)),
    st.floats(0.01, 0.6),
    st.sampled_from(["ball", "cube"]),
)
@settings(max_examples=100, deadline=None)
def test_noise(seed, shape, density, invalidation):
    labels = (np.random.default_rng(seed).random(shape) < density).astype(np.uint8)
    assert_all_same(labels, PARAMS | {"const": 1.7, "invalidation": invalidation})


@given(st.integers(0, 2**32 - 1), st.integers(1, 70), st.integers(1, 20), st.integers(0, 40))
@settings(max_examples=100, deadline=None)
def test_combs(seed, width, gap, shift):
    # Rows of many pieces, which end at all places of their bytes, and lie beside each other's gaps.
    random = np.random.default_rng(seed)
    labels = np.zeros((300, 6, 5), np.uint8)
    row = np.arange(300) % (width + gap) < width
    for y, z in np.ndindex(6, 5):
        labels[:, y, z] = np.roll(row, int(random.integers(0, shift + 1)))
    labels[150, 3] = labels[random.integers(0, 300, 3)] = 1
    assert_all_same(labels, PARAMS)


@pytest.mark.parametrize("seed", range(5))
def test_tubes(seed):
    labels = tube((300, 250, 200), 1500, seed)
    assert labels.mean() < 0.02
    first = np.argwhere(measured(labels).component_image() == 1)
    before = [(0, tuple(map(int, first[i]))) for i in (5, -5)]
    assert_all_same(labels)
    assert len(assert_all_same(labels, before=before)[0].vertices) > 1


@pytest.mark.parametrize("shape", [(150, 1, 140), (1, 150, 140), (150, 140, 1), (300, 1, 1)])
def test_flat_images(shape):
    labels = tube(shape, 800, seed=1)
    assert_all_same(labels)


def test_somas_and_their_holes():
    labels = tissue((60, 50, 40), labels=1, seed=3, smooth=4)
    x, y, z = np.indices(labels.shape)
    distance = np.sqrt((x - 30) ** 2 + (y - 25) ** 2 + (z - 20) ** 2)
    labels[distance < 15] = labels[30, 25, 20] = 1
    labels[distance < 4] = 0
    params = PARAMS | {"soma_detection_threshold": 4, "soma_acceptance_threshold": 8}
    assert any(tree.soma for tree in assert_all_same(labels, params, (1, 1, 1)))


def test_an_object_that_threads_share():
    labels = np.zeros((90, 90, 90), np.uint8)
    labels[5:-5, 5:-5, 5:-5] = 1
    labels[40:50, 20:-20, :30] = 0
    params = PARAMS | NO_SOMA | {"scale": 0.5}
    for threads in (1, 2):
        assert assert_all_same(labels, params, threads=threads)[0].paths > 10


@pytest.mark.slow
@pytest.mark.parametrize("name", ["BraVa_BG0003", "NeuroM_Neuron", "OP_1-gs"])
def test_real_neurons_and_vessels(data, name):
    path = data / "truth" / f"{name}.npz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not among the real volumes")
    with np.load(path) as arrays:
        labels = arrays["labels"]
    assert len(assert_all_same(labels, PARAMS | NO_SOMA, (1, 1, 1))[0].vertices) > 100


# In a process of its own, so that its peak memory is its own.
CALL = """
import json
import numpy as np
import kimimaro

def peak():
    lines = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return int(lines["VmHWM"].split()[0]) * 1024

def call(labels):
    before = peak()
    found = kimimaro.skeletonize(labels, {"const": 3}, parallel=1, progress=False)
    return (peak() - before) / np.count_nonzero(labels), len(found[1].vertices)

labels = np.full((600, 500, 400), 0, np.uint8, order="F")
turn = np.linspace(0, 60, 30000)
for x, y, z in zip(600 * turn / 61, 240 * np.sin(turn) + 245, 190 * np.cos(turn) + 195):
    labels[int(x) : int(x) + 5, int(y) : int(y) + 5, int(z) : int(z) + 5] = 1
small = labels[:8, 200:300, :].copy(order="F")
call(small)
print(json.dumps(call(labels)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads its memory from /proc")
@pytest.mark.skipif("KIMIMARO_SANITIZE" in os.environ, reason="a sanitizer needs memory of its own")
def test_a_sparse_object_takes_memory_for_its_voxels_only():
    run = subprocess.run(
        [sys.executable, "-c", CALL], capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr
    each, vertices = json.loads(run.stdout)
    assert vertices > 1000
    assert each < 40  # 75 in a box
