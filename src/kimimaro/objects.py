"""The objects of an image: the connected components of its labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kimimaro import _engine
from kimimaro.progress import StageProgress, for_stage
from kimimaro.volume import LabelImage


def find_objects(
    image: LabelImage,
    wanted: Sequence[int] | None,
    dust: int,
    threads: int,
    progress: StageProgress | None = None,
    graph: npt.NDArray[np.uint32] | None = None,
) -> _engine.Image:
    """Find the objects of more than ``dust`` voxels, of the labels in ``wanted`` or of all."""
    return _engine.Image(
        image.raw,
        image.swapped,
        image.voxel_size,
        None if wanted is None else image.raw_of(wanted),
        dust,
        threads,
        for_stage(progress, "components"),
        graph,
    )
