"""Parameters from a TOML or JSON file, and into one."""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import json
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from kimimaro.errors import InputError
from kimimaro.formats.atomic import write_bytes
from kimimaro.formats.destination import check_file
from kimimaro.params import TeasarParams

TABLE = "teasar_params"
_OWN = ("params", "save_params")
_F = TypeVar("_F", bound=Callable[..., Any])


def params_options(function: _F) -> _F:
    """Give a command --params, which sets the defaults of its options, and --save-params."""
    function = click.option(
        "--save-params",
        metavar="FILE",
        type=click.Path(),
        help="Write the parameters that were used to this .toml or .json file.",
    )(function)
    return click.option(
        "--params",
        type=click.Path(exists=True, dir_okay=False),
        is_eager=True,
        expose_value=False,
        callback=_set_defaults,
        help="Take parameters from this .toml or .json file; options given here win.",
    )(function)


def load(path: str | Path) -> dict[str, Any]:
    """Read the parameters of a file, those of its table teasar_params among the others.

    Raises
    ------
    InputError
        The file is neither TOML nor JSON, or damaged.
    """
    text = _text(path)
    try:
        content = json.loads(text) if _is_json(path) else _toml().loads(text)
    except ValueError as error:
        kind = "JSON" if _is_json(path) else "TOML"
        raise InputError(f"{path} is no valid {kind}: {error}.") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} holds a {type(content).__name__}; a table of parameters is due.")
    table = content.pop(TABLE, {})
    if not isinstance(table, dict):
        raise InputError(f"{path}: {TABLE} is {table!r}; a table of parameters is due.")
    return {name: value for name, value in {**content, **table}.items() if value is not None}


def check_place(path: str | Path) -> None:
    """Refuse a file that parameters could not be saved in.

    Raises
    ------
    InputError
        The file's name ends in neither .toml nor .json, or it cannot be written.
    """
    _is_json(path)
    check_file(path)


def save(path: str | Path, params: TeasarParams, options: Mapping[str, Any]) -> None:
    """Write parameters so that ``load`` gives them back; those that are None are left out.

    Raises
    ------
    InputError
        The file's name ends in neither .toml nor .json.
    """
    table = {name: value for name, value in dataclasses.asdict(params).items() if value is not None}
    others = {name: value for name, value in options.items() if value is not None}
    if _is_json(path):
        # JSON has no number for infinity; the options read it from text.
        tables = {**_finite(others), TABLE: _finite(table)}
        text = json.dumps(tables, indent=2, allow_nan=False) + "\n"
    else:
        text = "\n".join([*_toml_lines(others), "", f"[{TABLE}]", *_toml_lines(table), ""])
    write_bytes(path, text.encode())


def _set_defaults(ctx: click.Context, param: click.Parameter, path: str | None) -> None:
    if path is None:
        return
    values = load(path)
    known = [option.name for option in ctx.command.params if isinstance(option, click.Option)]
    names = [name for name in known if name is not None and name not in _OWN]
    for name in values:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.0)[0]
            raise InputError(f"{path} has an unknown parameter {name!r}; did you mean {near!r}?")
        _check_kind(ctx, path, name, values[name])
    ctx.default_map = {**(ctx.default_map or {}), **values}


def _check_kind(ctx: click.Context, path: str, name: str, value: Any) -> None:
    """Refuse values that no command line has, which Click takes for others or does not expect."""
    (option,) = (option for option in ctx.command.params if option.name == name)
    try:
        taken = option.type_cast_value(ctx, value)
        if isinstance(option.type, click.Path) and not isinstance(value, str):
            raise TypeError
        if isinstance(taken, int) and isinstance(value, float) and taken != value:
            raise ValueError
    except (TypeError, ValueError, OverflowError, AttributeError):
        raise InputError(
            f"{path}: {name} is {value!r}; give it a value of {option.opts[0]}, which "
            f"{ctx.command_path} --help explains."
        ) from None


def _toml_lines(values: Mapping[str, Any]) -> list[str]:
    # Text, finite numbers, booleans and lists of them look the same in TOML and JSON.
    return [
        f"{name} = {value if _is_endless(value) else json.dumps(value)}"
        for name, value in values.items()
    ]


def _finite(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if _is_endless(value) else value for name, value in values.items()}


def _is_endless(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _text(path: str | Path) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not a text file of parameters.") from error


def _is_json(path: str | Path) -> bool:
    suffix = Path(path).suffix.lower()
    if suffix not in (".json", ".toml"):
        raise InputError(f"{path}: name a parameter file *.toml or *.json.")
    return suffix == ".json"


def _toml() -> Any:
    return importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
