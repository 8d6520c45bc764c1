"""Progress counts voxels; Ctrl-C ends a call within a second."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest

import kimimaro
from volumes import tissue


@pytest.mark.parametrize("parallel", [1, 3])
def test_the_function_gets_stages_and_voxels(parallel):
    labels = tissue((90, 80, 70), labels=12, seed=0, smooth=3)
    calls = []
    kimimaro.skeletonize(
        labels,
        {"const": 5},
        progress=lambda *call: calls.append(call),
        parallel=parallel,
        dust_threshold=50,
    )
    stages = list(dict.fromkeys(stage for stage, _, _ in calls))
    assert len(stages) >= 3
    # A stage is not come back to.
    assert [stage for stage, _, _ in calls] == sorted(
        (stage for stage, _, _ in calls), key=stages.index
    )
    for stage in stages:
        done = [done for name, done, _ in calls if name == stage]
        totals = {total for name, _, total in calls if name == stage}
        assert len(totals) == 1
        assert done == sorted(done)
        assert done[-1] == pytest.approx(totals.pop(), rel=0.01)


@pytest.mark.parametrize(
    ("fill_holes", "named"),
    [
        (True, ["components", "nuclei", "holes", "distances", "paths"]),
        # What was measured to find nuclei is not measured again.
        (False, ["components", "nuclei", "paths"]),
    ],
)
def test_every_stage_has_a_name(fill_holes, named):
    stages = []
    kimimaro.skeletonize(
        tissue((30, 25, 20), labels=4, seed=0),
        progress=lambda stage, done, total: stages.append(stage),
        dust_threshold=0,
        fill_holes=fill_holes,
        fix_avocados=True,
    )
    assert list(dict.fromkeys(stages)) == named


@pytest.mark.parametrize("stage", ["components", "distances", "paths"])
def test_an_error_in_the_function_ends_the_call(stage):
    calls = []

    def fail(*call):
        calls.append(call)
        if call[0] == stage:
            raise KeyError(stage)

    with pytest.raises(KeyError, match=stage):
        kimimaro.skeletonize(tissue((60, 60, 60), labels=4, seed=0), progress=fail)
    assert [name for name, _, _ in calls].count(stage) == 1


BAR = """
import numpy as np
import kimimaro

labels = np.ones((30, 20, 20), dtype=np.uint8)
kimimaro.skeletonize(labels)
kimimaro.skeletonize(labels, progress=np.True_)
print("done")
"""


def test_nothing_is_drawn_where_nobody_sees_it():
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        env.pop(name, None)
    run = subprocess.run([sys.executable, "-c", BAR], capture_output=True, text=True, env=env)
    assert (run.stdout, run.stderr, run.returncode) == ("done\n", "", 0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_the_bar_is_drawn_on_standard_error_and_taken_away():
    import pty

    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(
        [sys.executable, "-c", BAR], stdout=subprocess.PIPE, stderr=theirs, text=True, env=env
    ) as process:
        os.close(theirs)
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        drawn = b""
        with contextlib.suppress(OSError):  # Linux says so at the end
            while part := os.read(ours, 2**16):  # at once, as a full terminal stops the process
                drawn += part
        os.close(ours)
        out, _ = process.communicate()
        watchdog.cancel()
    assert (out, process.returncode) == ("done\n", 0)
    assert b"components" in drawn
    assert b"100 %" in drawn
    assert b"Traceback" not in drawn
    # After the last stage something is erased, be it a line or what is below.
    assert re.search(rb"\x1b\[[0-9]*[JK]", drawn[drawn.rindex(b"paths") :])


SLOW_CALL = """
import signal, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
import numpy as np
import kimimaro

cube = np.ones({shape}, dtype=np.uint8)
cube[0, 0, 0] = 0
calls = []
def progress(stage, done, total):
    if stage == {stage!r} and done > 0 and not calls:
        calls.append(stage)
        print("running", flush=True)
try:
    # Each path explains a little only: it would go on for hours.
    kimimaro.skeletonize(cube, {{"scale": 0, "const": 1.1, "soma_detection_threshold": 1e9}},
                         progress=progress, parallel={parallel})
except KeyboardInterrupt:
    print("interrupted", time.time(), flush=True)
small = np.ones((20, 5, 5), dtype=np.uint8)
print(len(kimimaro.skeletonize(small, progress=False, dust_threshold=0)), flush=True)
print("threads", threading.active_count())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("parallel", [1, 2])
@pytest.mark.parametrize(("stage", "side"), [("distances", 400), ("paths", 220)])
def test_ctrl_c_ends_within_a_second(stage, side, parallel):
    code = SLOW_CALL.format(stage=stage, shape=(side,) * 3, parallel=parallel)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        sent = time.time()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    words = out.split()
    assert words[0] == "interrupted"
    assert float(words[1]) - sent < 1
    # The interpreter is usable afterwards.
    assert words[2] == "1"
    assert words[3:] == ["threads", "1"]
    assert process.returncode == 0


SLOW_GRAPH = """
import os, signal, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)
import numpy as np
from kimimaro import _engine

side = 1700
numbers = np.arange(side * side, dtype=np.uint32).reshape(side, side)
grid = np.stack([*np.divmod(numbers.ravel(), side), numbers.ravel() * 0], axis=1).astype("f4")
edges = np.concatenate([
    np.stack([numbers[1:], numbers[:-1]], axis=-1).reshape(-1, 2),
    np.stack([numbers[:, 1:], numbers[:, :-1]], axis=-1).reshape(-1, 2),
])
cloud = np.random.default_rng(0).random((10**6, 3), dtype="f4")
radii = np.ones(side * side, dtype="f4")
def interrupt():
    global sent
    sent = time.process_time()  # others may use the processor
    os.kill(os.getpid(), signal.SIGINT)
for seconds in (0.2, 0.7, 1.2, 2):
    timer = threading.Timer(seconds, interrupt)
    timer.start()
    try:
        {call}
        timer.cancel()  # a fast machine is done by then
    except KeyboardInterrupt:
        print(time.process_time() - sent, flush=True)
print(len(_engine.consolidate(grid[:3], edges[:0])[0]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize(
    "call",
    [
        "_engine.join_components(cloud, edges[:0], radii[:len(cloud)], np.inf, False)",
        "_engine.break_loops(grid, edges, radii)",
    ],
    ids=["join", "loops"],
)
def test_ctrl_c_ends_work_on_graphs(call):
    code = SLOW_GRAPH.format(call=call)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    *latencies, vertices = map(float, run.stdout.split())
    assert len(latencies) > 0
    # Sanitizers, which ask the engine about each access to memory, make it many times as slow.
    assert max(latencies) < (20 if "KIMIMARO_SANITIZE" in os.environ else 1)
    # The engine is usable afterwards.
    assert vertices == 3
