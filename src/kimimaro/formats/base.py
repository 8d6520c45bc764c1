"""The types that every format speaks: what is read, how it is asked for, how formats register."""

from __future__ import annotations

import dataclasses
import importlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from osteoid import Skeleton

from kimimaro.errors import InputError, KimimaroError

Triple = tuple[float, float, float]
Skeletons = Mapping[int, Skeleton]
VoxelSize = tuple[Triple | None, str | None, str]
"""Size of a voxel, its unit, and where both came from, in a few words."""
Advance = Callable[[int, int], None]
"""Called as ``advance(done, total)``, counting skeletons when writing and voxels when reading."""


class FormatError(InputError):
    """A file is not what its name says, is damaged, or holds something unusable."""


class MissingExtraError(KimimaroError, ImportError):
    """A format needs a library that is not installed."""


class FormatWarning(UserWarning):
    """Something in a file could not be kept as it was."""


@dataclasses.dataclass(frozen=True)
class LabelVolume:
    """A labeled image as it came out of a file.

    Attributes
    ----------
    labels : numpy.ndarray
        Integer or boolean labels, indexed ``[x, y, z]`` or ``[x, y]``. May be memory-mapped.
    anisotropy : tuple of three floats or None
        Size of a voxel along x, y and z; None where the file does not say it.
    unit : str or None
        Unit of ``anisotropy``, as the file names it.
    source : str
        Where the axis order and the voxel size came from, in a few words.
    origin : tuple of three ints
        Voxel of the file's own frame that ``labels[0, 0, 0]`` is: not zero for a crop, nor for a
        Precomputed volume that begins elsewhere.
    translation : tuple of three floats
        What the file adds to voxel * anisotropy to get a position, in the units of anisotropy.
    """

    labels: Any
    anisotropy: Triple | None
    unit: str | None
    source: str
    origin: tuple[int, int, int] = (0, 0, 0)
    translation: Triple = (0.0, 0.0, 0.0)


@dataclasses.dataclass(frozen=True)
class ReadOptions:
    """What a caller may ask of a volume reader.

    Attributes
    ----------
    inner : str or None
        The array inside a container: what stands behind ``::`` in a source.
    axes : str or None
        Order of the axes in the file, such as ``"zyx"``; None takes what the file or the habit of
        its format says.
    level : int or None
        Resolution level of a multi-scale volume, 0 being the finest; None takes the finest.
    crop : tuple of slices or None
        The part to read, one slice per axis in the order x, y, z.
    fill_missing : bool
        Take chunks that a Precomputed volume lacks as background.
    advance : callable or None
        Told how many voxels are read, by the formats that are read piece by piece.
    """

    inner: str | None = None
    axes: str | None = None
    level: int | None = None
    crop: tuple[slice, ...] | None = None
    fill_missing: bool = False
    advance: Advance | None = None


@dataclasses.dataclass(frozen=True)
class VolumeFormat:
    """A kind of file that labeled images are read from."""

    name: str
    title: str
    read: Callable[[str, ReadOptions], LabelVolume]
    suffixes: tuple[str, ...] = ()
    claims: Callable[[str], bool] | None = None
    """Recognizes sources that no suffix tells: folders and addresses."""
    extra: str | None = None
    levels: bool = False
    """Whether a file may hold the image at several resolutions."""
    inner: bool = False
    """Whether a file may hold several arrays, one of which is named behind ``::``."""

    def matches(self, path: str) -> bool:
        """Tell whether this format is the one for a path or address."""
        return _matches(path, self.suffixes, self.claims)


@dataclasses.dataclass(frozen=True)
class WriteOptions:
    """What a caller may ask of a skeleton writer; a format ignores what it has no room for.

    Attributes
    ----------
    roots : mapping of label to (x, y, z)
        Position, in the skeleton's own units, that the tree of a label is to be rooted at.
    soma_radius : float
        A root with more than this radius is a soma.
    unit : str or None
        Unit of the coordinates, recorded where the format has a place for it.
    shard : bool
        Pack many skeletons into few files, where the format knows both ways.
    advance : callable or None
        Told how many skeletons are written.
    """

    roots: Mapping[int, Triple] = dataclasses.field(default_factory=dict)
    soma_radius: float = float("inf")
    unit: str | None = None
    shard: bool = False
    advance: Advance | None = None

    def count(self, skeletons: Skeletons) -> Iterator[tuple[int, Skeleton]]:
        """Go through the skeletons and report each one after it has been handled."""
        for done, (label, skeleton) in enumerate(skeletons.items(), start=1):
            yield int(label), skeleton
            if self.advance is not None:
                self.advance(done, len(skeletons))


@dataclasses.dataclass(frozen=True)
class SkeletonFormat:
    """A kind of file that skeletons are written to and read from."""

    name: str
    title: str
    read: Callable[[str], dict[int, Skeleton]]
    write: Callable[[Skeletons, str, WriteOptions], None]
    labels: Callable[[str], set[int]]
    """The labels that a destination already holds, read without the skeletons."""
    check: Callable[[str, WriteOptions], None]
    """Refuses a destination that cannot be written to, before there are skeletons."""
    unit: Callable[[str], str | None] | None = None
    """Reads the unit of the coordinates, where it is noted."""
    suffixes: tuple[str, ...] = ()
    claims: Callable[[str], bool] | None = None
    extra: str | None = None
    grows: bool = False
    """Whether skeletons can be added to what is there, one by one."""
    single_suffix: str | None = None
    """A file of this suffix holds one skeleton; any other destination is a folder of them."""
    signed: bool = True
    """Whether labels may be negative."""
    attributes: bool = True
    """Whether vertices may have more than a radius and a type."""
    shards: bool = False
    """Whether many skeletons can be packed into few files."""

    def matches(self, path: str) -> bool:
        """Tell whether this format is the one for a path or address."""
        return _matches(path, self.suffixes, self.claims)

    def is_single(self, dest: str) -> bool:
        """Tell whether a destination holds one skeleton only."""
        return self.single_suffix is not None and dest.lower().endswith(self.single_suffix)


def require(module: str, extra: str, what: str) -> Any:
    """Import an optional library, or say what to install.

    Raises
    ------
    MissingExtraError
        The library is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing = error.name or module
        raise MissingExtraError(
            f"{what} needs the package {missing!r}, which is not installed: "
            f"pip install 'kimimaro[{extra}]'.",
            name=missing,
        ) from error


def warn(message: str) -> None:
    """Warn about something that a file could not keep."""
    warnings.warn(message, FormatWarning, stacklevel=3)


def as_triple(values: Any, what: str) -> Triple:
    """Take three positive finite numbers as a voxel size.

    Raises
    ------
    FormatError
        They are not three positive finite numbers.
    """
    try:
        x, y, z = (float(value) for value in values)
    except (TypeError, ValueError):
        raise FormatError(f"{what} is {values!r}; three numbers (x, y, z) were expected.") from None
    if not all(0 < value < float("inf") for value in (x, y, z)):
        raise FormatError(f"{what} is {(x, y, z)}; every number must be positive and finite.")
    return x, y, z


def voxel_size(path: str, read: Callable[[], VoxelSize]) -> VoxelSize:
    """Return the voxel size of a file, or none, with a warning, if what it says is no size."""
    try:
        return read()
    except (TypeError, ValueError) as error:
        warn(f"{path} has no usable voxel size: {str(error).rstrip('.')}; it is left out.")
        return None, None, "no usable voxel size in the file"


def _matches(path: str, suffixes: tuple[str, ...], claims: Callable[[str], bool] | None) -> bool:
    if path.lower().rstrip("/").endswith(suffixes):
        return True
    return claims is not None and claims(path)
