"""Mending a segmentation before it is traced: nuclei apart from their cells, and holes."""

from __future__ import annotations

from kimimaro import _engine
from kimimaro.params import TeasarParams
from kimimaro.progress import StageProgress, for_stage


def mend(
    objects: _engine.Image,
    fill_holes: bool,
    fix_avocados: bool,
    params: TeasarParams,
    dust: int,
    threads: int,
    progress: StageProgress | None,
) -> None:
    """Merge nuclei with the label around them, nested ones too, then fill the holes of all objects.

    A nucleus is a component thicker than ``soma_detection_threshold`` from whose deepest voxel all
    rays along the axes meet one and the same label first.
    """
    dust_until_filled = 0 if fill_holes else dust
    merged = 1 if fix_avocados else 0
    while merged:
        objects.measure(threads, for_stage(progress, "nuclei"))
        merged = objects.merge_enclosed(
            params.soma_detection_threshold, dust_until_filled, threads, None
        )
    if fill_holes:
        objects.fill_holes(dust, threads, for_stage(progress, "holes"))
