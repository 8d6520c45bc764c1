"""Labels divided among the vertices of their skeletons."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from osteoid import Skeleton

from kimimaro import _engine
from kimimaro.errors import InputError, InputTypeError
from kimimaro.memory import check_memory
from kimimaro.numbers import as_whole, check_whole
from kimimaro.objects import find_objects
from kimimaro.params import TeasarParams
from kimimaro.postprocess.arrays import check_skeleton
from kimimaro.progress import StageProgress, for_stage, report_progress
from kimimaro.repair import mend
from kimimaro.targets import NO_COMPONENT
from kimimaro.threads import check_threads
from kimimaro.volume import AnyImage, LabelImage, Points, check_image

Skeletons = TypeVar("Skeletons", bound="Skeleton | Sequence[Skeleton] | Mapping[int, Skeleton]")
Unsigned = npt.NDArray[np.unsignedinteger[Any]]

_STEPS = np.array([step for step in itertools.product((-1, 0, 1), repeat=3) if any(step)])


def oversegment(
    all_labels: Any,
    skeletons: Skeletons,
    anisotropy: Sequence[float] = (1, 1, 1),
    progress: bool | StageProgress | None = False,
    fill_holes: bool = False,
    in_place: bool = False,
    downsample: int = 0,
    parallel: int = 1,
) -> tuple[Unsigned, Skeletons]:
    """Divide each label among the vertices of its skeleton.

    Every voxel gets the segment of the vertex that is geodesically nearest: over the shortest way
    from voxel to voxel, over faces, edges and corners, inside its connected component. Of vertices
    at the same distance any may win.

    Parameters
    ----------
    all_labels : (X, Y), (X, Y, Z) array of integers or booleans
        The label of each voxel; 0 is background. It is not changed. A CrackleArray is decompressed,
        the mask of one label only if all skeletons are of one.
    skeletons : Skeleton, sequence of Skeleton or dict of Skeleton by label
        Each belongs to the label that is its ``id``, in a dict to its key if it has none. Their
        vertices are voxel indices times ``anisotropy``, or voxel indices if ``space`` is "voxel".
        One beside its label, in background or another label, stands for the voxels of its label
        that touch its own.
    anisotropy
        Physical size of a voxel along x, y and z.
    progress
        Show a progress bar, or call this function with (stage, voxels done, voxels in all).
    fill_holes
        Fill the holes of every component first; labels inside them vanish.
    in_place
        Accepted for compatibility; the image is never changed.
    downsample
        Keep only every so many-th vertex of each unbranched stretch, and all ends and branch
        points; 0 and 1 keep all.
    parallel
        Number of threads; 0 or less for all cores, and never more than 64 or the cores. The result
        does not depend on it.

    Returns
    -------
    segments : (X, Y, Z) array of uint8, uint16 or uint32, the narrowest that will do
        Segments are numbered from 1 in the order of their first voxels, x running fastest, then y,
        then z. 0 is background, labels without a skeleton, and components without a vertex.
    skeletons : the container that was given, of copies
        With an attribute ``segments`` of that type: the segment of each vertex; with
        ``downsample``, that of the voxel at the vertex.

    Raises
    ------
    DimensionError, InputTypeError
        ``all_labels`` is no image of whole numbers, or ``skeletons`` are no skeletons.
    InputError
        A vertex lies outside the image, a skeleton has no label, or a value is out of range.
    OutOfMemoryError
        The estimated need exceeds the memory that is free.
    """
    checked = check_image(all_labels, anisotropy)
    listed = _check_skeletons(skeletons)
    factor = _check_factor(downsample)
    threads = check_threads(parallel)
    places = [_voxels(skeleton, checked, label) for label, skeleton in listed]
    ids = sorted({label for label, _ in listed})
    image = checked.unpacked(ids)
    with report_progress(progress) as show:
        objects = find_objects(image, ids, 0, threads, show)
        mend(objects, fill_holes, False, TeasarParams(), 0, threads, show)
        check_memory(objects, threads)
        labels = np.array([*image.label_of(objects.components()[0]), None], dtype=object)
        sites = _Sites(objects, image, labels)
        for (label, skeleton), voxels in zip(listed, places, strict=True):
            sites.add(label, _thinned(voxels, skeleton, factor))
        at, voxels, distances, names = sites.as_arrays()
        segments, numbers = objects.divide(
            at, voxels, distances, names, sites.count, threads, for_stage(show, "segments")
        )
    segments = segments.astype(np.min_scalar_type(numbers.max()), copy=False)
    copies = []
    for (label, skeleton), voxels in zip(listed, places, strict=True):
        at_vertex = segments[tuple(voxels.T)]
        for vertex in np.flatnonzero(~sites.inside(label, voxels)):
            number = sites.beside.get((label, *voxels[vertex].tolist()), 0)
            at_vertex[vertex] = numbers[number] or at_vertex[vertex]
        copies.append(_with_segments(skeleton, at_vertex))
    return segments, _as_given(skeletons, copies)


class _Sites:
    """The voxels that segments grow from."""

    def __init__(
        self, objects: _engine.Image, image: LabelImage, labels: npt.NDArray[np.object_]
    ) -> None:
        self.objects = objects
        self.image = image
        self.labels = labels
        """The label of each component, and None at the end."""
        self.beside: dict[tuple[int, int, int, int], int] = {}
        """The number of each site that is no voxel of its label, by label and voxel."""
        self.parts: list[tuple[npt.NDArray[Any], ...]] = []
        self.count = 0

    def inside(self, label: int, voxels: Points) -> npt.NDArray[np.bool_]:
        """Whether each voxel belongs to an object of the label."""
        found: npt.NDArray[np.bool_] = self._labels(self.objects.components_at(voxels)) == label
        return found

    def add(self, label: int, voxels: Points) -> None:
        """Number the sites of one skeleton."""
        numbers = np.arange(self.count + 1, self.count + len(voxels) + 1, dtype=np.uint32)
        self.count += len(voxels)
        components = self.objects.components_at(voxels)
        inside = self._labels(components) == label
        zeros = np.zeros(int(inside.sum()), dtype=np.float32)
        self.parts.append((components[inside], voxels[inside], zeros, numbers[inside]))
        if inside.all():
            return
        self._add_beside(label, voxels[~inside], numbers[~inside])

    def _add_beside(self, label: int, voxels: Points, numbers: npt.NDArray[np.uint32]) -> None:
        for voxel, number in zip(voxels.tolist(), numbers.tolist(), strict=True):
            self.beside.setdefault((label, *voxel), number)
        around = voxels[:, np.newaxis].astype(np.int64) + _STEPS
        known = ((around >= 0) & (around < self.image.shape)).all(axis=2)
        lengths = np.linalg.norm(_STEPS * np.array(self.image.voxel_size), axis=1)
        vertex, step = np.nonzero(known)
        touched = np.ascontiguousarray(around[known].astype(np.uint32))
        components = self.objects.components_at(touched)
        own = self._labels(components) == label
        distances = lengths[step[own]].astype(np.float32)
        self.parts.append((components[own], touched[own], distances, numbers[vertex[own]]))

    def as_arrays(self) -> tuple[npt.NDArray[Any], ...]:
        """Return the sites' components, voxels, distances and numbers."""
        empty = (np.zeros(0, "u4"), np.zeros((0, 3), "u4"), np.zeros(0, "f4"), np.zeros(0, "u4"))
        columns = zip(empty, *self.parts, strict=True)
        return tuple(np.ascontiguousarray(np.concatenate(column)) for column in columns)

    def _labels(self, components: npt.NDArray[np.uint32]) -> npt.NDArray[np.object_]:
        last = len(self.labels) - 1
        return self.labels[np.where(components == NO_COMPONENT, last, components)]


def _check_skeletons(skeletons: Any) -> list[tuple[int, Skeleton]]:
    """List the skeletons with their labels."""
    listed: Iterable[tuple[Any, Any]]
    if isinstance(skeletons, Mapping):
        listed = skeletons.items()
    elif isinstance(skeletons, Sequence):
        listed = enumerate(skeletons)
    elif isinstance(skeletons, Skeleton):
        listed = [(None, skeletons)]
    else:
        raise InputTypeError(
            f"skeletons is a {type(skeletons).__name__}; pass a Skeleton, a list of them or a dict "
            "of them by label."
        )
    checked = []
    for key, given in listed:
        skeleton = check_skeleton("skeletons" if key is None else f"skeletons[{key!r}]", given)
        keyed = skeleton.id is None and isinstance(skeletons, Mapping)
        label = key if keyed else skeleton.id
        number = as_whole(label)
        if number is None:
            raise InputError(
                f"skeletons has a Skeleton whose id is {label!r}; set its id to the label that it "
                "belongs to."
            )
        checked.append((number, skeleton))
    return checked


def _check_factor(downsample: Any) -> int:
    factor = check_whole("downsample", downsample)
    if not 0 <= factor < 2**63:
        raise InputError(f"downsample is {factor}; pass a whole number from 0 to 2**63 - 1.")
    return factor


def _thinned(voxels: Points, skeleton: Skeleton, factor: int) -> Points:
    """Return the voxels of the vertices that are left of a skeleton."""
    if factor <= 1:
        return voxels
    vertices, edges = np.ascontiguousarray(skeleton.vertices), np.ascontiguousarray(skeleton.edges)
    return np.ascontiguousarray(voxels[_engine.thin(vertices, edges, factor)])


def _voxels(skeleton: Skeleton, image: AnyImage, label: int) -> Points:
    """Return the voxels that a skeleton's vertices lie in."""
    exact = skeleton.vertices.astype(np.float64)
    if skeleton.space != "voxel":
        exact = exact / np.array(image.voxel_size)
    rounded = np.floor(exact + 0.5)
    outside = ~((rounded >= 0) & (rounded < image.shape)).all(axis=1)
    if outside.any():
        vertex = tuple(skeleton.vertices[np.flatnonzero(outside)[0]].tolist())
        raise InputError(
            f"skeletons has for label {label} the vertex {vertex} in {skeleton.space} space, which "
            f"lies outside the image of shape {image.shape} with voxels of {image.voxel_size}; "
            "check anisotropy, and that the skeleton was drawn in this image."
        )
    return np.ascontiguousarray(rounded.astype(np.uint32))


def _with_segments(skeleton: Skeleton, segments: Unsigned) -> Skeleton:
    copy = skeleton.clone()
    # A clone shares this list with its original.
    copy.extra_attributes = [
        attribute for attribute in copy.extra_attributes if attribute["id"] != "segments"
    ]
    copy.extra_attributes.append(
        {"id": "segments", "data_type": str(segments.dtype), "num_components": 1}
    )
    copy.segments = segments
    return copy


def _as_given(given: Skeletons, copies: list[Skeleton]) -> Skeletons:
    if isinstance(given, Mapping):
        return cast(Skeletons, dict(zip(given, copies, strict=True)))
    if isinstance(given, Sequence):
        return cast(Skeletons, tuple(copies) if isinstance(given, tuple) else copies)
    return cast(Skeletons, copies[0])
