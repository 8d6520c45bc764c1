"""What became of every component."""

from __future__ import annotations

import dataclasses
from typing import Literal

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
    paths: int = 0
    vertices: int = 0
    seconds: float = 0.0
    message: str = ""


@dataclasses.dataclass(frozen=True)
class Report:
    """What became of every component that :func:`kimimaro.skeletonize` looked at."""

    components: tuple[ComponentReport, ...]
    missing: tuple[int, ...] = ()
    """Labels of object_ids that the image does not have."""

    def with_status(self, status: Status) -> tuple[ComponentReport, ...]:
        """Return the components of one status."""
        return tuple(c for c in self.components if c.status == status)
