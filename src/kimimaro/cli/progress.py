"""Progress on standard error: bars in a terminal, elsewhere a line every ten seconds."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

LINE_SECONDS = 10.0


class StageProgress:
    """Shows how far each stage is; call it with (stage, done, total).

    Used as a context manager. Remaining times are worked out from voxels, which is what the
    stages report, so that one giant label is no surprise at the end.

    Parameters
    ----------
    quiet : bool
        Show nothing.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        console = Console(stderr=True)
        self._quiet = quiet
        self._bars = _bars(console) if console.is_terminal and not quiet else None
        self._tasks: dict[str, TaskID] = {}
        self._begun: dict[str, float] = {}
        self._last_line = time.monotonic()

    def __enter__(self) -> StageProgress:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` units of a stage are behind us."""
        if self._quiet:
            return
        if self._bars is not None:
            if stage not in self._tasks:
                self._tasks[stage] = self._bars.add_task(stage, total=total)
            self._bars.update(self._tasks[stage], completed=done, total=total)
        else:
            self._write_line(stage, done, total)

    def _write_line(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        begun = self._begun.setdefault(stage, now)
        if now - self._last_line < LINE_SECONDS:
            return
        self._last_line = now
        print(stage_line(stage, done, total, now - begun), file=sys.stderr, flush=True)


def stage_line(stage: str, done: int, total: int, seconds: float) -> str:
    """Say in one line how far a stage is and how long it may take still."""
    share = done / total if total else 1.0
    line = f"{stage}: {share:.0%} ({done:,} of {total:,}), {seconds:.0f} s"
    if 0 < share < 1 and seconds > 0:
        line += f", about {seconds * (1 - share) / share:.0f} s left"
    return line


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:>12}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
    )
