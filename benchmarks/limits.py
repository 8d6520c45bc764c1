"""Measure how near the engine is to what the machine can do: stages, sizes, memory, and so on.

    python benchmarks/limits.py [--only stages,sizes,memory,isa,variants,threads] [--crop N]

Runs this program alone, each call in a fresh process on as many cores as threads, on the whole
volume of the published benchmark or a cube of it, and writes benchmarks/LIMITS.md. The peer's time
comes from the command line. Run it with the interpreter of `make bench`, which has cc3d, cmake and
nanobind; the stages also want what counters.py needs.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import report
from calls import Bench, identical, output, runs_with
from cases import CASES, DATA
from run import HERE, OUT, ROOT, build_environment, prepare
from stages import stages

VOLUME = next(case for case in CASES if case.name == "connectomics_512")
SPARSE = ("NeuroM_Neuron", "BraVa_BG0003", "pn_722817260_single")
ISAS = ("portable", "avx2", "avx512")
EDGE = 512  # of the whole volume
BLOCKS = (4, 2, 1)  # that the volume is cut into along each axis
ROUNDS = 2
IN_TURN = 7  # rounds of calls that are compared with each other
VARIANTS_EDGE = 256  # of the crop that the variants are compared on
WALLS = 64  # voxels between walls of the graph
DOOR = 16  # voxels of the checks that a wall is open in
TILES = 8  # slices along either edge of the 2D image
PER_VOXEL = 12  # bytes beyond a dense input that are allowed, for each voxel
PER_FOREGROUND = 40  # the same for a sparse one, for each foreground voxel


def main() -> None:
    args = parse_args(HERE / "LIMITS.md")
    case = VOLUME if args.crop == EDGE else replace(VOLUME, name="limits", crop=args.crop)
    volume = prepare(case, args.data)
    python = args.ours_python or build_environment("ours", str(ROOT))
    isa = runs_with(python, None)
    assert isa
    bench = Bench(
        python,
        args.data,
        case,
        volume,
        isa,
        args.repeat,
        min(args.counting_crop, args.crop),
        args.peer_processor,
    )
    sections = [
        "## Limits (`benchmarks/limits.py`)",
        f"{datetime.date.today()}, commit {report.commit()}, {report.machine()}. The volume of the "
        f"published benchmark{'' if args.crop == EDGE else f', a cube of {args.crop} of it'}: "
        f"{' x '.join(map(str, bench.shape))} voxels, published parameters, {isa} and one core "
        "unless said otherwise; each call is a fresh process.",
    ]
    for name in args.only:
        sections += SECTIONS[name](bench)
        args.output.write_text("\n\n".join(sections) + "\n")
    print(args.output.read_text())


def parse_args(default: Path) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--only",
        type=sections_of,
        default=list(SECTIONS),
        help=f"sections, divided by commas (default: {','.join(SECTIONS)})",
    )
    parser.add_argument("--crop", type=int, default=EDGE, help="edge of a cube of the volume")
    parser.add_argument(
        "--repeat", type=int, default=1, help="runs of the whole volume; the median counts"
    )
    parser.add_argument(
        "--counting-crop", type=int, default=128, help="edge of the cube that callgrind sees"
    )
    parser.add_argument(
        "--peer-processor", type=float, metavar="SECONDS", help="the peer's time for the volume"
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder with the volumes")
    parser.add_argument("--output", type=Path, default=default)
    parser.add_argument("--ours-python", type=Path, help="use this interpreter as it is")
    return parser.parse_args()


def sections_of(text: str) -> list[str]:
    names = text.split(",")
    if unknown := [name for name in names if name not in SECTIONS]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: use {','.join(SECTIONS)}")
    return names


def sizes(bench: Bench) -> list[str]:
    """The volume cut into blocks: the same voxels in volumes of different sizes."""
    least: dict[int, dict[tuple[int, ...], float]] = {parts: {} for parts in BLOCKS}
    for _ in range(ROUNDS):
        for parts, times in least.items():
            for place in np.ndindex(parts, parts, parts):
                run = bench.run("block", block(bench.volume, place, parts))
                times[place] = min(run.processor, times.get(place, math.inf))
    costs = {parts: sum(times.values()) / bench.voxels for parts, times in least.items()}
    rows = []
    for parts, times in least.items():
        each = [seconds / bench.voxels * parts**3 for seconds in times.values()]
        spread = f"{min(each) * 1e9:.0f} to {max(each) * 1e9:.0f}"
        cost, of_least = costs[parts] * 1e9, costs[parts] / min(costs.values())
        rows.append(
            (
                " x ".join(str(length // parts) for length in bench.shape),
                *(str(len(times)), spread, f"{cost:.0f}", f"{of_least:.2f}"),
            )
        )
    head = ("blocks of", "blocks", "ns per voxel, each", "all together", "of the least")
    return [
        "### Sizes",
        "The volume cut into blocks, so that each size has the same tissue; processor time on one "
        f"core, for each block the least of {ROUNDS} rounds of all in turn.",
        report.table(head, rows),
    ]


def block(volume: Path, place: Sequence[int], parts: int) -> Path:
    """Write one of the blocks that a volume is cut into."""
    labels = np.load(volume, mmap_mode="r")
    cut = tuple(
        slice(i * length // parts, (i + 1) * length // parts)
        for i, length in zip(place, labels.shape, strict=True)
    )
    path = OUT / "limits_block.npy"
    np.save(path, np.asfortranarray(labels[cut]))
    return path


def memory(bench: Bench) -> list[str]:
    """Peak memory beyond the input, dense and sparse."""
    rows = []
    tiles = mirrored(bench.volume)
    for volume in (bench.volume, tiles):
        shape = np.load(volume, mmap_mode="r").shape
        for threads in (1, 2):
            if volume is tiles:
                run = bench.run(f"tiled_{threads}", tiles, threads=threads)
            else:
                run = bench.whole(threads, bench.isa)
            size, beyond = " x ".join(map(str, shape)), run.peak - run.loaded
            spent = (f"{run.seconds:.1f}", f"{run.seconds / math.prod(shape) * 1e9:.0f}")
            amounts = (report.mebibytes(beyond), f"{beyond / math.prod(shape):.1f}")
            rows.append((size, str(threads), *spent, report.mebibytes(run.loaded), *amounts))
    sparse = []
    for case in CASES:
        if case.name in SPARSE:
            volume = prepare(case, bench.data)
            run = bench.run(case.name, volume, case=case)
            beyond = run.peak - run.loaded
            voxels = int(np.count_nonzero(np.load(volume, mmap_mode="r")))
            parts = (report.mebibytes(beyond), f"{run.mapped / 2**20:.1f}")
            each = f"{(beyond - run.mapped) / voxels:.1f}"
            dust = bench.run("dust", volume, {"dust_threshold": voxels}, case=case)
            found = report.mebibytes(dust.peak - dust.loaded - dust.mapped)
            sparse.append((case.name, f"{voxels:,}", *parts, each, found))
    head = ("volume", "threads", "s", "ns per voxel", "loaded, MiB", "beyond, MiB", "B per voxel")
    sparse_head = (
        *("case", "foreground", "beyond, MiB", "of it the program, MiB"),
        *("B per voxel", "if all is dust, MiB"),
    )
    return [
        "### Memory",
        "Peak of the process less what it was just before the call, with the input loaded. The "
        "larger volume is the other, mirrored along x and y. At most "
        f"{PER_VOXEL} B are allowed for each voxel of a dense volume.",
        report.table(head, rows),
        f"Sparse ones, for each foreground voxel; at most {PER_FOREGROUND} B are allowed. The "
        "program's own pages, which come into memory with the first call and are shared by "
        "processes, are not counted. With a dust threshold that keeps nothing there is but the "
        "memory to find components.",
        report.table(sparse_head, sparse),
    ]


def mirrored(volume: Path) -> Path:
    """Write a volume four times as large, mirrored along x and y."""
    path = volume.with_name(f"{volume.stem}_mirrored.npy")
    if not path.exists():
        labels = np.load(volume, mmap_mode="r")
        x, y, z = labels.shape
        partial = path.with_suffix(".part")
        tiles = np.lib.format.open_memmap(
            partial, mode="w+", dtype=labels.dtype, shape=(2 * x, 2 * y, z), fortran_order=True
        )
        for k in range(z):
            tiles[:, :, k] = np.pad(labels[:, :, k], ((0, x), (0, y)), mode="symmetric")
        tiles.flush()
        partial.rename(path)
    return path


def instruction_sets(bench: Bench) -> list[str]:
    """One core with each instruction set."""
    rows = []
    for isa in ISAS:
        if runs_with(bench.python, isa) != isa:
            rows.append((isa, *["not on this processor"], *[""] * 3))
            continue
        run = bench.whole(1, isa)
        ratio = f"**{bench.peer / run.processor:.1f}**" if bench.peer else ""
        cost = f"{run.processor / bench.voxels * 1e9:.0f}"
        rows.append((isa, f"{run.seconds:.2f}", f"{run.processor:.2f}", cost, ratio))
    told = f"; the peer's, {bench.peer:.0f} s, was taken before" if bench.peer else ""
    return [
        "### Instruction sets",
        f"One core each. Faster: the peer's processor time divided by ours{told}.",
        report.table(("built for", "s", "processor, s", "ns per voxel", "faster"), rows),
    ]


def variants(bench: Bench) -> list[str]:
    """What else the engine does, beside the default path, in turn."""
    edge = min(VARIANTS_EDGE, bench.shape[0])
    volume = prepare(replace(bench.case, name="limits", crop=edge), bench.data)
    free, walled = graphs(volume)
    cut = cut_by_walls(volume)
    image = slices(bench.volume)
    cube = bench.case.options["teasar_params"] | {"invalidation": "cube"}
    flat = {"dust_threshold": 100}  # a section has fewer voxels than an object
    tree = {"fix_branching": False}
    calls: dict[str, Callable[[], report.Run]] = {
        "default": lambda: bench.run("default", volume),
        "fix_branching=False": lambda: bench.run("tree", volume, tree),
        'invalidation="cube"': lambda: bench.run("cube", volume, {"teasar_params": cube}),
        "voxel_graph, of the labels": lambda: bench.run("free", volume, graph=free),
        "default, with walls of background": lambda: bench.run("cut", cut),
        "voxel_graph, with such walls": lambda: bench.run("walled", volume, graph=walled),
        "default, whole volume": lambda: bench.run("default_whole", bench.volume),
        "fix_branching=False, whole volume": lambda: bench.run("tree_whole", bench.volume, tree),
        "2D, slices of the whole volume": lambda: bench.run("slices", image, flat),
    }
    runs = in_turn(calls)
    # What a variant is compared with has the same tissue.
    like = {name: "default, whole volume" if "whole" in name else "default" for name in calls}
    sizes = {name: bench.voxels if "whole" in name else edge**3 for name in calls}
    sizes["2D, slices of the whole volume"] = np.load(image, mmap_mode="r").size
    busy = {name: statistics.median(run.processor for run in runs[name]) for name in calls}
    rows = [
        (
            name,
            f"{sizes[name] / 1e6:.1f}",
            f"{busy[name]:.2f}",
            f"{busy[name] / sizes[name] * 1e9:.0f}",
            f"{relative(runs[name], runs[like[name]]) * sizes[like[name]] / sizes[name]:.2f}",
        )
        for name in calls
    ]
    side = np.load(image, mmap_mode="r").shape[0]
    of_cut = relative(
        runs["voxel_graph, with such walls"], runs["default, with walls of background"]
    )
    return [
        "### Variants",
        f"On a cube of {edge} and on the whole volume, {IN_TURN} rounds of all in turn; median "
        "processor time, and the median of its ratios to the default's of the same round, on the "
        f"cube or, for the whole volume and slices of it, on that. There is a wall every {WALLS} "
        f"voxels, open in a checkerboard of doors of {DOOR} voxels: a graph that forbids the steps "
        "through it takes "
        f"**{of_cut:.2f}** times as long as one layer of background, which makes the same objects. "
        f"The 2D image, {side} x {side}, has slices of the "
        "volume; what has no more than 100 pixels is dust there.",
        report.table(("variant", "Mvoxel", "s", "ns per voxel", "of the default"), rows),
    ]


def in_turn(calls: Mapping[str, Callable[[], report.Run]]) -> dict[str, list[report.Run]]:
    """Make calls in rounds: what others do on the machine changes from minute to minute."""
    runs: dict[str, list[report.Run]] = {name: [] for name in calls}
    for _ in range(IN_TURN):
        for name, call in calls.items():
            runs[name].append(call())
    return runs


def relative(runs: Sequence[report.Run], others: Sequence[report.Run]) -> float:
    """How many times the processor time of others these take, the median of the rounds."""
    return statistics.median(
        run.processor / other.processor for run, other in zip(runs, others, strict=True)
    )


def graphs(volume: Path) -> tuple[Path, Path]:
    """The voxel graph of the labels, and one that forbids steps through walls with doors."""
    import cc3d

    labels = np.load(volume)
    free = cc3d.voxel_connectivity_graph(labels, connectivity=26)
    x, _, _ = np.indices(labels.shape, sparse=True)
    cells = np.asfortranarray(labels * np.uint64(2) + (x // WALLS % 2).astype(np.uint64))
    walled = cc3d.voxel_connectivity_graph(cells, connectivity=26)
    paths = []
    for name, graph in (("free", free), ("walled", np.where(doors(labels.shape), free, walled))):
        paths.append(volume.with_name(f"limits_graph_{name}.npy"))
        np.save(paths[-1], np.asfortranarray(graph.astype(np.uint32)))
    return paths[0], paths[1]


def cut_by_walls(volume: Path) -> Path:
    """Write the volume with one layer of background for each of these walls."""
    labels = np.load(volume)
    x, _, _ = np.indices(labels.shape, sparse=True)
    wall = (x > 0) & (x % WALLS == 0) & ~doors(labels.shape)
    path = OUT / "limits_cut.npy"
    np.save(path, np.asfortranarray(np.where(wall, 0, labels).astype(labels.dtype)))
    return path


def doors(shape: Sequence[int]) -> NDArray[np.bool_]:
    """Where the walls are open, for all x alike."""
    _, y, z = np.indices(tuple(shape), sparse=True)
    return (y // DOOR + z // DOOR) % 2 == 0


def slices(volume: Path) -> Path:
    """Write a 2D image of slices across z, evenly spaced, side by side."""
    labels = np.load(volume, mmap_mode="r")
    x, y, z = labels.shape
    image = np.zeros((TILES * x, TILES * y), labels.dtype, order="F")
    for tile in range(TILES**2):
        i, j = x * (tile % TILES), y * (tile // TILES)
        image[i : i + x, j : j + y] = labels[:, :, tile * z // TILES**2]
    path = OUT / "limits_slices.npy"
    np.save(path, image)
    return path


def threads(bench: Bench) -> list[str]:
    """Two threads on the whole volume, and on its largest component alone."""
    one, two = (bench.whole(count, bench.isa) for count in (1, 2))
    same = identical(*(output(f"whole_{count}_{bench.isa}") for count in (1, 2)))
    rows = [("whole volume", *scaling([one], [two], same))]
    alone = {"object_ids": [one.largest]}
    runs = in_turn(
        {
            name: functools.partial(bench.run, name, bench.volume, alone, threads=count)
            for count, name in enumerate(("alone_1", "alone_2"), 1)
        }
    )
    same = identical(output("alone_1"), output("alone_2"))
    what = f"label {one.largest} alone, {runs['alone_1'][0].traced / 1e6:.1f} Mvoxel"
    rows.append((what, *scaling(runs["alone_1"], runs["alone_2"], same)))
    head = ("what", "one thread, s", "two threads, s", "times faster", "skeletons")
    return [
        "### Threads",
        f"As many cores as threads. The label alone {IN_TURN} times in turn: medians, and the "
        "median of the ratios within a round.",
        report.table(head, rows),
    ]


def scaling(one: Sequence[report.Run], two: Sequence[report.Run], same: bool) -> tuple[str, ...]:
    times = statistics.median(a.seconds / b.seconds for a, b in zip(one, two, strict=True))
    seconds = (f"{report.middle(runs).seconds:.2f}" for runs in (one, two))
    return *seconds, f"**{times:.2f}**", "identical" if same else "different"


SECTIONS: dict[str, Callable[[Bench], list[str]]] = {
    "stages": stages,
    "sizes": sizes,
    "memory": memory,
    "isa": instruction_sets,
    "variants": variants,
    "threads": threads,
}

if __name__ == "__main__":
    main()
