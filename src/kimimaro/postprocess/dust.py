"""Dust: components too small to matter."""

from __future__ import annotations

import numpy as np
from osteoid import Skeleton

from kimimaro import _engine
from kimimaro.postprocess.arrays import check_length, check_skeleton, physical_vertices, take


def remove_dust(skeleton: Skeleton, threshold: float) -> Skeleton:
    """Return the skeleton without the components whose cable is no longer than ``threshold``.

    Parameters
    ----------
    skeleton
        It stays as it is.
    threshold
        Cable length in physical units, at least 0. A vertex without edges has a cable of 0.

    Raises
    ------
    InputError, InputTypeError
        An argument cannot be worked with.
    """
    skeleton = check_skeleton("skeleton", skeleton)
    return drop_dust(skeleton, check_length("threshold", threshold))


def drop_dust(skeleton: Skeleton, threshold: float) -> Skeleton:
    """Do so on a skeleton that is known to be good."""
    edges = np.ascontiguousarray(skeleton.edges)
    return take(skeleton, *_engine.drop_dust(physical_vertices(skeleton), edges, threshold))
