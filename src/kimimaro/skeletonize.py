"""From a labeled image to skeletons: the pipeline."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt
from osteoid import Skeleton

from kimimaro import _engine
from kimimaro.errors import InputTypeError, TracingInterrupted
from kimimaro.memory import check_memory
from kimimaro.numbers import as_number, as_whole
from kimimaro.objects import find_objects
from kimimaro.params import DEFAULT_TEASAR_PARAMS, TeasarParams
from kimimaro.paths import as_skeletons
from kimimaro.progress import StageProgress, for_stage, report_progress
from kimimaro.repair import mend
from kimimaro.report import Report, Status, Stopwatch
from kimimaro.targets import NONE, TargetList, assign, check_targets, in_order, warn_of_shared
from kimimaro.threads import check_threads
from kimimaro.volume import LabelImage, check_graph, check_image

Point = Sequence[int]
Roots = Mapping[int, Point] | Mapping[str, Point]
_MOST_VOXELS = 2**64 - 1  # of which the engine can count


@overload
def skeletonize(
    all_labels: Any,
    teasar_params: TeasarParams | Mapping[str, Any] = ...,
    anisotropy: Sequence[float] = ...,
    object_ids: Iterable[int] | None = ...,
    dust_threshold: float = ...,
    progress: bool | StageProgress | None = ...,
    fix_branching: bool = ...,
    in_place: bool = ...,
    fix_borders: bool = ...,
    parallel: int = ...,
    parallel_chunk_size: int = ...,
    extra_targets_before: Iterable[Point] | Mapping[Point, int] = ...,
    extra_targets_after: Iterable[Point] | Mapping[Point, int] = ...,
    fill_holes: bool = ...,
    fix_avocados: bool = ...,
    voxel_graph: npt.NDArray[np.uint32] | None = ...,
    roots: Roots | None = ...,
    return_report: Literal[False] = ...,
) -> dict[int, Skeleton]: ...


@overload
def skeletonize(
    all_labels: Any,
    teasar_params: TeasarParams | Mapping[str, Any] = ...,
    anisotropy: Sequence[float] = ...,
    object_ids: Iterable[int] | None = ...,
    dust_threshold: float = ...,
    progress: bool | StageProgress | None = ...,
    fix_branching: bool = ...,
    in_place: bool = ...,
    fix_borders: bool = ...,
    parallel: int = ...,
    parallel_chunk_size: int = ...,
    extra_targets_before: Iterable[Point] | Mapping[Point, int] = ...,
    extra_targets_after: Iterable[Point] | Mapping[Point, int] = ...,
    fill_holes: bool = ...,
    fix_avocados: bool = ...,
    voxel_graph: npt.NDArray[np.uint32] | None = ...,
    roots: Roots | None = ...,
    *,
    return_report: Literal[True],
) -> tuple[dict[int, Skeleton], Report]: ...


@overload  # return_report given by position
def skeletonize(
    all_labels: Any,
    teasar_params: TeasarParams | Mapping[str, Any],
    anisotropy: Sequence[float],
    object_ids: Iterable[int] | None,
    dust_threshold: float,
    progress: bool | StageProgress | None,
    fix_branching: bool,
    in_place: bool,
    fix_borders: bool,
    parallel: int,
    parallel_chunk_size: int,
    extra_targets_before: Iterable[Point] | Mapping[Point, int],
    extra_targets_after: Iterable[Point] | Mapping[Point, int],
    fill_holes: bool,
    fix_avocados: bool,
    voxel_graph: npt.NDArray[np.uint32] | None,
    roots: Roots | None,
    return_report: Literal[True],
) -> tuple[dict[int, Skeleton], Report]: ...


@overload  # return_report known at run time only
def skeletonize(
    all_labels: Any,
    teasar_params: TeasarParams | Mapping[str, Any] = ...,
    anisotropy: Sequence[float] = ...,
    object_ids: Iterable[int] | None = ...,
    dust_threshold: float = ...,
    progress: bool | StageProgress | None = ...,
    fix_branching: bool = ...,
    in_place: bool = ...,
    fix_borders: bool = ...,
    parallel: int = ...,
    parallel_chunk_size: int = ...,
    extra_targets_before: Iterable[Point] | Mapping[Point, int] = ...,
    extra_targets_after: Iterable[Point] | Mapping[Point, int] = ...,
    fill_holes: bool = ...,
    fix_avocados: bool = ...,
    voxel_graph: npt.NDArray[np.uint32] | None = ...,
    roots: Roots | None = ...,
    return_report: bool = ...,
) -> dict[int, Skeleton] | tuple[dict[int, Skeleton], Report]: ...


def skeletonize(
    all_labels: Any,
    teasar_params: TeasarParams | Mapping[str, Any] = DEFAULT_TEASAR_PARAMS,
    anisotropy: Sequence[float] = (1, 1, 1),
    object_ids: Iterable[int] | None = None,
    dust_threshold: float = 1000,
    progress: bool | StageProgress | None = True,
    fix_branching: bool = True,
    in_place: bool = False,
    fix_borders: bool = True,
    parallel: int = 1,
    parallel_chunk_size: int = 100,
    extra_targets_before: Iterable[Point] | Mapping[Point, int] = (),
    extra_targets_after: Iterable[Point] | Mapping[Point, int] = (),
    fill_holes: bool = False,
    fix_avocados: bool = False,
    voxel_graph: npt.NDArray[np.uint32] | None = None,
    roots: Roots | None = None,
    return_report: bool = False,
) -> dict[int, Skeleton] | tuple[dict[int, Skeleton], Report]:
    """Draw the skeleton of every label of an image.

    Parameters
    ----------
    all_labels : (X, Y), (X, Y, Z) array of integers or booleans
        The label of each voxel; 0 is background. Any memory order, strides and byte order; it is
        neither copied as a whole nor changed. A CrackleArray is decompressed, the mask of
        one label only if object_ids names one.
    teasar_params : TeasarParams or dict
        How paths are drawn, see :class:`kimimaro.TeasarParams`; a partial dict is completed from
        the defaults.
    anisotropy
        Physical size of a voxel along x, y and z; it sets the unit of all lengths.
    object_ids
        Skeletonize these labels only; a label that the image does not have causes a warning. The
        other labels count as background from the start, also for ``fill_holes`` and
        ``fix_avocados``: a nucleus is merged with its cell only if both are listed.
    dust_threshold
        Skip connected components of no more than this many voxels.
    progress
        Show a progress bar on standard error if that is a terminal, or in a notebook; or call this
        function with (stage, voxels done, voxels in all).
    fix_branching
        Let each path end at the nearest path drawn before, at the least cost; without it, all
        paths follow one tree of cheapest paths from the root.
    in_place
        Accepted for compatibility; the image is never changed.
    fix_borders
        Lead a path to the middle of every section that an object has on a face of the image, so
        that the skeletons of two images that share this plane meet there.
    parallel
        Number of threads; 0 or less for all cores, and never more than 64 or the cores. The result
        does not depend on it.
    parallel_chunk_size
        Accepted for compatibility, without effect.
    extra_targets_before, extra_targets_after
        Voxels (x, y, z) that paths must lead to, drawn before or after the object's own targets,
        the last one first; none of them is a root, see ``roots``. A dict gives the vertices there
        an SWC type, see :func:`kimimaro.synapses_to_targets`.
    fill_holes
        Fill the holes of every component; labels inside them vanish.
    fix_avocados
        Merge a nucleus that was segmented apart from its cell with the label that encloses it.
    voxel_graph : (X, Y), (X, Y, Z) array of uint32
        Which of the 26 steps from each voxel are allowed, in the bits of
        ``cc3d.voxel_connectivity_graph``; any memory order and strides. A step that either of its
        two voxels forbids is taken nowhere: it does not connect components, distances, paths nor
        what a path explains. Where the step over a face is forbidden, the voxel behind it counts
        as boundary, so that radii end there, and sections on the image's faces do too. Steps
        between labels, and to voxels that are filled in as holes, are not looked at.
    roots
        The voxel at which to root the object of a label: {label: (x, y, z)}; a label may be text
        such as "5", as from JSON. Of several in one component, as when labels are merged, the last
        counts, with a warning. A component with a root is never traced from a soma, whatever its
        size. Those in dust, or of labels that are not in ``object_ids``, have no effect.
    return_report
        Return a :class:`kimimaro.Report` as well: what became of every component.

    Returns
    -------
    dict of Skeleton by label
        One tree for each traced component. ``vertices`` (N, 3) float32 are voxel indices times
        anisotropy, ``edges`` (M, 2) uint32, ``radii`` (N,) float32 the distance from the vertex to
        the boundary, ``vertex_types`` (N,) uint8. With ``return_report``, a pair of that and the
        Report.

    Raises
    ------
    DimensionError
        The image has not two or three axes, or is too long, or voxel_graph has another shape.
    InputError
        A value is out of range, a key of teasar_params is unknown, or a target lies outside the
        image or on background.
    InputTypeError
        The labels are no whole numbers, or an argument is of a wrong type.
    OutOfMemoryError
        The estimated need exceeds the memory that is free.
    TracingInterrupted
        Ctrl-C while objects were traced: the KeyboardInterrupt with the skeletons done by then.

    Notes
    -----
    The method is TEASAR (Sato et al., Pacific Graphics 2000) with the changes that Kimimaro made
    to it (Silversmith et al. 2021): rolling invalidation, the treatment of somata, targets at
    borders.
    """
    watch = Stopwatch()
    params = TeasarParams.of(teasar_params)
    image = check_image(all_labels, anisotropy)
    graph = check_graph(voxel_graph, image)
    selection = _check_labels(object_ids)
    dust = _check_dust(dust_threshold)
    threads = check_threads(parallel)
    wanted = check_targets(image, extra_targets_before, extra_targets_after, roots)
    image = image.unpacked(selection)
    with report_progress(progress) as show:
        objects = find_objects(image, selection, 0 if fill_holes else dust, threads, show, graph)
        missing = _missing(objects, image, selection)
        mend(objects, fill_holes, fix_avocados, params, dust, threads, show)
        watch.lap("components")
        borders = TargetList(*objects.border_targets(threads, None)) if fix_borders else NONE
        starts, before = in_order(borders, assign(objects, wanted.before))
        after = assign(objects, wanted.after).reversed()
        rooted = assign(objects, wanted.roots)
        warn_of_shared(rooted)
        check_memory(objects, threads)
        watch.lap("targets")
        objects.measure(threads, for_stage(show, "distances"), params.soma_detection_threshold)
        watch.lap("distances")
        traced = objects.trace(
            params.as_dict(),
            bool(fix_branching),
            before,
            after,
            starts,
            rooted,
            threads,
            None,
            for_stage(show, "paths"),
        )
    watch.note(traced["stages"])
    labels = image.label_of(objects.components()[0])
    skeletons = as_skeletons(traced, labels, image, wanted.types)
    watch.lap("skeletons")
    report = _report(objects, traced, image, missing, watch.stages)
    _warn(report)
    if traced["interrupted"]:
        for component in report.with_status("interrupted"):
            skeletons.pop(component.label, None)
        raise TracingInterrupted(skeletons, report)
    return (skeletons, report) if return_report else skeletons


def _check_labels(object_ids: Iterable[int] | None) -> list[int] | None:
    if object_ids is None:
        return None
    try:
        numbers = [as_whole(label) for label in object_ids]
    except TypeError:
        numbers = [None]
    labels = [number for number in numbers if number is not None]
    if len(labels) < len(numbers):
        raise InputTypeError(
            f"object_ids is {object_ids!r}; pass a list of whole numbers, or None for all labels."
        )
    return labels


def _check_dust(threshold: Any) -> int:
    whole = as_whole(threshold)
    number = as_number(threshold) if whole is None else whole
    if not number >= -math.inf:  # NaN; a whole number may be beyond any float
        raise InputTypeError(f"dust_threshold is {threshold!r}; pass a number of voxels.")
    return int(min(max(number, 0), _MOST_VOXELS))


def _missing(
    objects: _engine.Image, image: LabelImage, selection: list[int] | None
) -> tuple[int, ...]:
    """Return the labels of a selection that the image has not, asked before any are merged."""
    if not selection:
        return ()
    present = {0}  # background: nothing to trace, and nothing to warn of
    for dust in (False, True):
        present.update(image.label_of(objects.components(dust)[0]))
    return tuple(label for label in selection if label not in present)


def _report(
    objects: _engine.Image,
    traced: Mapping[str, Any],
    image: LabelImage,
    missing: tuple[int, ...],
    stages: Mapping[str, float],
) -> Report:
    labels, voxels = objects.components()
    vertices = np.empty_like(voxels)
    vertices[traced["order"]] = np.diff(traced["vertex_offsets"])
    fates = zip(traced["failures"], vertices.tolist(), traced["truncated"].tolist(), strict=True)
    rows: list[tuple[Any, ...]] = list(
        zip(
            image.label_of(labels),
            voxels.tolist(),
            [_status(*fate) for fate in fates],
            traced["max_dbf"].tolist(),
            traced["soma"].astype(bool).tolist(),
            traced["paths"].tolist(),
            vertices.tolist(),
            traced["seconds"].tolist(),
            traced["failures"],
            strict=True,
        )
    )
    labels, voxels = objects.components(dust=True)
    rows += zip(image.label_of(labels), voxels.tolist(), itertools.repeat("dust"))
    return Report(rows, missing, stages)


def _status(failure: str, vertices: int, truncated: bool) -> Status:
    if failure:
        return "failed"
    if not vertices:  # a tree has its root at least
        return "interrupted"
    return "truncated" if truncated else "traced"


def _warn(report: Report) -> None:
    if report.missing:
        some = ", ".join(str(label) for label in report.missing[:5])
        more = ", ..." if len(report.missing) > 5 else ""
        warnings.warn(f"object_ids has labels that the image has not: {some}{more}", stacklevel=3)
    for component in report.with_status("failed"):
        warnings.warn(
            f"a component of label {component.label} was not traced: {component.message}",
            stacklevel=3,
        )
