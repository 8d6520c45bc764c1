"""Time the graph functions against the program they replace, as skeletons grow.

    python benchmarks/graphs.py --peer-python PYTHON [--ours-python PYTHON] [--limit SECONDS]

Each case is a family of synthetic mergers: the pieces, tips and loops grow with the vertices. Both
programs run the same skeletons in turn, each call in a fresh process; the peer up to the size
where it takes longer than the limit, ours beyond that. Prints the processor's seconds (both use
one thread), their ratio and the exponent with which they grow from one size to the next, as
Markdown.
"""

from __future__ import annotations

import argparse
import json
import math
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
    """Run the cases and print the tables."""
    args = parse_args()
    for case in CASES:
        if args.cases and case.name not in args.cases:
            continue
        print(f"\n### {case.name}: {case.call}, {case.what}\n", flush=True)
        print("| vertices | pieces | tips | peer s | ours s | ratio | peer grows | ours grows |")
        print("|---:|---:|---:|---:|---:|---:|---:|---:|", flush=True)
        run_case(case, args)


def parse_args() -> argparse.Namespace:
    """Return the command line's values."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--ours-python", default=sys.executable)
    parser.add_argument("--peer-python", help="interpreter that has the peer; left out: ours alone")
    parser.add_argument("--limit", type=float, default=300, help="seconds the peer may take")
    parser.add_argument("--cases", nargs="+", choices=[case.name for case in CASES])
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    return parser.parse_args()


def run_case(case: Case, args: argparse.Namespace) -> None:
    """Print a row for each size."""
    peer_last: tuple[int, float] | None = None
    ours_last: tuple[int, float] | None = None
    peer_python = args.peer_python
    for size in args.sizes:
        arrays = case.make(size)
        if peer_last and peer_last[1] * size / peer_last[0] > args.limit:
            peer_python = None  # too long even if it grew no faster than the skeleton
        peer = run(peer_python, case, arrays, args.limit) if peer_python else None
        if peer is None:
            peer_python = None
        ours = run(args.ours_python, case, arrays, math.inf)
        assert ours is not None
        row = [str(len(arrays["vertices"])), str(ours["pieces"]), str(ours["tips"])]
        row += [seconds(peer), seconds(ours)]
        row.append(f"{peer['seconds'] / ours['seconds']:.0f}" if peer else "")
        row += [growth(peer_last, size, peer), growth(ours_last, size, ours)]
        print("| " + " | ".join(row) + " |", flush=True)
        if peer:
            peer_last = (size, peer["seconds"])
        ours_last = (size, ours["seconds"])


def seconds(result: dict[str, Any] | None) -> str:
    """Return the time of a run, if there is one, for the table."""
    return f"{result['seconds']:.4g}" if result else ""


def growth(last: tuple[int, float] | None, size: int, result: dict[str, Any] | None) -> str:
    """Return e where time grew like size^e since the last size, if both are known."""
    if not last or not result:
        return ""
    return f"{math.log(result['seconds'] / last[1]) / math.log(size / last[0]):.2f}"


def run(
    python: str, case: Case, arrays: dict[str, np.ndarray], limit: float
) -> dict[str, Any] | None:
    """Time one call in a fresh process; None if it takes longer than the limit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "skeleton.npz"
        np.savez(path, **arrays)
        job = json.dumps({"call": case.call, "options": case.options, "path": str(path)})
        try:
            done = subprocess.run(
                [python, __file__, "--worker", job],
                stdout=subprocess.PIPE,
                check=True,
                timeout=None if math.isinf(limit) else limit + 30,
            )
        except subprocess.TimeoutExpired:
            return None
    result: dict[str, Any] = json.loads(done.stdout)
    return result if result["seconds"] <= limit else None


def work(job: dict[str, Any]) -> None:
    """Time one call with whichever kimimaro this interpreter has: print a line of JSON."""
    from osteoid import Skeleton

    import kimimaro

    arrays = np.load(job["path"])
    skeleton = Skeleton(
        arrays["vertices"], arrays["edges"], radii=arrays["radii"], space="physical"
    )
    call = getattr(kimimaro, job["call"])
    times = []
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
