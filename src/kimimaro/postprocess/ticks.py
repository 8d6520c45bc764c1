"""Ticks: terminal branches too short to be branches of the object."""

from __future__ import annotations

from osteoid import Skeleton

from kimimaro import _engine
from kimimaro.postprocess.arrays import (
    check_length,
    check_skeleton,
    consolidate,
    physical_vertices,
    take,
)


def remove_ticks(skeleton: Skeleton, threshold: float) -> Skeleton:
    """Return the skeleton without terminal branches shorter than ``threshold``.

    A terminal branch runs from a tip to the next branch point. The shortest goes first. Where a
    branch point is left with two branches they become one, which is judged by its whole length
    from then on. What is left of a component is at least the path between two of its tips: no
    component disappears, however short.

    Parameters
    ----------
    skeleton
        It stays as it is. Vertices at one place are merged in the result.
    threshold
        Cable length in physical units, at least 0.

    Raises
    ------
    InputError, InputTypeError
        An argument cannot be worked with.
    """
    skeleton = check_skeleton("skeleton", skeleton)
    return prune_ticks(consolidate(skeleton), check_length("threshold", threshold))


def prune_ticks(skeleton: Skeleton, threshold: float) -> Skeleton:
    """Do so on a consolidated skeleton."""
    return take(
        skeleton, *_engine.remove_ticks(physical_vertices(skeleton), skeleton.edges, threshold)
    )
