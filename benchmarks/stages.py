"""What each stage takes and executes, and what it must at least move or visit."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

import counters
import report
from calls import Bench, output
from run import ROOT, prepare


def stages(bench: Bench) -> list[str]:
    """What each stage takes, executes and must at least move or visit."""
    run = bench.whole(1, bench.isa)
    machine = counters.measure_machine()
    edge = bench.counting_edge
    crop = replace(bench.case, name="limits", crop=edge)
    small = prepare(crop, bench.data)
    visits, crop_visits, executed, note = count(bench, small)
    bounds = lower_bounds(bench, run, visits, machine)
    rows: list[report.Row] = []
    for stage, seconds in run.stages.items():
        text, bound = bounds.get(stage, ("", 0.0))
        times = f"{seconds / bound:.1f}" if bound else ""
        seen = f"{visits[stage] / bench.voxels:.2f}" if stage in visits else ""
        cost = f"{seconds / bench.voxels * 1e9:.1f}"
        rows.append((stage, f"{seconds:.2f}", cost, seen, text, f"{bound:.2f}", times))
    rest = run.seconds - sum(run.stages.values())
    rows.append(("between them", f"{rest:.2f}", f"{rest / bench.voxels * 1e9:.1f}", *[""] * 4))
    least = sum(bound for _, bound in bounds.values())
    cost = f"{run.seconds / bench.voxels * 1e9:.1f}"
    times = (f"{least:.2f}", f"{run.seconds / least:.1f}")
    rows.append(("whole call", f"{run.seconds:.2f}", cost, "", "all of these", *times))
    head = (
        "stage",
        "s",
        "ns per voxel",
        "visits per voxel",
        "bound",
        "bound, s",
        "times the bound",
    )
    lines = [
        "### Stages",
        f"B is what a copy of 512 MiB reads and writes in a second, {machine.bandwidth / 1e9:.1f} "
        "GB; A is what one of many independent reads at random in 512 MiB takes, "
        f"{machine.access * 1e9:.1f} ns. A visit is one look at the 27 voxels around a voxel. A "
        "search's bound says what its visits would take if each were one such read and nothing "
        "were computed; the other bounds, that memory moves only what the stage must read and "
        f"write. {note}",
        report.table(head, rows),
    ]
    if executed:
        native = report.middle([bench.run("counting", small, isa="avx2") for _ in range(3)])
        lines += per_instruction(native, executed, crop_visits, edge)
    return lines


def count(
    bench: Bench, small: Path
) -> tuple[dict[str, int], dict[str, int], dict[str, float], str]:
    """Visits of the volume and of a crop, instructions on the crop, and what is to be said."""
    if missing := counters.missing_tools():
        return {}, {}, {}, f"Nothing was counted, as {', '.join(missing)} are not installed."
    # Inlined early, a line's counter would count that of the lines inlined into it.
    build = functools.partial(counters.build, root=ROOT, python=bench.python)
    covered = build("coverage", flags="--coverage -fno-early-inlining")
    visits, crop_visits = (
        counters.visits(covered, functools.partial(bench.run, "covered", volume))
        for volume in (bench.volume, small)
    )
    symbols = build("symbols", flags="-g")
    run = functools.partial(bench.run, "callgrind", small)
    executed = counters.instructions(symbols, run)
    return visits, crop_visits, executed, "Visits are counted on the whole volume, by gcov."


def lower_bounds(
    bench: Bench, run: report.Run, visits: Mapping[str, int], machine: counters.Machine
) -> dict[str, tuple[str, float]]:
    """What each stage must move or visit, in words, and the seconds that this takes at least."""
    labels = np.load(bench.volume, mmap_mode="r")
    size = labels.itemsize
    x, y, z = bench.shape
    spans = sum(
        int(np.count_nonzero(plane[1:] != plane[:-1])) + y for plane in np.moveaxis(labels, 2, 0)
    )
    with np.load(output(f"whole_1_{bench.isa}")) as skeletons:
        drawn = sum(array.nbytes for array in skeletons.values())

    def moved(count: float) -> float:
        return count / machine.bandwidth

    def visited(stage: str) -> float:
        return visits.get(stage, 0) * machine.access

    return {
        "components": (
            f"(labels {size} B a voxel + 12 B a span written, read, and 16 B a run written) / B",
            moved(labels.nbytes + 40 * spans),
        ),
        "targets": ("the faces, once / B", moved(2 * size * (x * y + y * z + x * z))),
        "distances": (
            "12 B a voxel / B: x and z in one go (4 written), y (4 read, 4 written)",
            moved(12 * bench.voxels),
        ),
        "masks": (
            "(runs read, 16 B; three sets of bits written and cleared, 6/8 B a voxel) / B",
            moved(16 * spans + 6 / 8 * run.traced),
        ),
        "daf": ("visits x A", visited("daf")),
        "penalties": ("12 B a voxel (two values read, one written) / B", moved(12 * run.traced)),
        "paths": ("visits x A", visited("paths")),
        "invalidation": (
            "visits x A + 1 bit a voxel read and written / B",
            visited("invalidation") + moved(2 / 8 * run.traced),
        ),
        "skeletons": ("the skeletons, read and written / B", moved(2 * drawn)),
    }


def per_instruction(
    native: report.Run, executed: Mapping[str, float], visits: Mapping[str, int], edge: int
) -> list[str]:
    rows = []
    for stage, number in sorted(executed.items(), key=lambda item: -item[1]):
        seconds = native.stages[stage]
        each = f"{number / visits[stage]:.0f}" if visits.get(stage) else ""
        cost = f"{seconds / edge**3 * 1e9:.1f}"
        per_voxel = f"{number / edge**3:.0f}"
        rows.append((stage, per_voxel, each, cost, f"{number / seconds / 1e9:.2f}"))
    head = (
        *("stage", "instructions per voxel", "instructions per visit"),
        *("ns per voxel", "instructions per ns"),
    )
    return [
        f"Instructions, counted by callgrind on a cube of {edge} with AVX2 (it knows no AVX-512), "
        "and the time of the same call outside it. The faces of the image count with the stages "
        "whose code they share, the time as targets. Invalidation goes by rows, most of it: its "
        "visits are those to voxels beyond the shortest reach of a path.",
        report.table(head, rows),
    ]
