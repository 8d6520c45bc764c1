"""Skeletons in napari: layers to add to a viewer, and the reader of the plugin."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kimimaro.errors import InputError
from kimimaro.formats import holds_skeletons, read_skeletons
from kimimaro.view.colors import palette
from kimimaro.view.lines import Lines, Skeletons, as_lines
from kimimaro.view.scene import as_scene, check_color

LayerData = tuple[Any, dict[str, Any], str]
AXES = ("xyz", "zyx")


def layers(
    skeletons: Skeletons, *, axes: str = "xyz", color: str = "label", name: str = "skeletons"
) -> list[LayerData]:
    """Return skeletons as layers of napari, one vector per edge.

    ``viewer.add_layer(napari.layers.Layer.create(*layer))`` adds a layer. Labels lie beneath if
    their layer has the voxel size as ``scale``. Skeletons of one vertex have no edge to show.

    Parameters
    ----------
    skeletons : dict of {label: Skeleton}, several Skeletons, or one
        In physical units.
    axes : {"xyz", "zyx"}
        Order of the viewer's axes: "xyz" where arrays are ``labels[x, y, z]`` as in Kimimaro,
        "zyx" where napari read them from TIFF or Zarr.
    color : str
        ``"label"``, ``"radius"``, or another attribute with one number per vertex. Every such
        attribute is a feature of the layer, by which napari can color it as well.
    name : str
        Name of the layer.

    Returns
    -------
    list of (data, settings, "vectors")
        ``data`` is (M, 2, 3) float32: where each edge starts, and its step. Empty where there is
        no edge.

    Raises
    ------
    InputTypeError
        ``skeletons`` is something else.
    InputError
        ``axes`` is another word, or ``color`` is no attribute of a skeleton.
    """
    if axes not in AXES:
        raise InputError(f"axes is {axes!r}; pass 'xyz' or 'zyx'.")
    lines = as_lines(skeletons)
    features = _features(lines)
    check_color(color, features)
    if not len(lines.edges):
        return []
    ends = lines.points[lines.edges]
    data = np.stack([ends[:, 0], ends[:, 1] - ends[:, 0]], axis=1).astype(np.float32)
    settings: dict[str, Any] = {
        "name": name,
        "features": features,
        "vector_style": "line",
        "edge_width": _width(lines, data[:, 1]),
        "opacity": 1.0,
    }
    if color == "label":
        # Lighter than on paper: the ground of napari is black.
        colors = 0.3 + 0.7 * palette(len(lines.names))
        settings["edge_color"] = colors[lines.owner[lines.edges[:, 0]]]
    else:
        settings.update(edge_color=color, edge_colormap="viridis")
    return [(data if axes == "xyz" else data[:, :, ::-1], settings, "vectors")]


def get_reader(
    path: str | Sequence[str],
) -> Callable[[str | Sequence[str]], list[LayerData]] | None:
    """Return the function that reads a path as layers, as napari asks for it; None if none can.

    The axes are in napari's usual order, z, y, x.
    """
    if not isinstance(path, str) or _is_empty_folder(path) or not holds_skeletons(path):
        return None
    return _read


def _is_empty_folder(path: str) -> bool:
    """Tell a folder that may be anybody's."""
    return os.path.isdir(path) and not os.listdir(path)


def _read(path: str | Sequence[str]) -> list[LayerData]:
    source = os.fspath(path) if isinstance(path, (str, os.PathLike)) else path[0]
    name = os.path.basename(source.rstrip("/"))
    return layers(read_skeletons(source), axes="zyx", name=name)


def _width(lines: Lines, steps: NDArray[np.float32]) -> float:
    """Return a width that is seen both from afar and from near."""
    extent = float(np.ptp(lines.points, axis=0).max())
    return max(0.5 * float(np.median(np.linalg.norm(steps, axis=1))), extent / 500)


def _features(lines: Lines) -> dict[str, Any]:
    """Return a column per attribute, one value per edge: the mean of its ends."""
    first, second = lines.edges.T
    low, high = min(lines.names, default=0), max(lines.names, default=0)
    kind = np.uint64 if low >= 0 else np.int64
    # No integers of NumPy hold both labels below 0 and from 2**63 on.
    fits = np.iinfo(kind).min <= low and high <= np.iinfo(kind).max
    names = np.array(lines.names, dtype=kind if fits else object)
    features: dict[str, Any] = {"label": names[lines.owner[first]]}
    for attribute in as_scene(lines).attributes:
        values = attribute.values
        if values.dtype == np.uint8:  # a type has no mean
            features[attribute.name] = values[first]
        else:
            features[attribute.name] = (values[first] + values[second]) / 2
    return features
