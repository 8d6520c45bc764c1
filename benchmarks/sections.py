"""Measure cross sections with this program and with the one it replaces, in one run.

    python benchmarks/sections.py VOLUME SKELETONS.npz [--labels N] [--limit SECONDS]

VOLUME is what `kimimaro forge` reads; SKELETONS.npz holds for each label L the arrays L_v
(vertices), L_e (edges) and L_r (radii). Takes so many labels of it at random, the same for both.
Three comparisons: the time of both; the areas of both; and our areas against the peer's pipeline
with xs3d's own voxel-by-voxel image of each section (`xs3d.cross_section`) in place of its faster
area, on the smallest of the labels, as that is slow. Writes benchmarks/SECTIONS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

SEED = 3
WINDOWS = (1, 5)
EXACT_SHARE = 0.5  # of the labels, the smallest


def main() -> None:
    from run import HERE, PEER, ROOT, build_environment

    args = parse_args(HERE / "SECTIONS.md")
    ours = args.ours_python or build_environment("ours", str(ROOT))
    peer = args.peer_python or build_environment("peer", PEER)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        many, few = prepare(args, work, ours)
        lines = [
            f"{len(many)} labels drawn at random, {vertices_of(args.skeletons, many):,} vertices; "
            f"the exact sections on the {len(few)} smallest, "
            f"{vertices_of(args.skeletons, few):,} vertices.",
            "",
            "| window | 5.8.5 s | ours s, 1 thread | ours s, 2 threads | ratio, 2 threads | within "
            "0.1 % of 5.8.5 | within 0.1 % of exact sections | largest lack of ours |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for window in WINDOWS:
            old, old_seconds = measure(peer, work, many, window, 1, args.limit)
            new, one = measure(ours, work, many, window, 1, args.limit)
            same, two = measure(ours, work, many, window, 2, args.limit)
            assert all(np.array_equal(new[key], same[key]) for key in new)
            exact, _ = measure(peer, work, few, window, 1, args.limit, exact=True)
            near = share(compare(old, new))
            differences = compare(exact, new)
            lines.append(
                f"| {window} | {old_seconds:.2f} | {one:.2f} | {two:.2f} | {old_seconds / two:.1f} "
                f"| {near:.1%} | {share(differences):.1%} | {max(0, -differences.min()):.2%} |"
            )
            print(lines[-1], flush=True)
    args.output.write_text("\n".join(["# Cross sections", "", *lines, ""]))


def prepare(args: argparse.Namespace, work: Path, ours: Path) -> tuple[list[int], list[int]]:
    """Write the volume and the skeletons where both programs read them; choose labels."""
    read = (
        "import sys, numpy; from kimimaro.formats import read_volume; v = read_volume(sys.argv[1]);"
        "numpy.save(sys.argv[2], v.labels)"
    )
    subprocess.run([ours, "-c", read, args.volume, work / "labels.npy"], check=True)
    arrays = np.load(args.skeletons)
    (work / "job.json").write_text(
        json.dumps({"skeletons": str(args.skeletons), "anisotropy": args.anisotropy})
    )
    labels = sorted({int(name.split("_")[0]) for name in arrays.files})
    drawn = np.random.default_rng(SEED).permutation(labels)[: args.labels].tolist()
    cost = {
        label: float(np.prod(np.ptp(arrays[f"{label}_v"], axis=0) + 1)) * len(arrays[f"{label}_v"])
        for label in drawn
    }
    return drawn, sorted(drawn, key=cost.__getitem__)[: int(EXACT_SHARE * len(drawn))]


def vertices_of(path: Path, labels: list[int]) -> int:
    arrays = np.load(path)
    return sum(len(arrays[f"{label}_v"]) for label in labels)


def measure(
    python: Path,
    work: Path,
    labels: list[int],
    window: int,
    parallel: int,
    limit: float,
    exact: bool = False,
) -> tuple[dict[str, np.ndarray], float]:
    """Run one program in a fresh process; return the areas by label, and the seconds."""
    job = {"labels": labels, "window": window, "parallel": parallel, "exact": exact}
    done = subprocess.run(
        [python, "-W", "ignore", __file__, "--worker", work, json.dumps(job)],
        check=True,
        capture_output=True,
        text=True,
        timeout=limit,
        env={**os.environ, "PYTHONPATH": ""},
    )
    areas = np.load(work / "areas.npz")
    return {name: areas[name] for name in areas.files}, float(done.stdout.split()[-1])


def compare(old: dict[str, np.ndarray], new: dict[str, np.ndarray]) -> np.ndarray:
    """Return how much larger the new areas are, as a share of the old ones."""
    a = np.concatenate(list(old.values())).astype(float)
    b = np.concatenate([new[name] for name in old]).astype(float)
    return (b - a) / np.maximum(a, np.finfo(np.float32).tiny)


def share(differences: np.ndarray) -> float:
    return float((np.abs(differences) < 1e-3).mean())


def worker(folder: Path, job: dict[str, Any]) -> None:
    """Measure with whichever kimimaro the interpreter has."""
    import time

    import osteoid

    import kimimaro

    if job["exact"]:
        replace_by_exact()
    shared = json.loads((folder / "job.json").read_text())
    labels = np.load(folder / "labels.npy", mmap_mode=None)
    arrays = np.load(shared["skeletons"])
    skeletons = {
        label: osteoid.Skeleton(
            arrays[f"{label}_v"],
            arrays[f"{label}_e"],
            arrays[f"{label}_r"],
            segid=label,
            space="physical",
        )
        for label in job["labels"]
    }
    options: dict[str, Any] = {"smoothing_window": job["window"]}
    if job["parallel"] > 1:
        options["parallel"] = job["parallel"]
    start = time.perf_counter()
    kimimaro.cross_sectional_area(labels, skeletons, anisotropy=shared["anisotropy"], **options)
    seconds = time.perf_counter() - start
    found = {str(label): skel.cross_sectional_area for label, skel in skeletons.items()}
    np.savez(folder / "areas.npz", **found)
    print(seconds)


def replace_by_exact() -> None:
    """Let the peer sum up xs3d's image of each section, voxel by voxel."""
    import xs3d

    def area(image: Any, at: Any, normal: Any, anisotropy: Any, **_: Any) -> tuple[float, int]:
        section, contacts = xs3d.cross_section(image, at, normal, anisotropy, return_contact=True)
        return float(section.sum(dtype=float)), contacts

    xs3d.cross_sectional_area = area


def parse_args(output: Path) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("volume", metavar="VOLUME")
    parser.add_argument("skeletons", metavar="SKELETONS.npz", type=lambda p: Path(p).absolute())
    parser.add_argument("--labels", type=int, default=60)
    parser.add_argument("--anisotropy", type=float, nargs=3, default=[16, 16, 40])
    parser.add_argument("--limit", type=float, default=600, help="seconds that one run may take")
    parser.add_argument("--output", type=Path, default=output)
    for program in ("ours", "peer"):
        parser.add_argument(f"--{program}-python", type=Path, help="use this interpreter as it is")
    return parser.parse_args()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker(Path(sys.argv[2]), json.loads(sys.argv[3]))
    else:
        main()
