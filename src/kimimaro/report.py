"""What became of every component."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

Status = Literal["traced", "dust", "truncated", "failed", "interrupted"]


@dataclasses.dataclass(frozen=True)
class ComponentReport:
    """What became of one connected component."""

    label: int
    voxels: int
    status: Status
    """``traced``; ``dust``: no more than dust_threshold voxels; ``truncated`` by max_paths;
    ``failed``, see message; ``interrupted`` before it was done."""
    max_dbf: float = 0.0
    """Largest distance to boundary, in physical units; of the filled object if it may be a soma."""
    soma: bool = False
    """Whether it was traced from a soma."""
    paths: int = 0
    """Paths that were drawn."""
    vertices: int = 0
    seconds: float = 0.0
    """What tracing it took, on the clock."""
    message: str = ""
    """Why it failed, if it did."""


_STATUS = [field.name for field in dataclasses.fields(ComponentReport)].index("status")


@dataclasses.dataclass(frozen=True)
class Report:
    """What became of every component that :func:`kimimaro.skeletonize` looked at."""

    rows: Sequence[tuple[Any, ...]] = dataclasses.field(repr=False)
    """The fields of each component's report, in their order: an image may have many small
    components, and most callers do not ask for their reports."""
    missing: tuple[int, ...] = ()
    """Labels of object_ids that the image does not have; those that were merged with another, or
    filled as a hole of it, are not among them."""
    stages: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """Seconds that each stage took, in their order. Those of tracing (``masks``, ``daf``,
    ``penalties``, ``paths``, ``invalidation``) are summed over the threads."""

    @functools.cached_property
    def components(self) -> tuple[ComponentReport, ...]:
        """What became of each component: those that were traced, then dust."""
        return tuple(ComponentReport(*row) for row in self.rows)

    def as_dict(self) -> dict[str, Any]:
        """Return ``components``, ``missing`` and ``stages`` as lists and mappings, as for JSON."""
        return {
            "components": [dataclasses.asdict(component) for component in self.components],
            "missing": list(self.missing),
            "stages": dict(self.stages),
        }

    def with_status(self, status: Status) -> tuple[ComponentReport, ...]:
        """Return the components of one status."""
        return tuple(ComponentReport(*row) for row in self.rows if row[_STATUS] == status)


class Stopwatch:
    """Notes how long the stages of a call take."""

    def __init__(self) -> None:
        self.stages: dict[str, float] = {}
        self._since = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Note the time since the last stage as that of this one."""
        self.note({stage: time.perf_counter() - self._since})

    def note(self, stages: Mapping[str, float]) -> None:
        """Note stages that were timed elsewhere."""
        self.stages.update(stages)
        self._since = time.perf_counter()
