"""Collect what was measured and write it as Markdown tables."""

from __future__ import annotations

import datetime
import math
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cases import Case
from fidelity import (
    Labels,
    Skeletons,
    against_truth,
    compare,
    groups,
    hub,
    load_swc,
    same_border_points,
)

Row = Sequence[str]


@dataclass(frozen=True)
class Run:
    """One measured call."""

    seconds: float
    peak: int
    """Largest resident memory of the process, in bytes, the input included."""
    loaded: int
    """The same just before the call."""
    version: str
    processor: float
    """Seconds of processor time, of all threads."""
    mapped: int = 0
    """Bytes of the program and other files that came into memory during the call."""
    stages: Mapping[str, float] = field(default_factory=dict)
    """Seconds by stage, where our report was asked for; so are the next ones."""
    traced: int = 0
    """Voxels of what was traced."""
    largest: int = 0
    """The label of the largest component."""


def middle(runs: Sequence[Run]) -> Run:
    """The run with the median time (of an even number the longer one), with the largest memory."""
    one = sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]
    return replace(one, peak=max(run.peak for run in runs), loaded=max(run.loaded for run in runs))


@dataclass
class Results:
    """The rows of all tables."""

    times: list[Row] = field(default_factory=list)
    likeness: list[Row] = field(default_factory=list)
    somas: list[Row] = field(default_factory=list)
    truth: list[Row] = field(default_factory=list)
    threads: list[Row] = field(default_factory=list)
    cost: list[Row] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)

    def add_times(
        self, case: Case, shape: tuple[int, ...], ours: Mapping[int, Run], peer: Run | None
    ) -> None:
        """Time and memory of one case: ours by number of threads, the peer's on one."""
        one = ours[1]
        voxels = math.prod(shape)
        self.versions["ours"] = one.version
        if peer:
            self.versions["peer"] = peer.version
        self.times.append(
            (
                case.name,
                f"{voxels / 1e6:.1f}",
                f"{one.seconds:.2f}",
                f"{peer.seconds:.1f}" if peer else "",
                f"{peer.processor:.1f}" if peer else "",
                f"**{peer.processor / one.processor:.1f}**" if peer else "",
                mebibytes(one.loaded),
                mebibytes(one.peak),
                mebibytes(peer.peak) if peer else "",
                f"**{one.peak / peer.peak:.2f}**" if peer else "",
            )
        )
        if "cost" in case.tags:
            self.cost.append((case.name, f"{one.seconds:.2f}", f"{one.seconds / voxels * 1e9:.0f}"))
        if len(ours) > 1:
            for threads, run in ours.items():
                row = (str(threads), f"{run.seconds:.2f}", f"{one.seconds / run.seconds:.2f}")
                self.threads.append((case.name, *row, mebibytes(run.peak)))

    def add_likeness(self, case: Case, labels: Labels, ours: Skeletons, theirs: Skeletons) -> None:
        """Our skeletons against the peer's, group by group."""
        soma = float(case.teasar.get("soma_acceptance_threshold", 3500))
        paths = case.teasar.get("max_paths")
        for name, members in groups(ours, theirs, soma, paths).items():
            if not members:
                continue
            one = compare(ours, theirs, case.anisotropy, members)
            parts = [
                {label: part[label] for label in members & part.keys()} for part in (ours, theirs)
            ]
            agreed, total = same_border_points(parts[0], parts[1], labels, case.anisotropy)
            self.likeness.append(
                (
                    case.name,
                    name,
                    f"{one.both}, {one.only_ours}, {one.only_theirs}",
                    percent(one.same_pieces),
                    f"{one.cable:.4f}",
                    percent(one.cable_within),
                    f"{one.there.mean:.3f}, {one.back.mean:.3f}",
                    f"{one.there.p99:.1f}, {one.back.p99:.1f}",
                    f"{percent(one.there.same)}, {percent(one.back.same)}",
                    f"{agreed} of {total}",
                )
            )
            if name == "soma":
                for label in sorted(members & ours.keys() & theirs.keys()):
                    self._add_soma(case, label, ours, theirs)

    def _add_soma(self, case: Case, label: int, ours: Skeletons, theirs: Skeletons) -> None:
        for name, skeletons in (("ours", ours), ("peer", theirs)):
            one = hub(skeletons[label])
            counts = (str(one.processes), str(one.spokes), str(one.loops))
            self.somas.append((case.name, str(label), name, *counts))

    def add_truth(self, case: Case, truth: Path, ours: Skeletons, theirs: Skeletons | None) -> None:
        """Both programs against the true centerline."""
        line = load_swc(truth)
        for name, skeletons in (("ours", ours), ("peer", theirs)):
            if not skeletons:
                continue
            one = against_truth(skeletons, line, case.anisotropy)
            self.truth.append(
                (
                    case.name,
                    name,
                    f"{one.to_truth.mean:.3f}",
                    f"{one.to_truth.p99:.1f}",
                    f"{one.from_truth.mean:.3f}",
                    f"{one.from_truth.p99:.1f}",
                    f"{one.cable:.3f}",
                )
            )


def markdown(results: Results) -> str:
    """All tables as one page."""
    peer = results.versions.get("peer")
    sections = [
        "# Benchmark results",
        f"{datetime.date.today().isoformat()}, commit {commit()}, kimimaro "
        f"{results.versions.get('ours', '')} against "
        + (f"{peer} as a black box." if peer else "no other program.")
        + f"\n{machine()}.",
        "Written by `make bench`. Each run is a fresh process pinned to one core unless said "
        "otherwise. Time is the whole call of `skeletonize`, without loading; of ours it is the "
        "median of several runs. Memory is the peak of the process, with the input in it.",
    ]
    tables: list[tuple[str, str, Row, list[Row]]] = [
        (
            "Time and memory",
            "Faster: the peer's processor time divided by ours, as waiting for a core that others "
            "use is nobody's. Less: our peak memory divided by the peer's.",
            (
                *("case", "Mvoxel", "ours, s", "peer, s", "of it processor", "faster"),
                *("loaded, MiB", "ours, MiB", "peer, MiB", "less"),
            ),
            results.times,
        ),
        (
            "Same skeletons",
            "Ours against the peer's. Distances go from each vertex to the nearest vertex of the "
            "same label in the other set, in voxels (the finest of the three sizes); a pair is "
            "ours to theirs, theirs to ours. Soma: labels with a radius over the acceptance "
            "threshold. Truncated: labels with about as many tips as `max_paths` allows. Border "
            "points: places on the image's faces where an end point is due and the peer has one; "
            "in how many of them ours is the same voxel.",
            (
                *("case", "group", "labels in both, only ours, only theirs", "same pieces"),
                *("cable, ours / theirs", "labels within 6 %", "mean distance"),
                *("99th percentile", "same voxel", "same border points"),
            ),
            results.likeness,
        ),
        (
            "Somas",
            "Processes: pieces that remain when the root is taken out. Spokes: edges at the root.",
            ("case", "label", "program", "processes", "spokes", "loops"),
            results.somas,
        ),
        (
            "True centerlines",
            "Skeleton and true centerline are sampled every half voxel along their edges; "
            "distances in voxels.",
            (
                *("case", "program", "skeleton to truth, mean", "99th percentile"),
                *("truth to skeleton, mean", "99th percentile", "cable, drawn / true"),
            ),
            results.truth,
        ),
        (
            "Threads",
            "Ours, pinned to as many cores as threads.",
            ("case", "threads", "s", "faster than one", "MiB"),
            results.threads,
        ),
        (
            "Cost per voxel",
            "Ours, on cubes out of the middle; blocks of one tissue are under Limits.",
            ("case", "s", "ns per voxel"),
            results.cost,
        ),
    ]
    for title, note, head, rows in tables:
        if rows:
            sections += [f"## {title}", note, table(head, rows)]
    return "\n\n".join(sections) + "\n"


def table(head: Row, rows: Iterable[Row]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def mebibytes(size: int) -> str:
    return f"{size / 2**20:.0f}"


def percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def commit() -> str:
    """The checked-out commit, marked where files have changed since."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def machine() -> str:
    """Processor, cores and memory."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"
