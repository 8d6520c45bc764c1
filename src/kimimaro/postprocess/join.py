"""Joining the components of skeletons that belong together."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from osteoid import Skeleton

from kimimaro import _engine
from kimimaro.errors import InputError, InputTypeError, shown
from kimimaro.numbers import as_number
from kimimaro.postprocess.arrays import (
    Edges,
    check_skeleton,
    concatenate,
    consolidate,
    known_radii,
    physical_vertices,
    take,
)


def join_close_components(
    skeletons: Skeleton | Iterable[Skeleton],
    radius: float | None = math.inf,
    restrict_by_radius: bool = False,
) -> Skeleton:
    """Join components by straight edges between their nearest vertices, nearest pair first.

    Parameters
    ----------
    skeletons
        One skeleton or several, with the same vertex attributes; they stay as they are. Vertices
        at one place are merged in the result.
    radius : float, or None for no limit
        The longest new edge, in physical units, more than 0; infinity sets no limit.
    restrict_by_radius
        Join two vertices only if they are no farther apart than the sum of their radii: then the
        new edge lies inside the object. The nearest such pair is taken even where a nearer pair
        fails the test. An unknown radius counts as 0.

    Returns
    -------
    Skeleton
        All vertices with their attributes, with the id of the first skeleton and in the space of
        all, physical if they differ; a single component if nothing is restricted.

    Raises
    ------
    InputError, InputTypeError
        An argument cannot be worked with.

    Notes
    -----
    The new edges are the minimum spanning forest of the components under the smallest distance
    between their vertices; among equal distances the lowest vertices of the result come first.
    """
    checked = _check_skeletons(skeletons)
    limit = _check_radius(radius)
    if not checked:
        return Skeleton(space="physical")
    return join_components(consolidate(concatenate(checked)), limit, bool(restrict_by_radius))


def join_components(skeleton: Skeleton, radius: float, within_radii: bool) -> Skeleton:
    """Do so on a consolidated skeleton."""
    new = new_edges(skeleton, radius, within_radii)
    if len(new) == 0:
        return skeleton
    everything = np.arange(len(skeleton.vertices), dtype=np.uint32)
    return take(skeleton, everything, np.concatenate([skeleton.edges, new]))


def new_edges(skeleton: Skeleton, radius: float, within_radii: bool) -> Edges:
    """Return the edges that join its components, shortest first."""
    edges: Edges = _engine.join_components(
        physical_vertices(skeleton), skeleton.edges, known_radii(skeleton), radius, within_radii
    )
    return edges


def _check_skeletons(skeletons: object) -> list[Skeleton]:
    if isinstance(skeletons, Skeleton):
        skeletons = [skeletons]
    if isinstance(skeletons, (str, bytes)) or not isinstance(skeletons, Iterable):
        raise InputTypeError(
            f"skeletons is a {type(skeletons).__name__}; "
            "pass an osteoid.Skeleton or a list of them."
        )
    return [check_skeleton(f"skeletons[{i}]", skeleton) for i, skeleton in enumerate(skeletons)]


def _check_radius(radius: object) -> float:
    if radius is None:
        return math.inf
    number = as_number(radius)
    if not number > 0:
        raise InputError(f"radius is {shown(radius)}; use a number above 0, or None for no limit.")
    return number
