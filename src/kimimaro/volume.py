"""The only place where images, voxel sizes and points are checked."""

from __future__ import annotations

import dataclasses
import itertools
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

import numpy as np
import numpy.typing as npt

from kimimaro.errors import DimensionError, InputError, InputTypeError, shown
from kimimaro.numbers import as_number

Points = npt.NDArray[np.uint32]

_LONGEST = 2**31 - 1  # voxels of a row that the engine can count: it marks holes with the next bit
_SMALLEST_SIZE = 1e-15  # squares of sizes below 1.1e-19 would not be exact as float32
_LARGEST_SIZE = 4e9  # the square of 2**32 of them is a float32
_LARGEST_RATIO = 100_000  # as many buckets take 4 ms for each object, however small


@dataclasses.dataclass(frozen=True)
class LabelImage:
    """A labeled image that was checked, as the engine reads it; nothing is copied."""

    labels: npt.NDArray[Any]
    """As given, with three axes."""
    raw: npt.NDArray[Any]
    """The same memory as unsigned integers of this machine's byte order."""
    swapped: bool
    """Whether the bytes of a label are in the other order."""
    voxel_size: tuple[float, float, float]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along x, y and z."""
        x, y, z = self.labels.shape
        return x, y, z

    def label_of(self, raw: npt.NDArray[np.uint64]) -> list[int]:
        """Turn labels as the engine returns them into those of the image."""
        unsigned = raw.astype(np.dtype(f"u{self.labels.dtype.itemsize}"))
        return [int(label) for label in unsigned.view(self.labels.dtype.newbyteorder("="))]

    def raw_of(self, labels: Iterable[int]) -> npt.NDArray[np.uint64]:
        """Turn labels into what the engine knows them as; those that do not fit are left out."""
        bits = 8 * self.labels.dtype.itemsize
        signed = np.issubdtype(self.labels.dtype, np.signedinteger)
        lowest = -(1 << (bits - 1)) if signed else 0
        highest = (1 << (bits - 1)) - 1 if signed else (1 << bits) - 1
        known = [label % (1 << bits) for label in labels if lowest <= label <= highest]
        return np.array(sorted(set(known)), dtype=np.uint64)

    def at(self, points: Points) -> npt.NDArray[Any]:
        """Return the labels of some voxels."""
        found: npt.NDArray[Any] = self.labels[tuple(points.T)]
        return found

    def unpacked(self, wanted: Sequence[int] | None) -> LabelImage:
        """Return the image with the voxels of these labels at least; all for None."""
        return self


@dataclasses.dataclass(frozen=True)
class MaskImage(LabelImage):
    """One label of an image, as a mask."""

    label: int

    def label_of(self, raw: npt.NDArray[np.uint64]) -> list[int]:
        """Name the label."""
        return [self.label] * len(raw)

    def raw_of(self, labels: Iterable[int]) -> npt.NDArray[np.uint64]:
        """Turn the label into what the engine knows it as."""
        return np.array([1] if self.label in labels else [], dtype=np.uint64)


@dataclasses.dataclass(frozen=True)
class PackedImage:
    """A compressed image that was checked, before its voxels are needed."""

    packed: Any
    """A CrackleArray."""
    voxel_size: tuple[float, float, float]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along x, y and z."""
        x, y, z = self.packed.shape
        return x, y, z

    def at(self, points: Points) -> npt.NDArray[Any]:
        """Return the labels of some voxels, decompressing only the planes that they lie in."""
        found = np.zeros(len(points), dtype=self.packed.dtype)
        for z in np.unique(points[:, 2]).tolist():
            here = points[:, 2] == z
            plane = self.packed[:, :, z : z + 1]
            found[here] = plane[points[here, 0], points[here, 1], 0]
        return found

    def unpacked(self, wanted: Sequence[int] | None) -> LabelImage:
        """Decompress the image, or one label alone where its mask is smaller."""
        dtype = np.dtype(self.packed.dtype)
        if wanted is not None and len(wanted) == 1 and dtype.itemsize > 1:
            label = wanted[0]
            if label != 0 and label <= np.iinfo(dtype).max and label >= np.iinfo(dtype).min:
                mask = self.packed.decompress(label=label)
                return MaskImage(mask, mask.view(np.uint8), False, self.voxel_size, label)
        return _as_image(self.packed.numpy(), self.voxel_size)


AnyImage = LabelImage | PackedImage


def check_image(all_labels: Any, anisotropy: Any, name: str = "all_labels") -> AnyImage:
    """Check a labeled image and its voxel size.

    Parameters
    ----------
    all_labels : (X, Y), (X, Y, Z) array of integers or booleans
        Any memory order, strides and byte order; an object with a method ``numpy()`` is turned
        into an array, a CrackleArray when its voxels are needed. More axes are fine if they have
        length 1. Booleans are copied only if some are stored as another byte than 0 and 1.
    anisotropy : three numbers, or two for a 2D image, in any iterable that has an order
        The physical size of a voxel along x, y and z.
    name
        What the caller's user knows the image as.

    Raises
    ------
    DimensionError
        The image does not have two or three axes, or is longer than the engine can count.
    InputTypeError
        The labels are no whole numbers.
    InputError
        The voxel size is not made of positive, finite numbers, or they are too small, too large
        or too different.
    """
    if _is_packed(all_labels):
        labels = np.broadcast_to(np.zeros((), dtype=all_labels.dtype), all_labels.shape)
    else:
        labels = as_array(all_labels, name)
    if labels.dtype.kind not in "biu":
        raise InputTypeError(
            f"{name} is of type {labels.dtype}; labels are whole numbers: threshold or segment "
            f"the image first, or convert with {name}.astype(np.uint32)."
        )
    shape = labels.shape
    labels = drop_trailing_axes(labels)
    if labels.ndim not in (2, 3):
        raise DimensionError(
            f"{name} has shape {shape}; pass an image with two or three axes: x, y and z."
        )
    dimensions = labels.ndim
    if labels.ndim == 2:
        labels = labels[:, :, np.newaxis]
    if max(labels.shape) > _LONGEST:
        raise DimensionError(
            f"{name} has shape {shape}; no axis may be longer than 2**31 - 1 voxels: cut the image "
            "into pieces."
        )
    if math.prod(labels.shape[1:]) >= 2**32:
        raise DimensionError(
            f"{name} has shape {shape}; y times z must stay below 2**32: transpose the image "
            "or cut it into pieces."
        )
    voxel_size = check_anisotropy(anisotropy, dimensions)
    if _is_packed(all_labels) and labels.size:
        return PackedImage(all_labels, voxel_size)
    return _as_image(labels, voxel_size)


def as_array(values: Any, name: str) -> npt.NDArray[Any]:
    """Return as an array what is like one, or has a method ``numpy()`` that gives one.

    Raises
    ------
    InputTypeError
        It makes no array, or one of which a mask would be dropped in silence.
    """
    if not isinstance(values, np.ndarray) and callable(getattr(values, "numpy", None)):
        values = values.numpy()
    refuse_masked(values, name)
    try:
        array = np.asarray(values)
    except ValueError as error:  # lists of different lengths
        raise _no_array(values, name) from error
    # What NumPy does not know, such as None, it wraps whole; older versions also wrap such lists.
    if array.dtype.kind in "OSU" and not isinstance(values, np.ndarray):
        raise _no_array(values, name)
    return array


def _no_array(values: Any, name: str) -> InputTypeError:
    return InputTypeError(
        f"{name} is {shown(values)}; pass an array, or nested lists of numbers and of equal "
        "lengths."
    )


def dtype_of(array: Any) -> np.dtype[Any]:
    """Return the type of the voxels, which TensorStore wraps in one of its own."""
    dtype: np.dtype[Any] = np.dtype(getattr(array.dtype, "numpy_dtype", array.dtype))
    return dtype


def refuse_masked(array: Any, name: str) -> None:
    """Refuse an array of which a mask would be dropped in silence."""
    # Imported only by those who have masked arrays: it takes 15 ms and a MiB.
    masked = sys.modules.get("numpy.ma")
    if masked is not None and masked.is_masked(array):
        raise InputTypeError(
            f"{name} has masked voxels; fill them first, for example by {name}.filled(0), as 0 is "
            "background."
        )


def drop_trailing_axes(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Drop the axes after the third one that have length 1, from the last one on."""
    while array.ndim > 3 and array.shape[-1] == 1:
        array = array[..., 0]
    return array


def _is_packed(labels: Any) -> bool:
    """Whether this is a CrackleArray, which can decompress one label alone."""
    return all(callable(getattr(labels, name, None)) for name in ("numpy", "decompress"))


def _as_image(labels: npt.NDArray[Any], voxel_size: tuple[float, float, float]) -> LabelImage:
    itemsize = labels.dtype.itemsize
    if any(stride % itemsize for stride in labels.strides):
        labels = labels.copy()
    raw = labels.view(np.dtype(f"u{itemsize}"))
    if labels.dtype == np.bool_ and raw.max(initial=0) > 1:  # a view of a mask of 255, say
        labels = raw != 0
        raw = labels.view(np.uint8)
    return LabelImage(labels, raw, not labels.dtype.isnative, voxel_size)


def check_graph(voxel_graph: Any, image: AnyImage) -> npt.NDArray[np.uint32] | None:
    """Check a voxel connectivity graph of an image.

    Returns
    -------
    (X, Y, Z) array of uint32 or None
        Of any strides, in this machine's byte order; copied only if it has another one.
    """
    if voxel_graph is None:
        return None
    graph = as_array(voxel_graph, "voxel_graph")
    if graph.dtype.newbyteorder("=") != np.dtype(np.uint32):
        raise InputTypeError(
            f"voxel_graph is of type {graph.dtype}; pass uint32, as "
            "cc3d.voxel_connectivity_graph(labels, connectivity=26) gives."
        )
    shape = graph.shape
    graph = drop_trailing_axes(graph)
    if graph.ndim == 2:
        graph = graph[:, :, np.newaxis]
    if graph.shape != image.shape:
        raise DimensionError(
            f"voxel_graph has shape {shape}, but the image has {image.shape}; pass one word for "
            "each voxel."
        )
    if not graph.dtype.isnative or any(stride % 4 for stride in graph.strides):
        graph = graph.astype(np.uint32)
    return graph


def check_anisotropy(anisotropy: Any, dimensions: int = 3) -> tuple[float, float, float]:
    """Check the physical size of a voxel; a 2D image may leave out the third number."""
    if isinstance(anisotropy, Iterator):
        anisotropy = list(itertools.islice(anisotropy, 4))  # some never end
    size = _numbers_of(anisotropy)
    if dimensions == 2 and len(size) == 2:
        size.append(1.0)
    if len(size) != 3 or not all(0 < number < math.inf for number in size):
        raise InputError(
            f"anisotropy is {anisotropy!r}; pass three positive numbers, the size of a voxel along "
            "x, y and z."
        )
    if min(size) < _SMALLEST_SIZE or max(size) > _LARGEST_SIZE:
        raise InputError(
            f"anisotropy is {anisotropy!r}; choose a unit of length in which the size of a voxel "
            f"is from {_SMALLEST_SIZE:g} to {_LARGEST_SIZE:g}."
        )
    ratio = max(size[:dimensions]) / min(size[:dimensions])
    if ratio > _LARGEST_RATIO:
        raise InputError(
            f"anisotropy is {anisotropy!r}, whose largest number is {ratio:g} times the smallest; "
            f"pass sizes that differ at most {_LARGEST_RATIO:,}-fold, all in one unit."
        )
    return size[0], size[1], size[2]


def _numbers_of(values: Any) -> list[float]:
    """Return the numbers of what holds some in an order, NaN for those that are none."""
    if isinstance(values, (str, bytes, bytearray, Set, Mapping)):
        return []
    try:
        return [as_number(value) for value in values]
    except TypeError:
        return []


def check_points(
    points: Any,
    image: AnyImage,
    name: str,
    given: str | None = None,
    form: str = "a list of points (x, y, z)",
) -> Points:
    """Check voxels that must lie on an object: whole numbers, inside the image, no background.

    Parameters
    ----------
    given, form
        For errors: what the user passed, if that is not the list of points, and what it should be.

    Returns
    -------
    (N, 3) array of uint32
    """
    value = shown(points) if given is None else given
    try:
        array = np.asarray(points if isinstance(points, np.ndarray) else list(points))
        if array.shape[:1] == (0,):
            return np.zeros((0, 3), dtype=np.uint32)
        with np.errstate(invalid="ignore"):  # what is no number is refused below
            whole = array.astype(np.int64)
    except OverflowError as error:
        raise InputError(
            f"{name} is {value}, where a number is beyond 64 bits; pass voxels of the image."
        ) from error
    except (TypeError, ValueError) as error:
        raise InputTypeError(f"{name} is {value}; pass {form}.") from error
    numbers = (3,) if image.shape[2] > 1 else (2, 3)
    if array.ndim != 2 or array.shape[1] not in numbers:
        found = f"has shape {array.shape}" if given is None else f"is {given}"
        raise InputError(f"{name} {found}; pass {form} in whole numbers.")
    if array.shape[1] == 2:
        whole = np.column_stack([whole, np.zeros(len(whole), dtype=np.int64)])
        array = whole
    for point, exact in zip(whole, array, strict=True):
        if not np.array_equal(point, exact):
            raise InputError(
                f"{name} has the point {tuple(exact.tolist())}; targets are voxels, so pass whole "
                "numbers."
            )
        if (point < 0).any() or (point >= image.shape).any():
            raise InputError(
                f"{name} has the point {tuple(point.tolist())}, which lies outside the image of "
                f"shape {image.shape}; pass voxels, not physical units."
            )
    voxels = whole.astype(np.uint32)
    background = np.flatnonzero(image.at(voxels) == 0)
    if len(background):
        raise InputError(
            f"{name} has the point {tuple(whole[background[0]].tolist())}, which lies on "
            "background (label 0); move it onto an object, for example with synapses_to_targets."
        )
    return voxels
