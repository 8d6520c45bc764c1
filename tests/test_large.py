"""Images beyond 2^32 voxels, of which nearly nothing is an object."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

# In a process of its own, so that its peak memory is its own; the file has holes on the disk.
CALL = """
import json, resource, sys, time
import numpy as np
import kimimaro

shape, order = {shape!r}, {order!r}
labels = np.memmap({path!r}, dtype=np.uint8, mode="w+", shape=shape, order=order)
far = [n - 1 for n in shape]
# A tube to the far end, through the last voxel, which lies beyond 2^32; and a bar at the start.
for i in range(200):
    x = far[0] - i
    y, z = far[1] - i // 2, far[2] - i // 3
    labels[x, max(y - 3, 0) : y + 1, max(z - 3, 0) : z + 1] = 7
labels[:50, :4, :4] = 3
labels.flush()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
found, report = kimimaro.skeletonize(
    labels, {{"const": 10}}, dust_threshold=0, progress=False, return_report=True)
print(json.dumps({{
    "seconds": time.perf_counter() - start,
    "labels": sorted(found),
    "voxels": {{c.label: c.voxels for c in report.components}},
    "far": found[7].vertices.max(axis=0).tolist(),
    "low": found[7].vertices.min(axis=0).tolist(),
    "near": found[3].vertices.max(axis=0).tolist(),
    "vertices": len(found[7].vertices),
    "edges": len(found[7].edges),
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}}))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts on sparse files and ru_maxrss in KiB")
@pytest.mark.parametrize("order", ["F", "C"])
def test_sparse_file_beyond_two_to_the_32(tmp_path, order):
    shape = (2100, 2100, 1000)
    assert np.prod(shape, dtype=np.int64) > 2**32
    path = tmp_path / "labels.raw"
    code = CALL.format(shape=shape, order=order, path=str(path))
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=600, check=False
    )
    path.unlink()
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["labels"] == [3, 7]
    assert found["voxels"] == {"7": 200 * 4 * 4, "3": 50 * 4 * 4}
    assert found["far"][0] == 2099
    assert found["far"][1] >= 2096
    assert found["far"][2] >= 996
    assert found["low"][0] == 1900
    assert found["near"] == pytest.approx([49, 3, 3], abs=3)
    assert found["edges"] == found["vertices"] - 1
    # Reading the labels is all that the box costs; the mapped file counts as memory too.
    assert found["megabytes"] < 4400 + 600
    assert found["seconds"] < 60


@pytest.mark.slow
def test_wide_component_takes_wide_addresses():
    # A diagonal thread whose padded box has more than 2^32 bits.
    from engine import measured, trace

    n = 1700
    labels = np.zeros((n, n, n), dtype=np.uint8, order="F")
    steps = np.arange(n)
    labels[steps, steps, steps] = 1
    tree = trace(measured(labels), {"const": 3}, layout="wide")[0]
    assert len(tree.vertices) == n
    assert set(map(tuple, tree.vertices.tolist())) == {(i, i, i) for i in range(n)}
    assert len(tree.edges) == n - 1
