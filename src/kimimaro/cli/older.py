"""What an older run of forge left in DEST, for --resume to go on from."""

from __future__ import annotations

import dataclasses

from osteoid import Skeleton

from kimimaro.cli.skeletons import read, rewrites, same_unit
from kimimaro.formats import FormatError, existing_labels, read_unit


@dataclasses.dataclass(frozen=True)
class Older:
    """Skeletons that stay as they are; none of them without --resume."""

    labels: frozenset[int] = frozenset()
    rewritten: dict[int, Skeleton] = dataclasses.field(default_factory=dict)
    """Those that are to be written again, as writing replaces all of DEST."""
    unit: str | None = None

    @classmethod
    def of(cls, dest: str, name: str, *, shard: bool) -> Older:
        """Look at what a destination has."""
        labels = existing_labels(dest, format=name)
        if not labels:
            return cls()
        rewritten = read(dest, name) if rewrites(dest, name, shard) else {}
        return cls(frozenset(labels), rewritten, read_unit(dest, format=name))

    def unit_with(self, unit: str | None, dest: str) -> str | None:
        """Return the unit of what is added to them: theirs, where none is said.

        Raises
        ------
        FormatError
            They are in another one.
        """
        if self.unit and unit and not same_unit(unit, self.unit):
            raise FormatError(
                f"{dest} holds skeletons in {self.unit}, but those to come are in {unit}; name "
                f"another place, or --unit {self.unit} if the lengths are."
            )
        return self.unit or unit
