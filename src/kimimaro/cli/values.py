"""Kinds of option values: voxel sizes, points, labels, crops.

Each takes the text of a command line as well as the lists that a parameter file holds.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from kimimaro.errors import shown

if TYPE_CHECKING:
    _Kind = click.ParamType[Any]
else:
    _Kind = click.ParamType  # generic in newer versions of click only

Point = tuple[int, int, int]


class TripleType(_Kind):
    """Three numbers such as 16,16,40."""

    name = "X,Y,Z"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float, float]:
        """Take "16,16,40" or [16, 16, 40]."""
        try:
            x, y, z = (float(part) for part in _parts(value))
        except (TypeError, ValueError):
            self.fail(
                f"{shown(value)} is not three numbers separated by commas, such as 16,16,40.",
                param,
                ctx,
            )
        return x, y, z


class PointType(_Kind):
    """A voxel such as 10,20,30."""

    name = "X,Y,Z"
    what = "a voxel"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Point:
        """Take "10,20,30" or [10, 20, 30]."""
        try:
            x, y, z = (_whole(part) for part in _parts(value))
        except (TypeError, ValueError):
            self.fail(
                f"{shown(value)} is not {self.what}: three whole numbers such as 10,20,30.",
                param,
                ctx,
            )
        return x, y, z


class ShapeType(PointType):
    """The size of an image in voxels such as 256,256,256."""

    what = "a size in voxels"


class RootType(_Kind):
    """A label and its root voxel such as 5:10,20,30."""

    name = "LABEL:X,Y,Z"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, Point]:
        """Take "5:10,20,30"."""
        label, _, point = str(value).partition(":")
        try:
            x, y, z = (int(part) for part in point.split(","))
            return int(label), (x, y, z)
        except ValueError:
            self.fail(
                f"{shown(value)} is not a label with its root voxel, such as 5:10,20,30.",
                param,
                ctx,
            )


class LabelsType(_Kind):
    """Labels such as 1,2,5, or a text file of them."""

    name = "LABELS"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[int]:
        """Take "1,2,5", "@file.txt" or [1, 2, 5]."""
        text = value
        if isinstance(value, str) and value.startswith("@"):
            text = self._file(value[1:], param, ctx)
        try:
            return [_whole(part) for part in _parts(text)]
        except (TypeError, ValueError):
            self.fail(
                f"{shown(value)} is not a list of labels, such as 1,2,5 or @labels.txt.",
                param,
                ctx,
            )

    def _file(self, name: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return Path(name).read_text()
        except (OSError, UnicodeDecodeError) as error:
            self.fail(f"{name!r} cannot be read: {error}.", param, ctx)


class CropType(_Kind):
    """A box such as 0:512,0:512,100:200."""

    name = "BOX"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[slice, ...]:
        """Take "0:512,0:512,100:200"; an open end means the image's end."""
        parts = [part.split(":") for part in str(value).replace(" ", "").split(",")]
        if len(parts) not in (2, 3):
            self._refuse(value, param, ctx)
        try:
            return tuple(
                slice(int(start) if start else None, int(stop) if stop else None)
                for start, stop in parts
            )
        except ValueError:
            self._refuse(value, param, ctx)

    def _refuse(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> NoReturn:
        self.fail(
            f"{shown(value)} is not a box: START:STOP for x, y and z, such as 0:512,0:512,9:99.",
            param,
            ctx,
        )


TRIPLE = TripleType()
POINT = PointType()
SHAPE = ShapeType()
ROOT = RootType()
LABELS = LabelsType()
CROP = CropType()


def _parts(value: Any) -> Sequence[Any]:
    if isinstance(value, str):
        return value.replace(",", " ").split()
    return list(value)


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, str) else operator.index(value)
