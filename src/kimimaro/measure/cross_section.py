"""The area of an object's cross section at every vertex of its skeleton."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from osteoid import Skeleton

from kimimaro import _engine
from kimimaro.errors import InputError, InputTypeError
from kimimaro.numbers import as_whole, check_whole
from kimimaro.postprocess.arrays import check_skeleton
from kimimaro.progress import StageProgress, for_stage, report_progress
from kimimaro.threads import check_threads
from kimimaro.volume import LabelImage, check_image

Skeletons = TypeVar("Skeletons", bound="Skeleton | Sequence[Skeleton] | Mapping[int, Skeleton]")
Areas = npt.NDArray[np.float32]
Contacts = npt.NDArray[np.uint8]

AREA = "cross_sectional_area"
CONTACTS = "cross_sectional_area_contacts"
ABSENT = -1.0
"""The area at the vertices of a skeleton whose label the image does not have."""
_ALL_FACES, _FACES_2D = 0b111111, 0b001111
_WIDEST_STEP = 2**63 - 1  # beyond any path
_WIDEST_WINDOW = 2**15  # up to there sums of voxel steps are exact


@dataclasses.dataclass(frozen=True)
class _Options:
    window: int
    step: int
    multipass: bool
    repair: bool
    fill_holes: bool
    threads: int


@dataclasses.dataclass(frozen=True)
class _Subject:
    """A skeleton and what is asked about it."""

    skeleton: Skeleton
    label: int
    vertices: npt.NDArray[np.float32]
    edges: npt.NDArray[np.uint32]
    areas: Areas
    """As known before; 0 where nothing was."""
    contacts: Contacts
    wanted: npt.NDArray[np.bool_]


def cross_sectional_area(
    all_labels: Any,
    skeletons: Skeletons,
    anisotropy: Sequence[float] = (1, 1, 1),
    smoothing_window: int = 1,
    progress: bool | StageProgress | None = False,
    in_place: bool = False,
    fill_holes: bool = False,
    multipass: bool = False,
    repair_contacts: bool = False,
    visualize_section_planes: bool = False,
    step: int = 1,
    parallel: int = 1,
) -> Skeletons:
    """Measure the cross section of each object at each vertex of its skeleton.

    The plane at a vertex is perpendicular to the way, in voxels, to the next vertex towards the
    root; the root is one end of the longest path of a component. The area is what the plane cuts
    out of the label's voxels, as far as those hang together with the vertex's voxel by face, edge
    or corner; it is exact for the voxels as cubes. A branch point gets the mean over the paths
    that meet in it, which differ only with a ``smoothing_window``.

    As in version 5, the plane is perpendicular to that way in voxels, not in physical space. Where
    voxels are not cubes, it cuts an object that runs along no axis at a slant, and the area is too
    large: that of a rod along (1, 2, 3) 1.3-fold with voxels of 16 x 16 x 40, 1.8-fold with
    4 x 7 x 30.

    Parameters
    ----------
    all_labels : (X, Y), (X, Y, Z) array of integers or booleans
        Any memory order, strides and byte order; it is neither copied nor changed. Of a
        CrackleArray with one label asked for, only that one's mask is decompressed.
    skeletons : Skeleton, sequence of Skeleton or dict of Skeleton by label
        Each belongs to the label that is its ``id``, in a dict to its key if it has none.
        Vertices are voxel indices times ``anisotropy``, or voxel indices if ``space`` is "voxel".
    anisotropy
        Physical size of a voxel along x, y and z.
    smoothing_window
        Width, in vertices, of a moving average over the directions along a path, run forward and
        backward; 1 for none.
    progress
        Show a progress bar, or call this function with (stage, sections done, sections in all).
    in_place
        Accepted for compatibility; the image is never changed.
    fill_holes
        Fill the holes of each object first; labels inside them count as part of it.
    multipass
        Keep the areas that the skeletons have and measure only where they are 0 or -1, as when an
        image is worked through in pieces. Contacts add up.
    repair_contacts
        Measure only where ``cross_sectional_area_contacts`` is not 0, as in a second pass with a
        larger image. Vertices outside the image or their object keep what they have, and so do
        those that were not measured yet: for them there is ``multipass``.
    visualize_section_planes
        Accepted for compatibility, with a warning: no window is opened.
    step
        Measure only every so many-th vertex along each path, and both of its ends.
    parallel
        Number of threads; 0 or less for all cores, and never more than 64 or the cores. The result
        does not depend on it.

    Returns
    -------
    The container that was given, with the skeletons that were given. Each gets two attributes,
    also listed in its ``extra_attributes``:

    cross_sectional_area : (N,) float32
        In squared physical units. 0 where nothing was measured: a vertex outside the image or its
        object, one without an edge, or left out by ``step``. -1 at all vertices if the image does
        not have the label.
    cross_sectional_area_contacts : (N,) uint8
        The faces of the image that the section touches, so that the area may be too small: bits 0
        to 5 for low x, high x, low y, high y, low z and high z. An (X, Y) image has no faces along
        z; one of shape (X, Y, 1) has, as it may be a part of something thicker.

    Raises
    ------
    DimensionError, InputTypeError
        ``all_labels`` is no image of whole numbers, or ``skeletons`` are no skeletons.
    InputError
        A value is out of range, a skeleton has no label or contradicts itself, or
        ``repair_contacts`` finds no contacts.
    """
    checked = check_image(all_labels, anisotropy)
    listed = _listed(skeletons)
    options = _check_options(
        smoothing_window, step, multipass, repair_contacts, fill_holes, parallel
    )
    subjects = [_subject(*entry, options) for entry in listed]
    _warn_of_window(visualize_section_planes)
    image = checked.unpacked(sorted({subject.label for subject in subjects}))
    with report_progress(progress) as show:
        present = _measure(image, subjects, _faces_of(all_labels), np.zeros(3), options, show)
    for subject in subjects:
        if subject.label not in present and not (multipass or repair_contacts):
            subject.areas[:] = ABSENT
        elif subject.label in present and multipass:  # absent in an earlier pass, not in this one
            subject.areas[subject.areas == ABSENT] = 0
        _attach(subject)
    return skeletons


def cross_sectional_area_single(
    binimg: Any,
    skel: Skeleton,
    roi: Any = None,
    anisotropy: Sequence[float] = (1, 1, 1),
    smoothing_window: int = 1,
    progress: bool | StageProgress | None = False,
    in_place: bool = False,
    multipass: bool = False,
    repair_contacts: bool = False,
    visualize_section_planes: bool = False,
    step: int = 1,
    parallel: int = 1,
) -> Skeleton:
    """Measure the cross section of one object at each vertex of its skeleton.

    Parameters
    ----------
    binimg : (X, Y), (X, Y, Z) array of booleans or integers
        The object is what differs from 0.
    skel : Skeleton
        Its ``id`` does not matter.
    roi : osteoid Bbox, or a pair of points (x, y, z), optional
        Which part of the skeleton's space the image shows, in voxels: where it begins, and where
        it ends, exclusive. An end that is inclusive is taken, too, as version 5 looked at none.
    anisotropy, smoothing_window, progress, in_place, multipass, repair_contacts, \
visualize_section_planes, step, parallel
        As for :func:`cross_sectional_area`.

    Returns
    -------
    Skeleton
        The one that was given, with the attributes that :func:`cross_sectional_area` gives.

    Raises
    ------
    DimensionError, InputError, InputTypeError
        An argument cannot be worked with.
    """
    image = check_image(binimg, anisotropy, "binimg").unpacked(None)
    if image.labels.dtype != np.bool_:
        labels = image.labels != 0
        image = LabelImage(labels, labels.view(np.uint8), False, image.voxel_size)
    origin = _check_roi(roi, image.shape)
    options = _check_options(smoothing_window, step, multipass, repair_contacts, False, parallel)
    subject = _subject("skel", 1, skel, options)
    _warn_of_window(visualize_section_planes)
    with report_progress(progress) as show:
        _measure(image, [subject], _faces_of(binimg), origin, options, show)
    _attach(subject)
    return skel


def _measure(
    image: LabelImage,
    subjects: list[_Subject],
    faces: int,
    origin: npt.NDArray[np.float64],
    options: _Options,
    show: StageProgress | None,
) -> set[int]:
    """Write areas and contacts into the subjects; return the labels that the image has."""
    fitting = [s for s in subjects if s.label != 0 and len(image.raw_of([s.label]))]
    areas, contacts, cut, present = _engine.cross_sections(
        image.raw,
        image.swapped,
        image.voxel_size,
        np.concatenate([np.zeros(0, "u8"), *(image.raw_of([s.label]) for s in fitting)]),
        _offsets([len(s.vertices) for s in fitting]),
        _offsets([len(s.edges) for s in fitting]),
        np.concatenate([np.zeros((0, 3), "f4"), *(s.vertices for s in fitting)]),
        np.concatenate([np.zeros((0, 3), "i8"), *(_voxels(s, image, origin) for s in fitting)]),
        np.concatenate([np.zeros((0, 2), "u4"), *(s.edges for s in fitting)]),
        np.concatenate([np.zeros(0, "u1"), *(s.wanted.astype(np.uint8) for s in fitting)]),
        options.window,
        options.step,
        options.fill_holes,
        options.threads,
        for_stage(show, "sections"),
    )
    start = 0
    for subject in fitting:
        part = slice(start, start + len(subject.vertices))
        start = part.stop
        new = cut[part].astype(bool)
        subject.areas[new] = areas[part][new]
        subject.contacts[new] = contacts[part][new] & faces | (
            0 if options.repair else subject.contacts[new]
        )
    return {subject.label for subject, there in zip(fitting, present, strict=True) if there}


def _faces_of(image: Any) -> int:
    """Return the bits of the faces that an image has, as it was given."""
    return _FACES_2D if np.ndim(image) == 2 else _ALL_FACES


def _offsets(counts: list[int]) -> npt.NDArray[np.uint64]:
    return np.cumsum([0, *counts], dtype=np.uint64)


def _voxels(
    subject: _Subject, image: LabelImage, origin: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return the voxel that each vertex lies in, counted from the image's first."""
    places = subject.vertices.astype(np.float64)
    if subject.skeleton.space != "voxel":
        places = places / np.array(image.voxel_size)
    # Beyond any image, yet so near that the widest window's sums of sums of steps, 2**62 at most,
    # fit into 64 bits.
    return np.rint(np.clip(places - origin, -(2.0**31), 2.0**31)).astype(np.int64)


def _attach(subject: _Subject) -> None:
    skeleton = subject.skeleton
    skeleton.cross_sectional_area = subject.areas
    skeleton.cross_sectional_area_contacts = subject.contacts
    others = [a for a in skeleton.extra_attributes if a["id"] not in (AREA, CONTACTS)]
    # A new list, as skeletons may share theirs.
    skeleton.extra_attributes = [
        *others,
        {"id": AREA, "data_type": "float32", "num_components": 1},
        {"id": CONTACTS, "data_type": "uint8", "num_components": 1},
    ]


def _subject(name: str, label: int, skeleton: Skeleton, options: _Options) -> _Subject:
    checked = check_skeleton(name, skeleton)
    count = len(checked.vertices)
    areas, contacts = np.zeros(count, np.float32), np.zeros(count, np.uint8)
    if options.repair and not hasattr(skeleton, CONTACTS):
        raise InputError(
            f"{name} has no {CONTACTS}, which repair_contacts goes by; measure it first without "
            "repair_contacts."
        )
    if options.multipass or options.repair:
        areas = _attribute(name, skeleton, AREA, areas)
        contacts = _attribute(name, skeleton, CONTACTS, contacts)
    wanted = contacts != 0 if options.repair else (areas == 0) | (areas == ABSENT)
    return _Subject(skeleton, label, checked.vertices, checked.edges, areas, contacts, wanted)


def _attribute(
    name: str, skeleton: Skeleton, attribute: str, default: npt.NDArray[Any]
) -> npt.NDArray[Any]:
    values = np.array(getattr(skeleton, attribute, default), dtype=default.dtype)
    if values.shape != default.shape:
        raise InputError(
            f"{name}.{attribute} has shape {values.shape} for {len(default)} vertices; use an "
            f"array of shape {default.shape}."
        )
    return values


def _listed(skeletons: Any) -> list[tuple[str, int, Skeleton]]:
    """List the skeletons with a name for errors and the label that each belongs to."""
    if isinstance(skeletons, Mapping):
        entries = [(f"skeletons[{key!r}]", key, entry) for key, entry in skeletons.items()]
    elif isinstance(skeletons, Skeleton):
        entries = [("skeletons", None, skeletons)]
    elif isinstance(skeletons, Sequence) and not isinstance(skeletons, (str, bytes)):
        entries = [(f"skeletons[{i}]", None, entry) for i, entry in enumerate(skeletons)]
    else:
        raise InputTypeError(
            f"skeletons is a {type(skeletons).__name__}; pass an osteoid.Skeleton, a list of them "
            "or a dict of them by label."
        )
    listed = []
    for name, key, entry in entries:
        label = getattr(entry, "id", None)
        label = key if label is None else label
        number = as_whole(label)
        if number is None and isinstance(entry, Skeleton):
            raise InputError(
                f"{name} has the id {label!r}; set its id to the label that it belongs to."
            )
        listed.append((name, number or 0, entry))  # what is no skeleton is refused by its name
    return listed


def _check_options(
    smoothing_window: Any, step: Any, multipass: Any, repair: Any, fill_holes: Any, parallel: Any
) -> _Options:
    window = _check_count("smoothing_window", smoothing_window)
    if window > _WIDEST_WINDOW:
        raise InputError(f"smoothing_window is {window}; use at most {_WIDEST_WINDOW} vertices.")
    return _Options(
        window,
        min(_check_count("step", step), _WIDEST_STEP),
        bool(multipass),
        bool(repair),
        bool(fill_holes),
        check_threads(parallel),
    )


def _check_count(name: str, value: Any) -> int:
    count = check_whole(name, value)
    if count < 1:
        raise InputError(f"{name} is {count}; pass a whole number of at least 1.")
    return count


def _check_roi(roi: Any, shape: tuple[int, int, int]) -> npt.NDArray[np.float64]:
    """Return where the image begins in the skeleton's space, in voxels."""
    if roi is None:
        return np.zeros(3)
    try:
        begin, end = (roi.minpt, roi.maxpt) if hasattr(roi, "minpt") else roi
        ends = np.array([begin, end], dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        ends = np.empty(0)
    if ends.shape != (2, 3) or not np.isfinite(ends).all() or (ends != np.rint(ends)).any():
        raise InputError(
            f"roi is {roi!r}; pass an osteoid Bbox or a pair of points (x, y, z) in whole voxels."
        )
    spanned = ends[1] - ends[0]
    if not (np.array_equal(spanned, shape) or np.array_equal(spanned + 1, shape)):
        raise InputError(
            f"roi is {tuple(map(int, spanned))} voxels large, but binimg has shape {shape}; pass "
            "where binimg begins and ends, exclusive, in the skeleton's space."
        )
    begins: npt.NDArray[np.float64] = ends[0]
    return begins


def _warn_of_window(visualize_section_planes: bool) -> None:
    if visualize_section_planes:
        warnings.warn(
            "visualize_section_planes opens no window in version 6; draw the areas with "
            "kimimaro.view.figure(skeletons, color='cross_sectional_area').",
            stacklevel=3,
        )
