"""One page with everything in it: skeletons that turn in a browser, without a network."""

from __future__ import annotations

import base64
import gzip
import html
import json
import os
import re
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kimimaro.errors import InputError
from kimimaro.formats.atomic import replacing
from kimimaro.view.checks import check_text
from kimimaro.view.lines import Skeletons, as_lines
from kimimaro.view.scene import Scene, as_scene, check_color

SCRIPTS = (
    "data.js",
    "units.js",
    "color.js",
    "camera.js",
    "renderer.js",
    "pick.js",
    "list.js",
    "controls.js",
    "overlay.js",
    "main.js",
)
"""The page's program; each file uses those before it."""
TYPES = {"float32": "f4", "float64": "f8", "uint8": "u1", "uint32": "u4"}
ALIGNMENT = 8


def save_page(
    path: str | os.PathLike[str],
    skeletons: Skeletons,
    *,
    color: str = "label",
    unit: str = "nm",
    title: str = "Skeletons",
) -> None:
    """Write one HTML file that shows skeletons in space, by itself and without a network.

    It lists the labels with their cable lengths, finds and picks them, and colors them by label
    or by what is known of their vertices. A million vertices in a few thousand labels are fine.
    The file appears under its name when it is complete; an interrupted run leaves none.

    Parameters
    ----------
    path : path
        A name that ends in .html or .htm. Folders are made where they are missing.
    skeletons : dict of {label: Skeleton}, several Skeletons, or one
        In physical units. May be empty.
    color : str
        What colors them first: ``"label"``, ``"component"``, ``"radius"``, ``"vertex_types"``, or
        the name of another attribute with one number per vertex, such as
        ``"cross_sectional_area"``. The page can change it.
    unit : str
        Unit of the skeletons. The page converts between nm, µm (um) and mm; any other text is
        shown as it is.
    title : str
        Heading of the page.

    Raises
    ------
    InputTypeError
        ``skeletons`` is something else.
    InputError
        ``path`` has another suffix, or ``color`` is no attribute of a skeleton.
    """
    final = Path(path)
    if final.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"path is {str(final)!r}; end it in .html.")
    check_text(unit=unit, title=title)
    content = render_page(as_scene(as_lines(skeletons)), color=color, unit=unit, title=title)
    with replacing(final) as part:
        # The title may be the name of a file, which need not be UTF-8.
        part.write_text(content, encoding="utf-8", errors="replace")


def render_page(scene: Scene, *, color: str, unit: str, title: str) -> str:
    """Return the page as text.

    Raises
    ------
    InputError
        ``color`` is no attribute of a skeleton.
    """
    check_color(color, ["label", "component", *(known.name for known in scene.attributes)])
    block, places = _pack(_arrays(scene))
    low, high = _box(scene)
    header = {
        "unit": {"um": "µm", "\u03bcm": "µm"}.get(unit, unit),
        "color": color,
        # As text, since a number of JavaScript holds 53 bits only.
        "labels": [str(label) for label in scene.labels],
        "origin": scene.origin.tolist(),
        "low": low,
        "high": high,
        "arrays": places,
        "attributes": [
            {"name": a.name, "title": a.title, "power": a.power, "array": f"attribute {i}"}
            for i, a in enumerate(scene.attributes)
        ],
    }
    parts = {
        "title": html.escape(title),
        "style": _asset("page.css"),
        "script": "\n".join(_asset(name) for name in SCRIPTS),
        # "<" would let a name end the script that it stands in.
        "header": json.dumps(header, allow_nan=False).replace("<", "\\u003c"),
        "data": base64.b64encode(gzip.compress(block, 6, mtime=0)).decode("ascii"),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _asset("page.html"))


def _box(scene: Scene) -> tuple[list[float], list[float]]:
    """Return the corners of what is drawn; a single place gets a box as wide as its radius."""
    half = np.ptp(scene.points, axis=0) / 2 if len(scene.points) else np.zeros(3)
    if not half.any():
        radii = [a.values for a in scene.attributes if a.name == "radius"]
        widest = max((float(np.nanmax(values)) for values in radii), default=0.0)
        half = np.full(3, widest or 1.0)
    return (-half).tolist(), half.tolist()


def _arrays(scene: Scene) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {
        "points": scene.points,
        "strokes": scene.strokes,
        "firstVertex": scene.first_vertex,
        "firstStroke": scene.first_stroke,
        "component": scene.component,
        "lengths": scene.lengths,
        "components": scene.components,
        "branches": scene.branches,
        "tips": scene.tips,
    }
    for i, attribute in enumerate(scene.attributes):
        arrays[f"attribute {i}"] = attribute.values
    return arrays


def _pack(arrays: dict[str, NDArray[Any]]) -> tuple[bytes, list[dict[str, Any]]]:
    """Join arrays, little-endian; say where each one begins in bytes and how long it is."""
    parts: list[bytes] = []
    places = []
    start = 0
    for name, values in arrays.items():
        kind = TYPES[values.dtype.name]
        content = values.astype(np.dtype(kind).newbyteorder("<"), copy=False).tobytes()
        content += bytes(-len(content) % ALIGNMENT)
        places.append({"name": name, "type": kind, "start": start, "count": values.size})
        parts.append(content)
        start += len(content)
    return b"".join(parts), places


def _asset(name: str) -> str:
    return resources.files("kimimaro.view").joinpath("assets", name).read_text(encoding="utf-8")
