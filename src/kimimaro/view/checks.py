"""Checks of arguments that several views take."""

from __future__ import annotations

from kimimaro.errors import InputTypeError


def check_text(**arguments: object) -> None:
    """Raise InputTypeError unless each argument is a text."""
    for name, value in arguments.items():
        if not isinstance(value, str):
            raise InputTypeError(f"{name} is {value!r}; pass a text.")
