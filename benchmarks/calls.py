"""Calls of this program in fresh processes, and what they return."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import report
from cases import Case
from run import HERE, OUT


@dataclass(frozen=True)
class Bench:
    """The program and the volume that are measured."""

    python: Path
    data: Path
    case: Case
    volume: Path
    """Of the case, as an npy file."""
    isa: str
    """What the program chooses by itself on this processor."""
    repeat: int
    counting_edge: int
    peer: float | None
    """Seconds of processor time that the other program takes for the volume."""
    known: dict[str, report.Run] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int, int]:
        x, y, z = np.load(self.volume, mmap_mode="r").shape
        return x, y, z

    @property
    def voxels(self) -> int:
        return math.prod(self.shape)

    def whole(self, threads: int, isa: str) -> report.Run:
        """Measure the whole volume; sections share these runs."""
        key = f"whole_{threads}_{isa}"
        if key not in self.known:
            runs = [
                self.run(key, self.volume, threads=threads, isa=isa) for _ in range(self.repeat)
            ]
            self.known[key] = report.middle(runs)
        return self.known[key]

    def run(
        self,
        name: str,
        volume: Path,
        changes: Mapping[str, Any] | None = None,
        *,
        case: Case | None = None,
        threads: int = 1,
        isa: str | None = None,
        graph: Path | None = None,
        prefix: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> report.Run:
        """Measure one call in a fresh process; what it returns is in output(name)."""
        cores = sorted(os.sched_getaffinity(0))[-threads:]
        if len(cores) < threads:
            sys.exit(f"{threads} threads need as many cores; this process may use {len(cores)}.")
        options = (case or self.case).options | {"parallel": threads, "return_report": True}
        job: dict[str, Any] = {"input": str(volume), "output": str(output(name)), "cores": cores}
        job["options"] = options | dict(changes or {})
        if graph:
            job["graph"] = str(graph)
        path = OUT / f"limits_{name}.json"
        path.write_text(json.dumps(job))
        done = subprocess.run(
            [*prefix, str(self.python), "-W", "ignore", str(HERE / "worker.py"), str(path)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "KIMIMARO_ISA": isa or self.isa, **(env or {})},
        )
        run = report.Run(**json.loads(done.stdout.splitlines()[-1]))
        print(f"{name}: {run.seconds:.2f} s", file=sys.stderr, flush=True)
        return run


def output(name: str) -> Path:
    return OUT / f"limits_{name}.npz"


def identical(one: Path, other: Path) -> bool:
    """Whether two runs returned the same, bit by bit."""
    with np.load(one) as a, np.load(other) as b:
        return a.files == b.files and all(a[key].tobytes() == b[key].tobytes() for key in a.files)


def runs_with(python: Path, isa: str | None) -> str | None:
    """The instruction set the engine runs with when this one is forced, None if it cannot."""
    env = {key: value for key, value in os.environ.items() if key != "KIMIMARO_ISA"}
    if isa:
        env["KIMIMARO_ISA"] = isa
    command = [str(python), "-c", "from kimimaro import _engine; print(_engine.isa)"]
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    return done.stdout.strip() if done.returncode == 0 else None
