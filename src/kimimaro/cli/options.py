"""Command-line options made from the library itself: one set of defaults, one set of words.

TEASAR's parameters come from the fields of TeasarParams, the others from a function's signature;
their help is what the docstrings say.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import re
import textwrap
import types
import typing
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import click

from kimimaro.params import TeasarParams

_F = TypeVar("_F", bound=Callable[..., Any])
_SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)
_ROLE = re.compile(r":\w+:`[^`]*?(\w+)`")
_ENTRY = re.compile(r"^(\w[\w, *]*?)(?: *:.*)?$")


ALIASES = {
    "dust_threshold": ["--dust"],
    "fix_branching": ["--fix-branches/--no-fix-branches"],
    "soma_acceptance_threshold": ["--soma-accept"],
    "soma_detection_threshold": ["--soma-detect"],
    "soma_invalidation_const": ["--soma-const"],
    "soma_invalidation_scale": ["--soma-scale"],
}
"""Names that the options had in Kimimaro 5, beside those of the parameters."""


def teasar_options(function: _F) -> _F:
    """Give a command an option for every field of TeasarParams."""
    docs = field_docs(TeasarParams)
    hints = typing.get_type_hints(TeasarParams)
    for field in reversed(dataclasses.fields(TeasarParams)):
        function = click.option(
            _flag(field.name),
            *ALIASES.get(field.name, []),
            field.name,
            type=_type_of_hint(hints[field.name]),
            default=field.default,
            show_default="no limit" if field.default is None else True,
            help=docs.get(field.name, ""),
        )(function)
    return function


def signature_options(
    source: Callable[..., Any],
    *,
    skip: Collection[str],
    special: Mapping[str, Mapping[str, Any]] | None = None,
) -> Callable[[_F], _F]:
    """Give a command an option for every parameter of a function.

    Parameters
    ----------
    source : callable
        The function of the library that the command stands for.
    skip : collection of str
        Parameters that the command provides in another way.
    special : mapping
        Click's settings for parameters whose default does not tell their type, or whose default
        the command treats in its own way; ``short`` adds a flag of one letter.
    """
    special = special or {}
    docs = parameter_docs(source)
    wanted = [
        parameter
        for parameter in inspect.signature(source).parameters.values()
        if parameter.name not in skip
    ]

    def decorate(function: _F) -> _F:
        for parameter in reversed(wanted):
            own = special.get(parameter.name, {})
            usual = {} if "type" in own else _settings_of_default(parameter)
            settings = {"help": docs.get(parameter.name, ""), **usual, **own}
            name = parameter.name
            flag = _flag(name)
            if settings.pop("is_flag", False):
                flag = f"{flag}/--no-{name.replace('_', '-')}"
            flags = [settings.pop("short"), flag] if "short" in settings else [flag]
            flags += ALIASES.get(name, [])
            function = click.option(*flags, name, **settings)(function)
        return function

    return decorate


def split_teasar(options: dict[str, Any]) -> tuple[TeasarParams, dict[str, Any]]:
    """Divide a command's options into TEASAR's parameters and the rest.

    Raises
    ------
    InputError
        A parameter is out of range.
    """
    names = {field.name for field in dataclasses.fields(TeasarParams)}
    params = TeasarParams(**{name: options[name] for name in options if name in names})
    return params, {name: value for name, value in options.items() if name not in names}


def field_docs(kind: type) -> dict[str, str]:
    """Return the string that follows each field of a dataclass in its source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError):  # installed without its source
        return {}
    docs: dict[str, str] = {}
    body = typing.cast(ast.ClassDef, tree.body[0]).body
    for field, text in itertools.pairwise(body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            docs[field.target.id] = _one_line(str(text.value.value))
    return docs


def parameter_docs(function: Callable[..., Any]) -> dict[str, str]:
    """Return what a numpydoc docstring says about each parameter."""
    text = inspect.getdoc(function) or ""
    heads = list(_SECTION.finditer(text))
    docs: dict[str, str] = {}
    for position, head in enumerate(heads):
        if head[1] not in ("Parameters", "Other Parameters"):
            continue
        end = heads[position + 1].start() if position + 1 < len(heads) else len(text)
        docs.update(_entries(text[head.end() : end]))
    return docs


def _entries(section: str) -> dict[str, str]:
    docs: dict[str, list[str]] = {}
    names: list[str] = []
    for line in section.splitlines():
        entry = _ENTRY.match(line)
        if entry:
            names = [name.strip(" *") for name in entry[1].split(",")]
        for name in names:
            docs.setdefault(name, []).extend([] if entry else [line])
    return {name: _one_line(" ".join(lines)) for name, lines in docs.items()}


def _one_line(text: str) -> str:
    """Return words for a terminal: without Sphinx's markup, of references only the last name."""
    return " ".join(_ROLE.sub(r"\1", text).replace("``", "").split())


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _type_of_hint(hint: Any) -> Any:
    if typing.get_origin(hint) is typing.Literal:
        return click.Choice(typing.get_args(hint))
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        (hint,) = (part for part in typing.get_args(hint) if part is not type(None))
    return hint


def _settings_of_default(parameter: inspect.Parameter) -> dict[str, Any]:
    default = parameter.default
    if isinstance(default, bool):
        return {"is_flag": True, "default": default, "show_default": True}
    if isinstance(default, (int, float, str)):
        return {"type": type(default), "default": default, "show_default": True}
    raise TypeError(f"the parameter {parameter.name!r} needs an option of its own kind")
