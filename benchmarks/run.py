"""Time Kimimaro against the program it replaces, on the same volumes, and compare the skeletons.

    python benchmarks/run.py [--cases NAME ...] [--ours-only] [--threads 1,2]

Builds an environment for each program under benchmarks/.venvs, runs every case in a fresh process
pinned to one core, ours and the peer in turn, and writes benchmarks/RESULTS.md. FULL=1 in the
environment lets the peer run on the whole 512^3 volume too, which takes it an hour or two.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import report
from cases import CASES, DATA, Case
from fidelity import Skeletons, load_skeletons

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OUT = HERE / "out"
PEER = "kimimaro==5.8.5"
OTHERS = "\n## The whole 512^3 volume"
"""Where in the results the sections begin that other programs and hands write."""


@dataclass(frozen=True)
class Program:
    """One of the two kimimaros: its name and the interpreter that has it."""

    name: str
    python: Path


def main() -> None:
    args = parse_args()
    cases = select_cases(args.cases)
    volumes = [prepare(case, args.data) for case in cases]
    ours = Program("ours", args.ours_python or build_environment("ours", str(ROOT)))
    peer = None
    if not args.ours_only:
        peer = Program("peer", args.peer_python or build_environment("peer", PEER))
    results = report.Results()
    for case, volume in zip(cases, volumes, strict=True):
        run_case(case, volume, ours, peer, args, results)
    text = report.markdown(results)
    print(text)
    # What was measured in other ways follows the tables, and stays.
    before = args.output.read_text() if args.output.exists() else ""
    _, mark, others = before.partition(OTHERS)
    args.output.write_text(text + mark + others)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--cases", nargs="+", metavar="NAME", help="only these cases")
    parser.add_argument("--ours-only", action="store_true", help="do not run the peer")
    parser.add_argument(
        "--threads",
        type=lambda text: [int(number) for number in text.split(",")],
        default=[1, 2],
        help="numbers of threads for the scaling table (default 1,2)",
    )
    parser.add_argument(
        "--repeat", type=int, default=3, help="runs of ours per case; the median counts (default 3)"
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder with the volumes")
    parser.add_argument("--output", type=Path, default=HERE / "RESULTS.md")
    for name in ("ours", "peer"):
        parser.add_argument(
            f"--{name}-python", type=Path, help=f"interpreter that has {name}, instead of a new one"
        )
    return parser.parse_args()


def select_cases(names: Sequence[str] | None) -> list[Case]:
    known = {case.name: case for case in CASES}
    if names is None:
        return [case for case in CASES if full_run() or case.peer != "full" or case.stored]
    if unknown := sorted(set(names) - known.keys()):
        sys.exit(f"Unknown cases: {', '.join(unknown)}. Known are: {', '.join(known)}.")
    return [known[name] for name in names]


def full_run() -> bool:
    return os.environ.get("FULL", "0") not in ("", "0")


def build_environment(name: str, requirement: str) -> Path:
    """Make a virtual environment with one program in it; ours is installed anew each time."""
    folder = HERE / ".venvs" / name
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"Making the environment {name} ...", flush=True)
        venv.create(folder, with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, requirement], check=True)
    return python


def prepare(case: Case, data: Path) -> Path:
    """Write the case's volume as a plain npy file, so that reading it costs no more than itself."""
    path = OUT / f"{Path(case.source).name.split('.')[0]}_{case.crop or 'whole'}.npy"
    if not path.exists():
        OUT.mkdir(exist_ok=True)
        partial = path.with_suffix(".part")
        with partial.open("wb") as file:
            np.save(file, case.load(data))
        partial.rename(path)
    return path


def run_case(
    case: Case,
    volume: Path,
    ours: Program,
    peer: Program | None,
    args: argparse.Namespace,
    results: report.Results,
) -> None:
    counts = sorted({1, *args.threads}) if "threads" in case.tags else [1]
    runs = {count: repeat(case, volume, ours, count, args.repeat) for count in counts}
    labels = np.load(volume, mmap_mode="r")
    theirs: report.Run | None = None
    if peer and (case.peer == "always" or (case.peer == "full" and full_run())):
        theirs = measure(case, volume, peer, threads=1)
    results.add_times(case, labels.shape, runs, theirs)

    mine = load_skeletons(output_path(case, ours))
    reference: Skeletons | None = None
    if theirs and peer:
        reference = load_skeletons(output_path(case, peer))
    elif case.stored:
        reference = load_skeletons(args.data / case.stored)
    if reference is not None:
        results.add_likeness(case, labels, mine, reference)
    if case.truth:
        results.add_truth(case, args.data / case.truth, mine, reference)


def repeat(case: Case, volume: Path, program: Program, threads: int, times: int) -> report.Run:
    """Measure several times: the median time, the largest memory."""
    return report.middle([measure(case, volume, program, threads) for _ in range(times)])


def measure(case: Case, volume: Path, program: Program, threads: int) -> report.Run:
    """Skeletonize once in a fresh process on as many cores as threads."""
    cores = sorted(os.sched_getaffinity(0))[-threads:]
    if len(cores) < threads:
        sys.exit(f"{threads} threads need as many cores; this process may use {len(cores)}.")
    job = {
        "input": str(volume),
        "output": str(output_path(case, program)),
        "cores": cores,
        "options": case.options | {"parallel": threads},
    }
    path = OUT / f"{case.name}.{program.name}.json"
    path.write_text(json.dumps(job))
    command = [str(program.python), "-W", "ignore", str(HERE / "worker.py"), str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    run = report.Run(**json.loads(done.stdout.splitlines()[-1]))
    print(f"{case.name}, {program.name}, {threads} threads: {run.seconds:.2f} s", flush=True)
    return run


def output_path(case: Case, program: Program) -> Path:
    return OUT / f"{case.name}.{program.name}.npz"


if __name__ == "__main__":
    main()
