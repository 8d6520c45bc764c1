"""Measure cross sections with this program and with the one it replaces, in one run.

    python benchmarks/sections.py VOLUME SKELETONS.npz [--labels N] [--without LABEL ...]
                                  [--only LABEL ...] [--sample N] [--images]
                                  [--windows N ...] [--limit SECONDS]

VOLUME is what `kimimaro forge` reads; SKELETONS.npz holds for each label L the arrays L_v
(vertices), L_e (edges) and L_r (radii). Takes so many labels of it at random, the same for both,
and compares time, memory and areas. Who is right where the areas differ is told by a sample of the
vertices: there the peer's pipeline runs with the sum of exact polygons (exact_section.py), and on
demand with xs3d's voxel-by-voxel image of a section (`xs3d.cross_section`), in place of the area
that it takes from xs3d. Where the peer is stopped at the limit, its areas are compared at the
sample alone. Writes benchmarks/SECTIONS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SEED = 3
CLOSE = 1e-3
COLUMNS = (
    "window",
    "5.8.5 s",
    "ours s, 1 thread",
    "2 threads",
    "ratio, 2 threads",
    "peak GB, 5.8.5 and ours",
    "ours within 0.1 % of 5.8.5",
    "sample",
    "within 0.1 % of exact: 5.8.5",
    "xs3d's images",
    "ours",
    "ours, largest difference",
)


@dataclass(frozen=True)
class Measured:
    """What one run of one program found."""

    areas: np.ndarray
    """Of all vertices, label by label; nan where none was asked for."""
    seconds: float
    gigabytes: float


@dataclass(frozen=True)
class Bench:
    """Everything that the runs share."""

    folder: Path
    labels: list[int]
    ours: Path
    peer: Path
    limit: float
    share: float
    """Of the vertices, how many are in the sample."""
    images: bool


def main() -> None:
    from run import HERE, PEER, ROOT, build_environment

    args = parse_args(HERE / "SECTIONS.md")
    ours = args.ours_python or build_environment("ours", str(ROOT))
    peer = args.peer_python or build_environment("peer", PEER)
    with tempfile.TemporaryDirectory() as folder:
        prepare(args, Path(folder), ours)
        labels = choose_labels(args)
        arrays = np.load(args.skeletons)
        vertices = sum(len(arrays[f"{label}_v"]) for label in labels)
        share = min(args.sample / vertices, 1)
        bench = Bench(Path(folder), labels, ours, peer, args.limit, share, args.images)
        lines = [f"Labels: {len(labels):,}; vertices: {vertices:,}.", ""]
        lines += ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
        print("\n".join(lines), flush=True)
        for window in args.windows:
            lines.append(compare_programs(bench, window))
            print(lines[-1], flush=True)
    args.output.write_text("\n".join(["# Cross sections", "", *lines, ""]))


def compare_programs(bench: Bench, window: int) -> str:
    """Return a row of the table."""
    one = measure(bench, bench.ours, window)
    two = measure(bench, bench.ours, window, parallel=2)
    assert np.array_equal(one.areas, two.areas)
    exact = measure(bench, bench.peer, window, areas="polygons")
    sampled = np.isfinite(exact.areas)
    try:
        old = measure(bench, bench.peer, window)
        cost = f"{old.seconds:.1f} | {one.seconds:.2f} | {two.seconds:.2f} "
        cost += f"| {old.seconds / two.seconds:.1f} | {old.gigabytes:.1f}, {two.gigabytes:.1f}"
    except subprocess.TimeoutExpired:
        old = measure(bench, bench.peer, window, areas="sampled")
        cost = f"stopped at {bench.limit:.0f} | {one.seconds:.2f} | {two.seconds:.2f} "
        cost += f"| > {bench.limit / two.seconds:.1f} | ?, {two.gigabytes:.1f}"
    images = "not run"
    if bench.images:
        images = near(exact.areas, measure(bench, bench.peer, window, areas="images").areas)
    worst = np.abs(differences(exact.areas, one.areas)[sampled]).max()
    return (
        f"| {window} | {cost} | {near(old.areas, one.areas)} | {sampled.sum():,} "
        f"| {near(exact.areas, old.areas)} | {images} "
        f"| {near(exact.areas, one.areas)} | {worst:.1e} |"
    )


def prepare(args: argparse.Namespace, folder: Path, ours: Path) -> None:
    """Write the volume and the skeletons where both programs read them."""
    read = (
        "import sys, numpy; from kimimaro.formats import read_volume; v = read_volume(sys.argv[1]);"
        "numpy.save(sys.argv[2], v.labels)"
    )
    subprocess.run([ours, "-c", read, args.volume, folder / "labels.npy"], check=True)
    (folder / "job.json").write_text(
        json.dumps({"skeletons": str(args.skeletons), "anisotropy": args.anisotropy})
    )


def choose_labels(args: argparse.Namespace) -> list[int]:
    labels = sorted({int(name.split("_")[0]) for name in np.load(args.skeletons).files})
    if args.only:
        return [label for label in labels if label in args.only]
    drawn = np.random.default_rng(SEED).permutation(labels)[: args.labels].tolist()
    return [label for label in drawn if label not in args.without]


def measure(
    bench: Bench, python: Path, window: int, parallel: int = 1, areas: str = "all"
) -> Measured:
    """Run one program in a fresh process."""
    job = {
        "labels": bench.labels,
        "window": window,
        "parallel": parallel,
        "areas": areas,
        "share": bench.share,
    }
    (bench.folder / "run.json").write_text(json.dumps(job))
    done = subprocess.run(
        [python, "-W", "ignore", __file__, "--worker", bench.folder],
        check=True,
        capture_output=True,
        text=True,
        timeout=bench.limit if areas == "all" else None,
        env={**os.environ, "PYTHONPATH": ""},
    )
    seconds, gigabytes = map(float, done.stdout.split()[-2:])
    return Measured(np.load(bench.folder / "areas.npy"), seconds, gigabytes)


def differences(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Return how much larger the new areas are, as a share of the old ones."""
    old, new = old.astype(float), new.astype(float)
    return np.asarray((new - old) / np.maximum(old, np.finfo(np.float32).tiny))


def near(old: np.ndarray, new: np.ndarray) -> str:
    both = np.isfinite(old) & np.isfinite(new)
    return f"{(np.abs(differences(old[both], new[both])) < CLOSE).mean():.2%}"


def worker(folder: Path) -> None:
    """Measure with whichever kimimaro the interpreter has."""
    import time

    import osteoid

    import kimimaro

    shared = json.loads((folder / "job.json").read_text())
    job = json.loads((folder / "run.json").read_text())
    replace_areas(job["areas"], job["share"])
    labels = np.load(folder / "labels.npy")
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
    found = [skeleton.cross_sectional_area for skeleton in skeletons.values()]
    np.save(folder / "areas.npy", np.concatenate(found))
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)


def replace_areas(kind: str, share: float) -> None:
    """Let the peer take its areas elsewhere, and at a sample of the vertices alone."""
    if kind == "all":
        return
    import xs3d

    from exact_section import exact_section

    taken = xs3d.cross_sectional_area

    def area(image: Any, at: Any, normal: Any, anisotropy: Any, **options: Any) -> Any:
        # All sections through one vertex are in the sample or none is.
        if zlib.crc32(np.array(at, dtype=np.float32).tobytes()) >= share * 2**32:
            return np.nan, 0
        if kind == "sampled":
            return taken(image, at, normal, anisotropy, **options)
        if kind == "polygons":
            return exact_section(image, at, normal, anisotropy), 0
        return float(xs3d.cross_section(image, at, normal, anisotropy).sum(dtype=float)), 0

    xs3d.cross_sectional_area = area


def parse_args(output: Path) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("volume", metavar="VOLUME")
    parser.add_argument("skeletons", metavar="SKELETONS.npz", type=lambda p: Path(p).absolute())
    parser.add_argument("--labels", type=int, default=60, help="how many to draw")
    parser.add_argument("--without", type=int, nargs="+", default=[], metavar="LABEL")
    parser.add_argument("--only", type=int, nargs="+", default=[], metavar="LABEL")
    parser.add_argument("--windows", type=int, nargs="+", default=[1, 5], metavar="WINDOW")
    parser.add_argument("--images", action="store_true", help="xs3d's images too; slow")
    parser.add_argument("--sample", type=int, default=2000, help="vertices, about")
    parser.add_argument("--anisotropy", type=float, nargs=3, default=[16, 16, 40])
    parser.add_argument("--limit", type=float, default=600, help="seconds that one run may take")
    parser.add_argument("--output", type=Path, default=output)
    for program in ("ours", "peer"):
        parser.add_argument(f"--{program}-python", type=Path, help="use this interpreter as it is")
    return parser.parse_args()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker(Path(sys.argv[2]))
    else:
        main()
