"""Time the graph functions against the program they replace, as skeletons grow.

    python benchmarks/graphs.py [--cases NAME ...] [--sizes N ...] [--ours-only] [--limit SECONDS]

Each case is a family of synthetic mergers: the pieces, tips and loops grow with the vertices. Both
programs run the same skeletons in turn, each call in a fresh process; the peer up to the size
where it takes longer than the limit, ours beyond that. Times are the processor's seconds, as both
use one thread. Writes benchmarks/GRAPHS.md with the times, their ratio, and x where time grew like
vertices^x since the size before.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SIZES = [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000]
STEP = 50.0  # nm between vertices of a path
PIECE = 10  # vertices
TWIG = 5  # vertices of a twig, and of the trunk up to the next


@dataclass(frozen=True)
class Case:
    """A family of skeletons and the call that is timed on them."""

    name: str
    what: str
    make: Callable[[int], dict[str, np.ndarray]]
    call: str
    options: dict[str, Any]


def walks(rng: np.random.Generator, starts: np.ndarray, length: int) -> np.ndarray:
    """Return a random walk from each start, without the start: (starts, length, 3)."""
    heading = rng.normal(0, 1, (len(starts), 1, 3))
    steps = heading + rng.normal(0, 0.5, (len(starts), length, 3))
    steps *= STEP / np.linalg.norm(steps, axis=2, keepdims=True)
    return starts[:, None] + np.cumsum(steps, axis=1)


def chains(count: int, length: int, first: int) -> np.ndarray:
    """Return the edges of so many paths of so many vertices, numbered from ``first``."""
    start = first + np.arange(count)[:, None] * length + np.arange(length - 1)
    return np.stack([start, start + 1], axis=-1).reshape(-1, 2)


def pieces(size: int) -> dict[str, np.ndarray]:
    """Return short paths strewn in a box, as densely at every size."""
    rng = np.random.default_rng(size)
    count = size // PIECE
    starts = rng.uniform(0, 1000 * count ** (1 / 3), (count, 3))
    vertices = walks(rng, starts, PIECE).reshape(-1, 3)
    return as_arrays(vertices, chains(count, PIECE, 0), rng.uniform(20, 60, len(vertices)))


def tips(size: int) -> dict[str, np.ndarray]:
    """Return one tree: a long trunk with twigs of random length."""
    rng = np.random.default_rng(size)
    count = size // (2 * TWIG)
    trunk = walks(rng, np.zeros((1, 3)), size - count * TWIG)[0]
    at = np.arange(count) * TWIG
    twigs = walks(rng, trunk[at], TWIG)
    shrunk = rng.uniform(0.1, 1, (count, 1, 1))
    twigs = trunk[at][:, None] + (twigs - trunk[at][:, None]) * shrunk
    edges = [chains(1, len(trunk), 0), chains(count, TWIG, len(trunk))]
    edges.append(np.stack([at, len(trunk) + np.arange(count) * TWIG], axis=1))
    vertices = np.concatenate([trunk, twigs.reshape(-1, 3)])
    return as_arrays(vertices, np.concatenate(edges), np.full(len(vertices), 30.0))


def loops(size: int) -> dict[str, np.ndarray]:
    """Return one tree whose twigs return to the trunk half-way to the next."""
    tree = tips(size)
    count = size // (2 * TWIG)
    trunk = size - count * TWIG
    ends = trunk + np.arange(1, count + 1) * TWIG - 1
    back = np.minimum(np.arange(count) * TWIG + TWIG // 2, trunk - 1)
    edges = np.concatenate([tree["edges"], np.stack([back, ends], axis=1).astype(np.uint32)])
    return {**tree, "edges": edges}


def merger(size: int) -> dict[str, np.ndarray]:
    """Return trees with twigs among each other, and a quarter of them with loops."""
    rng = np.random.default_rng(size)
    count = size // 200
    parts = [loops(200) if i % 4 == 0 else tips(200) for i in range(count)]
    side = 4000 * count ** (1 / 3)
    vertices, edges, radii, first = [], [], [], 0
    for part in parts:
        flip = rng.choice([-1, 1], 3)
        vertices.append(part["vertices"][:, rng.permutation(3)] * flip + rng.uniform(0, side, 3))
        edges.append(part["edges"].astype(np.int64) + first)
        radii.append(rng.uniform(20, 400, len(part["vertices"])))
        first += len(part["vertices"])
    return as_arrays(*(np.concatenate(arrays) for arrays in (vertices, edges, radii)))


def as_arrays(vertices: np.ndarray, edges: np.ndarray, radii: np.ndarray) -> dict[str, np.ndarray]:
    """Return the arrays of a skeleton in its types."""
    return {
        "vertices": vertices.astype(np.float32),
        "edges": edges.astype(np.uint32),
        "radii": radii.astype(np.float32),
    }


CASES = [
    Case("join", "pieces of 10 vertices, no limit", pieces, "join_close_components", {}),
    Case(
        "join near",
        "the same, radius 500",
        pieces,
        "join_close_components",
        {"radius": 500.0},
    ),
    Case(
        "ticks",
        "a tip for every 10 vertices",
        tips,
        "postprocess",
        {"dust_threshold": 0, "tick_threshold": 3000},
    ),
    Case(
        "loops",
        "a loop for every 10 vertices",
        loops,
        "postprocess",
        {"dust_threshold": 0, "tick_threshold": 0},
    ),
    Case(
        "merger", "a tree with 20 twigs or loops for every 200 vertices", merger, "postprocess", {}
    ),
]


def main() -> None:
    """Run the cases and write the tables."""
    # Here, as the worker runs in environments that do not have what these need.
    import report
    from run import HERE, PEER, ROOT, build_environment

    args = parse_args(HERE / "GRAPHS.md")
    ours = args.ours_python or build_environment("ours", str(ROOT))
    peer = None
    if not args.ours_only:
        peer = args.peer_python or build_environment("peer", PEER)
    sections = [
        "# Graph functions: ours against the peer as skeletons grow",
        f"{datetime.date.today()}, commit {report.commit()}, {report.machine()}. The peer is "
        f"{PEER}; where it has no time it would have taken more than {args.limit:.0f} s. Made by "
        "`python benchmarks/graphs.py`.",
    ]
    for case in CASES:
        if args.cases and case.name not in args.cases:
            continue
        rows, ours_times, peer_times = run_case(case, ours, peer, args)
        options = ", ".join(f"{key}={value}" for key, value in case.options.items())
        sections += [
            f"## {case.name}: {case.what}, `{case.call}({options})`",
            report.table(HEAD, rows),
            f"From the smallest to the largest size ours grows like n^{fit(ours_times)}, "
            f"the peer like n^{fit(peer_times)}.",
        ]
        print("\n\n".join(sections[-3:]) + "\n", flush=True)
    args.output.write_text("\n\n".join(sections) + "\n")


HEAD = ["vertices", "pieces", "tips", "peer s", "ours s", "ratio", "peer grows", "ours grows"]

Times = list[tuple[int, float]]
"""Vertices and seconds."""


def parse_args(output: Path) -> argparse.Namespace:
    """Return the command line's values."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--cases", nargs="+", choices=[case.name for case in CASES])
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, help="vertices")
    parser.add_argument("--ours-only", action="store_true", help="do not run the peer")
    parser.add_argument("--limit", type=float, default=300, help="seconds the peer may take")
    parser.add_argument("--output", type=Path, default=output)
    for name in ("ours", "peer"):
        parser.add_argument(
            f"--{name}-python", type=Path, help=f"interpreter that has {name}, instead of a new one"
        )
    return parser.parse_args()


def run_case(
    case: Case, ours: Path, peer: Path | None, args: argparse.Namespace
) -> tuple[list[list[str]], Times, Times]:
    """Return a row for each size, and the times of ours and of the peer."""
    rows = []
    ours_times: Times = []
    peer_times: Times = []
    for size in args.sizes:
        arrays = case.make(size)
        vertices = len(arrays["vertices"])
        result = run(ours, case, arrays, None)
        assert result is not None
        ours_times.append((vertices, result["seconds"]))
        row = [str(vertices), str(result["pieces"]), str(result["tips"])]
        if peer_times and peer_times[-1][1] * vertices / peer_times[-1][0] > args.limit:
            peer = None  # too long even if it grew no faster than the skeleton
        peers = run(peer, case, arrays, args.limit) if peer else None
        if peers:
            peer_times.append((vertices, peers["seconds"]))
            ratio = f"{peers['seconds'] / result['seconds']:.0f}"
            row += [
                f"{peers['seconds']:.3g}",
                f"{result['seconds']:.3g}",
                ratio,
                fit(peer_times[-2:]),
            ]
        else:
            peer = None
            row += ["", f"{result['seconds']:.3g}", "", ""]
        rows.append([*row, fit(ours_times[-2:])])
        print(case.name, *rows[-1], file=sys.stderr, flush=True)
    return rows, ours_times, peer_times


def fit(times: Times) -> str:
    """Return x where the time grows like vertices^x between the first and the last."""
    if len(times) < 2:
        return ""
    (small, fast), (large, slow) = times[0], times[-1]
    return f"{math.log(slow / fast) / math.log(large / small):.2f}"


def run(
    python: Path, case: Case, arrays: dict[str, np.ndarray], limit: float | None
) -> dict[str, Any] | None:
    """Time one call in a fresh process; None if it takes more of the processor than the limit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "skeleton.npz"
        np.savez(path, **arrays)
        job = {"call": case.call, "options": case.options, "path": str(path), "limit": limit}
        command = [str(python), __file__, "--worker", json.dumps(job)]
        done = subprocess.run(command, stdout=subprocess.PIPE)
    if limit and done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return None
    done.check_returncode()
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def work(job: dict[str, Any]) -> None:
    """Time one call with whichever kimimaro this interpreter has: print a line of JSON."""
    from osteoid import Skeleton

    import kimimaro

    arrays = np.load(job["path"])
    skeleton = Skeleton(
        arrays["vertices"], arrays["edges"], radii=arrays["radii"], space="physical"
    )
    call = getattr(kimimaro, job["call"])
    if job["limit"]:
        seconds = math.ceil(time.process_time() + job["limit"])
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    times: list[float] = []
    # A call of milliseconds is repeated, so that its first touch of memory and code is left out.
    while not times or (sum(times) < 0.5 and len(times) < 20):
        start = time.process_time()
        call(skeleton, **job["options"])
        times.append(time.process_time() - start)
    degree = np.bincount(arrays["edges"].ravel(), minlength=len(arrays["vertices"]))
    result = {
        "seconds": min(times),
        "tips": int((degree == 1).sum()),
        "pieces": len(skeleton.components()),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        work(json.loads(sys.argv[2]))
    else:
        main()
