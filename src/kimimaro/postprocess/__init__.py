"""What is done to a skeleton after it is traced or stitched together from pieces."""

from __future__ import annotations

import math

from osteoid import Skeleton

from kimimaro.postprocess.arrays import check_length, check_skeleton, consolidate
from kimimaro.postprocess.dust import drop_dust, remove_dust
from kimimaro.postprocess.join import join_close_components, join_components
from kimimaro.postprocess.loops import break_loops, remove_loops
from kimimaro.postprocess.ticks import prune_ticks, remove_ticks

__all__ = [
    "join_close_components",
    "postprocess",
    "remove_dust",
    "remove_loops",
    "remove_ticks",
]


def postprocess(
    skeleton: Skeleton, dust_threshold: float = 1500.0, tick_threshold: float = 3000.0
) -> Skeleton:
    """Clean a skeleton that was traced in one or stitched together from overlapping pieces.

    1. Vertices at one place are merged.
    2. Components with a cable no longer than ``dust_threshold`` are dropped.
    3. Loops are broken: see :func:`remove_loops`.
    4. Components are joined where they are closer than the sum of their radii.
    5. Terminal branches shorter than ``tick_threshold`` are removed, shortest first, judged anew
       after each removal. This never removes a whole component: see :func:`remove_ticks`.

    Parameters
    ----------
    skeleton : Skeleton
        Any number of components; it stays as it is.
    dust_threshold : float
        Drop components with no more cable than this, in physical units.
    tick_threshold : float
        Remove terminal branches shorter than this, in physical units.

    Returns
    -------
    Skeleton
        A forest. Its vertices are some of the given ones, with all their attributes, sorted by x,
        y and z; it has no vertices if everything is dust.

    Raises
    ------
    InputTypeError
        ``skeleton`` is no osteoid.Skeleton.
    InputError
        A threshold is negative or no number, or the skeleton's arrays contradict each other.
    """
    skeleton = check_skeleton("skeleton", skeleton)
    dust_threshold = check_length("dust_threshold", dust_threshold)
    tick_threshold = check_length("tick_threshold", tick_threshold)
    skeleton = drop_dust(consolidate(skeleton), dust_threshold)
    skeleton = break_loops(skeleton)
    skeleton = join_components(skeleton, math.inf, within_radii=True)
    return prune_ticks(skeleton, tick_threshold)
