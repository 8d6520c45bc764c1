"""Loops: a skeleton becomes a forest."""

from __future__ import annotations

from osteoid import Skeleton

from kimimaro import _engine
from kimimaro.postprocess.arrays import (
    check_skeleton,
    consolidate,
    known_radii,
    physical_vertices,
    take,
)


def remove_loops(skeleton: Skeleton) -> Skeleton:
    """Return the skeleton with every loop broken; its components stay in one piece each.

    Loops that share an edge are treated together.

    - They are inside the lumen if the mean of their vertices is nearer to each of them than its
      radius. Then they collapse to their middle, the vertex nearest to that mean; whatever was
      attached to them is joined to it by a straight edge, which stays inside the object.
    - Otherwise each is cut at its longest way round between two branch points. The way is left
      out if each vertex of it is within the radius of a vertex that stays. Else it is opened
      half-way, and nothing of the object loses its centerline.
    - A component that is nothing but loops is always opened, never collapsed.

    Without radii no loop is known to be inside the lumen.

    Parameters
    ----------
    skeleton
        It stays as it is. Vertices at one place are merged in the result.

    Raises
    ------
    InputError, InputTypeError
        The skeleton cannot be worked with.
    """
    return break_loops(consolidate(check_skeleton("skeleton", skeleton)))


def break_loops(skeleton: Skeleton) -> Skeleton:
    """Do so on a consolidated skeleton."""
    vertices, radii = physical_vertices(skeleton), known_radii(skeleton)
    return take(skeleton, *_engine.break_loops(vertices, skeleton.edges, radii))
