"""How far the work is: a bar in a terminal or notebook, or the caller's own function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from kimimaro.errors import InputTypeError

StageProgress = Callable[[str, int, int], None]
"""Called with the stage's name, the voxels done and the voxels in all."""


@contextmanager
def report_progress(progress: bool | StageProgress | None) -> Iterator[StageProgress | None]:
    """Yield what the stages call: nothing, the caller's function, or one that draws a bar.

    The bar is drawn on standard error, and only where somebody sees it: standard output is the
    caller's, and may be a pipe. None draws none, as in version 5.
    """
    if callable(progress):
        yield progress
        return
    if progress is not None and not isinstance(progress, (int, np.bool_)):
        raise InputTypeError(
            f"progress is {progress!r}; pass True, False or a function of (stage, done, total)."
        )
    if not progress:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not (console.is_terminal or console.is_jupyter):
        yield None
        return
    columns = (
        TextColumn("{task.description:>12}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    # Rich would send what is printed meanwhile to standard error, too.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bars:
        tasks = {}

        def draw(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=max(total, 1))
            bars.update(tasks[stage], completed=done if total else 1)

        yield draw


def for_stage(progress: StageProgress | None, stage: str) -> Callable[[int, int], None] | None:
    """Bind a stage's name, for the engine knows only numbers."""
    if progress is None:
        return None
    return lambda done, total: progress(stage, done, total)
