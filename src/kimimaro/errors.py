"""What can go wrong, in one sentence each: which argument, its value, and what to do."""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from osteoid import Skeleton

    from kimimaro.report import Report


class KimimaroError(Exception):
    """Base of every error that Kimimaro raises on purpose."""


class InputError(KimimaroError, ValueError):
    """An argument has a value that cannot be worked with."""


class DimensionError(InputError):
    """An image has a number of dimensions or a shape that cannot be worked with."""


class InputTypeError(KimimaroError, TypeError):
    """An argument is of a type that cannot be worked with."""


class OutOfMemoryError(KimimaroError, MemoryError):
    """The estimated need for memory exceeds what the machine has."""


class TracingInterrupted(KeyboardInterrupt):
    """Ctrl-C while objects were traced: what was done by then is kept here."""

    def __init__(self, skeletons: dict[int, Skeleton], report: Report):
        super().__init__("tracing was interrupted")
        self.skeletons = skeletons
        """The skeleton of every label whose components were all done."""
        self.report = report

    def __reduce__(self) -> tuple[type[TracingInterrupted], tuple[dict[int, Skeleton], Report]]:
        """Travel between processes, as exceptions are made anew from what they are told."""
        return type(self), (self.skeletons, self.report)


def shown(value: object) -> str:
    """Return a value as an error shows it: short, and on one line."""
    return " ".join(reprlib.repr(value).split())
