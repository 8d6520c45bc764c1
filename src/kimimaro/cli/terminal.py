"""What a command says to people, to scripts and to the shell."""

from __future__ import annotations

import contextlib
import functools
import json
import warnings
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import click

DONE = 0
INPUT_ERROR = 2
INTERRUPTED = 130

_F = TypeVar("_F", bound=Callable[..., Any])


class Interrupted(Exception):
    """Ctrl-C was pressed; the message says what is kept."""


class Terminal:
    """Where a command's words go: text for people on standard output, or JSON for scripts."""

    def __init__(self, *, quiet: bool, as_json: bool) -> None:
        self.quiet = quiet
        self.as_json = as_json
        self.progress = not quiet

    def say(self, text: str) -> None:
        """Tell a person something."""
        if not (self.quiet or self.as_json):
            _print(text)

    def result(self, content: dict[str, Any]) -> None:
        """Hand the outcome to a script, if it asked for JSON."""
        if self.as_json:
            _print(json.dumps(content, indent=2, default=_plain))


def terminal_options(function: _F) -> _F:
    """Give a command the options --quiet and --json, and hand it a Terminal."""

    @click.option("--quiet", "-q", is_flag=True, help="Say nothing but warnings and errors.")
    @click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
    @functools.wraps(function)
    def wrapper(*args: Any, quiet: bool, as_json: bool, **options: Any) -> Any:
        return function(*args, terminal=Terminal(quiet=quiet, as_json=as_json), **options)

    return wrapper  # type: ignore[return-value]


@contextlib.contextmanager
def stopping(message: str) -> Iterator[None]:
    """Turn Ctrl-C into an end that says what is kept."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(message) from None


@contextlib.contextmanager
def shown_warnings() -> Iterator[None]:
    """Show warnings as one line each on standard error, the same one only once."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")

        def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
            if not issubclass(category, (DeprecationWarning, PendingDeprecationWarning)):
                click.echo(f"Warning: {message}", err=True)

        warnings.showwarning = show
        yield


def numbers(values: Any) -> str:
    """Write numbers for a person: 16 x 16 x 40."""
    return " x ".join(
        f"{value:,g}" if isinstance(value, float) else f"{value:,}" for value in values
    )


def counted(number: int, noun: str) -> str:
    """Write a number of things for a person: 1 label, 2,000 labels."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _print(text: str) -> None:
    try:
        click.echo(text)
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)
