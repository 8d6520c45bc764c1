"""kimimaro forge: from a volume to skeletons."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import click
from osteoid import Skeleton

from kimimaro import Report, skeletonize
from kimimaro.cli import params_file, volumes
from kimimaro.cli.older import Older
from kimimaro.cli.options import signature_options, split_teasar, teasar_options
from kimimaro.cli.progress import StageProgress
from kimimaro.cli.skeletons import (
    check_apart,
    check_dest,
    output_options,
    partial_dest,
    summarize,
    write,
)
from kimimaro.cli.terminal import Interrupted, Terminal, counted, stopping, terminal_options
from kimimaro.cli.values import LABELS, POINT, ROOT, Point
from kimimaro.errors import InputError, TracingInterrupted
from kimimaro.formats import FormatError, LabelVolume, SkeletonFormat, read_volume
from kimimaro.formats.atomic import write_bytes
from kimimaro.formats.destination import check_file, is_filled
from kimimaro.objects import find_objects
from kimimaro.params import TeasarParams
from kimimaro.threads import check_threads
from kimimaro.volume import check_graph, check_image

PROVIDED = ("all_labels", "teasar_params", "return_report")
"""Parameters that the command provides otherwise: SRC, TEASAR's own options, --report."""

SPECIAL: dict[str, dict[str, Any]] = {
    "anisotropy": volumes.ANISOTROPY,
    "object_ids": {"type": LABELS},
    "progress": {"help": "Show progress."},
    "parallel": {"short": "-p"},
    "extra_targets_before": {
        "type": POINT,
        "multiple": True,
        "help": "A voxel that a path must lead to, drawn before the object's own targets; may be "
        "given many times.",
    },
    "extra_targets_after": {
        "type": POINT,
        "multiple": True,
        "help": "The same, drawn after the object's own targets.",
    },
    "roots": {
        "type": ROOT,
        "multiple": True,
        "help": "The voxel at which to root the object of a label; may be given many times. An "
        "object with a root is never traced from a soma.",
    },
    "voxel_graph": {
        "metavar": "FILE",
        "type": click.Path(),
        "help": "An image, as large as SRC, of which of the 26 steps from each voxel are allowed, "
        "in the bits of cc3d.voxel_connectivity_graph; --crop cuts it as well.",
    },
}

EXAMPLES = """
\b
Examples:
  kimimaro forge labels.npy -o skeletons --anisotropy 16,16,40
  kimimaro forge labels.zarr -o skeletons.parquet --scale 1.5 --const 300 --parallel 4
  kimimaro forge file.h5::/labels -o skeletons --object-ids 5,8 --no-fix-branching
  kimimaro forge file:///data/segmentation -o /data/segmentation --format precomputed
  kimimaro forge labels.npy -o skeletons --params mine.toml --save-params used.toml
"""


@click.command(name="forge", epilog=EXAMPLES, short_help="Skeletonize a volume.")
@click.argument("src")
@click.option(
    "--out",
    "-o",
    "--outdir",
    "dest",
    default="kimimaro_out",
    show_default=True,
    metavar="DEST",
    help="Where the skeletons go.",
)
@output_options
@click.option(
    "--resume/--no-resume", default=False, help="Skip the labels whose skeletons DEST has."
)
@volumes.offset_option("Place the skeletons where the file says that its first voxel lies.")
@click.option(
    "--report",
    "report_file",
    metavar="FILE",
    type=click.Path(),
    help="Write what became of every component, as JSON.",
)
@params_file.params_options
@volumes.volume_options
@signature_options(skeletonize, skip=PROVIDED, special=SPECIAL)
@teasar_options
@terminal_options
def command(
    src: str,
    dest: str,
    output_format: str | None,
    shard: bool,
    unit: str | None,
    resume: bool,
    offset: bool,
    report_file: str | None,
    save_params: str | None,
    progress: bool,
    terminal: Terminal,
    **options: Any,
) -> None:
    """Skeletonize the volume SRC and write one skeleton per label to DEST.

    SRC is a file, a folder or an address; CONTAINER::NAME names an array in a container.
    Lengths are in the units of --anisotropy; targets and roots are voxels of the file.
    """
    begun = time.monotonic()
    terminal.progress = terminal.progress and progress
    params, options = split_teasar(options)
    known = check_dest(dest, output_format, shard, volume=src)
    _check_files(report_file, save_params)
    check_apart(
        {"--report": report_file, "--save-params": save_params},
        {"SRC": src, "DEST": dest, "--voxel-graph": options["voxel_graph"]},
    )
    _check_roots(options["roots"])
    reading = {name: options[name] for name in volumes.READING}
    volume = volumes.opened(src, options, terminal)
    if save_params is not None:
        used = {"anisotropy": volume.anisotropy, **options, **_not_default(reading, offset)}
        params_file.save(save_params, params, _texts(used))
    older = Older.of(dest, known.name, shard=shard) if resume else Older()
    unit = older.unit_with(unit or volume.unit, dest)
    arguments = _arguments(options, volume, older.labels, reading["crop"])
    if _may_be_refused(volume, known, dest, arguments):
        coming = older.labels | _coming(volume, arguments)
        check_dest(dest, known.name, shard, labels=coming)
    with volumes.told_in_the_file(_points(options), volume):
        drawn, report = _draw(volume, params, arguments, terminal)
    skeletons = {label: drawn[label] for label in drawn if label not in older.labels}
    seconds = time.monotonic() - begun
    corner = volumes.position(volume) if offset else (0.0, 0.0, 0.0)
    volumes.shift(skeletons, corner)
    interrupted = bool(report.with_status("interrupted"))
    is_part = interrupted and not older.labels
    target = partial_dest(dest, known.name, shard) if is_part else dest
    if skeletons or not older.labels:
        write(
            {**older.rewritten, **skeletons},
            target,
            terminal,
            resumed=resume,
            format=known.name,
            shard=shard,
            roots=_root_positions(options["roots"], volume, corner),
            soma_radius=params.soma_acceptance_threshold,
            unit=unit,
        )
    summary = summarize(skeletons, target, unit, seconds, terminal)
    if older.labels:
        terminal.say(f"{counted(len(older.labels), 'skeleton')} left as before")
    if report_file is not None:
        write_bytes(report_file, json.dumps(report.as_dict(), indent=1).encode())
    outcome = {"kept": len(older.labels), "components": _outcomes(report, terminal), **summary}
    terminal.result({"source": src, **_about(volume), **outcome})
    if interrupted:
        raise Interrupted(_what_is_done(len(skeletons), target, dest))


def _check_files(report_file: str | None, save_params: str | None) -> None:
    """Refuse files beside the skeletons that cannot be written, or hold something else."""
    if report_file is not None:
        check_file(report_file)
        if is_filled(report_file) and not _is_report(report_file):
            raise FormatError(
                f"--report names {report_file}, which holds something else than a report and is "
                f"not replaced; name another file."
            )
    if save_params is not None:
        params_file.check_place(save_params)


def _check_roots(roots: Sequence[tuple[int, Point]]) -> None:
    """Refuse several roots of one label, of which all but one would be dropped."""
    for label, count in Counter(label for label, _ in roots).items():
        if count > 1:
            raise InputError(f"--roots names label {label} more than once; a label has one root.")


def _is_report(path: str) -> bool:
    try:
        content = json.loads(Path(path).read_bytes())
    except ValueError:
        return False
    return isinstance(content, dict) and content.keys() == Report(rows=()).as_dict().keys()


def _about(volume: LabelVolume) -> dict[str, Any]:
    """Describe a volume for a script."""
    return {
        "shape": volume.labels.shape,
        "dtype": str(volume.labels.dtype),
        "anisotropy": volume.anisotropy,
        "unit": volume.unit,
    }


def _what_is_done(number: int, target: str, dest: str) -> str:
    """Say where the skeletons are that were done when Ctrl-C was pressed."""
    where, how = target, "--resume"
    if target != dest:
        where, how = f"{target}, as {dest} holds older ones", f"--resume -o {target}"
    return (
        f"Interrupted while skeletonizing; {counted(number, 'skeleton')} that "
        f"{'was' if number == 1 else 'were'} done {'is' if number == 1 else 'are'} in {where}, "
        f"and {how} draws the others."
    )


def _outcomes(report: Report, terminal: Terminal) -> dict[str, int]:
    """Count what became of the components, and say what a person should know of it."""
    counts = Counter(str(component.status) for component in report.components)
    if counts["truncated"]:
        terminal.say(f"{counted(counts['truncated'], 'component')} cut short by --max-paths")
    if counts["failed"]:
        terminal.say(f"{counted(counts['failed'], 'component')} failed: --report FILE says why")
    return dict(counts)


def _arguments(
    options: Mapping[str, Any],
    volume: LabelVolume,
    done: Set[int],
    crop: tuple[slice, ...] | None,
) -> dict[str, Any]:
    """Turn options into arguments of skeletonize: voxels count from the part that was read."""
    arguments = dict(options)
    for name in ("extra_targets_before", "extra_targets_after"):
        arguments[name] = [volumes.local(point, volume) for point in options[name]]
    arguments["roots"] = {label: volumes.local(point, volume) for label, point in options["roots"]}
    if options["voxel_graph"] is not None:
        graph = read_volume(options["voxel_graph"], crop=crop, check=False)
        arguments["voxel_graph"] = graph.labels
    # Where labels are merged, what becomes of one depends on the others: all are drawn again.
    if done and not (options["fill_holes"] or options["fix_avocados"]):
        wanted = options["object_ids"]
        present = volumes.voxels_of_labels(volume.labels) if wanted is None else wanted
        arguments["object_ids"] = sorted({*present} - {0} - done)
    return arguments


def _points(options: Mapping[str, Any]) -> list[Point]:
    """Return the voxels that the user names."""
    targets = (*options["extra_targets_before"], *options["extra_targets_after"])
    return [*targets, *(point for _, point in options["roots"])]


def _may_be_refused(
    volume: LabelVolume, known: SkeletonFormat, dest: str, arguments: Mapping[str, Any]
) -> bool:
    """Tell whether the labels are to be looked at before they are drawn, which takes a while."""
    if arguments["fill_holes"] or arguments["fix_avocados"]:
        return False  # which labels are merged is known only when they are drawn
    if known.signed or volume.labels.dtype.kind != "i":
        return known.is_single(dest)
    return bool(volume.labels.min(initial=0) < 0)


def _coming(volume: LabelVolume, arguments: Mapping[str, Any]) -> set[int]:
    """Return the labels that get a skeleton: those with a component that is no dust."""
    wanted = arguments["object_ids"]
    image = check_image(volume.labels, volume.anisotropy).unpacked(wanted)
    objects = find_objects(
        image,
        wanted,
        max(arguments["dust_threshold"], 0),
        check_threads(arguments["parallel"]),
        graph=check_graph(arguments["voxel_graph"], image),
    )
    return set(image.label_of(objects.components()[0]))


def _draw(
    volume: LabelVolume, params: TeasarParams, arguments: Mapping[str, Any], terminal: Terminal
) -> tuple[dict[int, Skeleton], Report]:
    assert volume.anisotropy is not None
    with (
        stopping("Interrupted while skeletonizing; nothing was written."),
        StageProgress(quiet=not terminal.progress) as progress,
    ):
        try:
            drawn: tuple[dict[int, Skeleton], Report] = skeletonize(
                volume.labels,
                teasar_params=params,
                anisotropy=volume.anisotropy,
                progress=progress,
                return_report=True,
                **arguments,
            )
            return drawn
        except TracingInterrupted as interrupted:
            if not interrupted.skeletons:
                raise
            return interrupted.skeletons, interrupted.report


def _not_default(reading: Mapping[str, Any], offset: bool) -> dict[str, Any]:
    """Return what was asked for of how the volume is read, and where its skeletons lie."""
    usual = volumes.READING
    asked = {name: value for name, value in reading.items() if value != usual[name]}
    return asked if offset else {**asked, "offset": False}


def _texts(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as a parameter file holds them."""
    texts = dict(options)
    texts["roots"] = [f"{label}:{x},{y},{z}" for label, (x, y, z) in options["roots"]]
    if "crop" in options:
        ends = [(part.start, part.stop) for part in options["crop"]]
        texts["crop"] = ",".join(
            ":".join("" if end is None else str(end) for end in pair) for pair in ends
        )
    return {name: value for name, value in texts.items() if value not in ([], ())}


def _root_positions(
    roots: Sequence[tuple[int, Point]], volume: LabelVolume, corner: tuple[float, float, float]
) -> dict[int, tuple[float, float, float]]:
    """Return where the roots lie among the skeletons, whose first voxel is at ``corner``."""
    assert volume.anisotropy is not None
    positions = {}
    for label, point in roots:
        local = volumes.local(point, volume)
        x, y, z = (
            voxel * size + start
            for voxel, size, start in zip(local, volume.anisotropy, corner, strict=True)
        )
        positions[label] = (x, y, z)
    return positions
