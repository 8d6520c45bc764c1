"""Run one case with whichever kimimaro the interpreter has, in a fresh process, and report on it.

Called by run.py as `worker.py JOB.json`; uses nothing but the standard library, NumPy and the
program under test, as it runs in both environments. Prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any


def main() -> None:
    job: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())
    # Before NumPy is imported, so that no thread pool counts more cores than there are.
    os.sched_setaffinity(0, job["cores"])
    import numpy as np

    import kimimaro

    labels = np.load(job["input"])
    options = job["options"]
    if "graph" in job:
        options["voxel_graph"] = np.load(job["graph"])
    loaded, mapped = peak_bytes(), mapped_bytes()
    start, busy = time.perf_counter(), time.process_time()
    returned = kimimaro.skeletonize(labels, progress=False, **options)
    result = {"seconds": time.perf_counter() - start, "processor": time.process_time() - busy}
    result |= {"peak": peak_bytes(), "loaded": loaded, "mapped": mapped_bytes() - mapped}
    result["version"] = metadata.version("kimimaro")
    skeletons = returned
    if options.get("return_report"):
        skeletons, report = returned
        result["stages"] = dict(report.stages)
        result["traced"] = sum(one.voxels for one in report.components if one.vertices)
        result["largest"] = max(report.components, key=lambda one: one.voxels).label

    arrays = {}
    for label, skeleton in skeletons.items():
        arrays[f"{label}_v"] = skeleton.vertices
        arrays[f"{label}_e"] = skeleton.edges
        arrays[f"{label}_r"] = skeleton.radii
    np.savez(job["output"], **arrays)
    print(json.dumps(result))


def peak_bytes() -> int:
    """The largest resident memory of this process so far, in bytes."""
    # ru_maxrss starts from the peak of the process that started this one.
    return status_bytes("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def mapped_bytes() -> int:
    """Pages of files, such as the program itself, that are resident in this process, in bytes."""
    return status_bytes("RssFile")


def status_bytes(name: str) -> int:
    """What Linux says of this process, in bytes; 0 elsewhere."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines[name].split()[0]) * 1024


if __name__ == "__main__":
    main()
