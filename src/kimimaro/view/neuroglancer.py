"""Skeletons and their labels in Neuroglancer, served from this process."""

from __future__ import annotations

import socket
import sys
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kimimaro.errors import DimensionError, InputError, InputTypeError
from kimimaro.formats.base import as_triple, require
from kimimaro.view.checks import check_text
from kimimaro.view.lines import Floats, Lines, Skeletons, as_lines, numbers_of

MOST_SELECTED = 1000
"""Each selected skeleton is a request of its own."""
LABELS = "labels"
SKELETONS = "skeletons"
UNITS = {"nm": "nm", "um": "um", "µm": "um", "\u03bcm": "um", "mm": "mm", "m": "m"}
FLOAT = np.dtype(np.float32)
TILT = (0.94, -0.13, 0.3, 0.04)
"""Quaternion of the first view in space: a box seen along its axis looks flat."""
SHADER = """
#uicontrol bool by_value checkbox(default=%(on)s)
#uicontrol bool logarithmic checkbox(default=%(logarithmic)s)
#uicontrol float lowest slider(min=%(low).6g, max=%(high).6g, default=%(low).6g)
#uicontrol float highest slider(min=%(low).6g, max=%(high).6g, default=%(high).6g)
float measure(float value) { return logarithmic ? log(max(value, 1e-6)) : value; }
void main() {
  if (!by_value) {
    emitDefault();
    return;
  }
  if (%(name)s < -1e20) {
    emitRGB(vec3(0.7, 0.7, 0.7));
    return;
  }
  float low = measure(lowest);
  float t = clamp((measure(%(name)s) - low) / max(measure(highest) - low, 1e-6), 0.0, 1.0);
  vec3 half_way = vec3(0.13, 0.66, 0.52);
  emitRGB(t < 0.5 ? mix(vec3(0.30, 0.32, 0.80), half_way, 2.0 * t)
                  : mix(half_way, vec3(0.99, 0.91, 0.15), 2.0 * t - 1.0));
}
"""
UNKNOWN = -1e30
"""Stands for NaN, which compilers of shaders need not know. It is far below the shader's threshold,
so that an edge is gray all the way to an end that is known."""
SPREAD = 20
"""Values that differ by more than this factor are colored by their logarithm at first."""


def viewer(
    skeletons: Skeletons,
    volume: NDArray[Any] | None = None,
    anisotropy: Sequence[float] | None = None,
    *,
    labels: Collection[int] | None = None,
    color: str = "label",
    unit: str = "nm",
    position: Sequence[float] = (0, 0, 0),
) -> Any:
    """Show skeletons in Neuroglancer, with their volume if it is given.

    The page comes from a server in this process, on this machine's loopback address unless
    ``neuroglancer.set_server_bind_address`` said otherwise before; it needs no network.

    Parameters
    ----------
    skeletons : dict of {label: Skeleton}, several Skeletons, or one
        In physical units.
    volume : (X, Y, Z) or (X, Y) array of integers or bool, optional
        Anything that NumPy's slices work on, memory-mapped arrays included; only what is looked
        at is read, and nothing is copied as a whole.
    anisotropy : sequence of 3 float, optional
        Voxel size of ``volume``. By default, that in the skeletons' ``transform``, which must not
        turn or flip axes then.
    labels : collection of int, optional
        Labels that are selected at first. By default all that have a skeleton; of more than
        1,000, those with the longest cable.
    color : str
        ``"label"``, ``"radius"``, or the name of another attribute with one number per vertex:
        what colors the skeletons first. The page can change it between label and this number, the
        radius if it is ``"label"``.
    unit : str
        Unit of all lengths: nm, µm (um), mm or m. Anything else is shown without a unit.
    position : sequence of 3 float
        Where the volume's first voxel is, in the skeletons' frame.

    Returns
    -------
    neuroglancer.Viewer
        ``get_viewer_url()`` is its address. A notebook shows a link to it.

    Raises
    ------
    InputTypeError
        ``skeletons`` is something else.
    InputError
        A label has no skeleton or is negative, ``anisotropy`` is not three positive numbers, or
        ``color`` is no attribute.
    DimensionError
        ``volume`` has neither two nor three dimensions.
    MissingExtraError
        Neuroglancer is not installed.
    """
    neuroglancer = require("neuroglancer", "view", "Viewing")
    check_text(color=color, unit=unit)
    lines = as_lines(skeletons)
    image = None if volume is None else _Labels(volume)
    voxel = np.ones(3)
    if image is not None:
        voxel = np.array(
            lines.voxel_size() if anisotropy is None else as_triple(anisotropy, "anisotropy")
        )
    chosen = _chosen(lines, labels)
    space = neuroglancer.CoordinateSpace(
        names=["x", "y", "z"], units=[UNITS.get(unit, "")] * 3, scales=voxel.tolist()
    )
    corner = _check_position(position) / voxel
    # A voxel's index is the middle of its voxel here, but its low corner in Neuroglancer.
    shift = np.zeros(3) if image is None else 0.5 * voxel
    source = _skeleton_source(neuroglancer, lines, color, unit, shift)

    result = neuroglancer.Viewer()
    with result.txn() as state:
        state.dimensions = space
        if image is not None:
            state.layers[LABELS] = _label_layer(neuroglancer, image, space, corner, chosen)
        state.layers[SKELETONS] = neuroglancer.SegmentationLayer(
            source=source,
            segments=chosen,
            skeleton_shader=_shader(lines, color),
            linked_segmentation_group=LABELS if image is not None else None,
        )
        state.layers[SKELETONS].skeleton_rendering.line_width2d = 1.2
        state.layers[SKELETONS].skeleton_rendering.line_width3d = 2.5
        state.layers[SKELETONS].tab = "segments"
        state.selected_layer.layer = SKELETONS
        state.selected_layer.visible = True
        state.show_slices = False
        state.layout = _layout(image)
        low, high = _bounds(lines, voxel, corner, image)
        state.position = (low + high) / 2
        extent = float(((high - low) * voxel).max() / voxel.min())
        state.projection_scale = 1.7 * extent
        state.cross_section_scale = extent / 340
        w, x, y, z = TILT
        state.projection_orientation = [x, y, z, w]
    return result


def start_server(address: str = "127.0.0.1", port: int = 0) -> None:
    """Start Neuroglancer's server, which the viewers of this process share.

    Parameters
    ----------
    address : str
        Address to listen on.
    port : int
        0 for one that is free.

    Raises
    ------
    InputError
        The address is not this machine's, or the port is taken.
    MissingExtraError
        Neuroglancer is not installed.
    """
    neuroglancer = require("neuroglancer", "view", "Viewing")
    try:
        _check_address(address, port)
        neuroglancer.set_server_bind_address(address, port)
        neuroglancer.server.start()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"cannot listen at address {address}, port {port}: {reason}; choose another one, or "
            "port 0 for any that is free."
        ) from error


def stop_server() -> None:
    """Stop the server; the addresses of its viewers end with it."""
    require("neuroglancer", "view", "Viewing").stop()


def _check_address(address: str, port: int) -> None:
    """Raise OSError if a server could not listen there: one that fails to start leaks its loop."""
    family, kind, protocol, _, where = socket.getaddrinfo(
        address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as probe:
        if sys.platform != "win32":
            # A port that was closed a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(where)


class _Labels:
    """A volume as Neuroglancer reads it: unsigned, native, three axes; converted piece by piece."""

    def __init__(self, volume: Any) -> None:
        if not hasattr(volume, "dtype") or not hasattr(volume, "shape"):
            volume = np.asarray(volume)
        if len(volume.shape) not in (2, 3) or 0 in volume.shape:
            raise DimensionError(
                f"volume has the shape {tuple(volume.shape)}; pass a 2D or 3D image."
            )
        kind = np.dtype(volume.dtype)
        if kind.kind not in "bui":
            raise InputTypeError(f"volume holds {kind}; pass labels, which are whole numbers.")
        self._volume = volume
        self.shape = (*volume.shape, 1)[:3]
        self.dtype = np.dtype(f"uint{8 * kind.itemsize}")

    def __getitem__(self, box: tuple[slice, slice, slice]) -> NDArray[Any]:
        flat = len(self._volume.shape) == 2
        part = np.asarray(self._volume[box[:2] if flat else box])
        if not part.dtype.isnative:
            part = part.astype(part.dtype.newbyteorder("="))
        part = part.view(self.dtype)
        return part[:, :, np.newaxis][:, :, box[2]] if flat else part


def _check_position(position: Any) -> Floats:
    try:
        corner = np.array(position, dtype=np.float64)
    except (TypeError, ValueError):
        corner = np.empty(0)
    if corner.shape != (3,) or not np.isfinite(corner).all():
        raise InputError(f"position is {position!r}; pass three finite numbers, x, y and z.")
    return corner


def _chosen(lines: Lines, labels: Collection[int] | None) -> list[int]:
    if any(name < 0 for name in lines.names):
        raise InputError(
            f"skeletons has the label {min(lines.names)}; Neuroglancer knows none below 0."
        )
    if labels is not None:
        unknown = sorted(set(labels) - set(lines.names))
        if unknown:
            raise InputError(
                f"labels has {unknown[0]}, which has no skeleton; {len(lines.names)} others have."
            )
        return sorted(set(labels))
    ends = lines.points[lines.edges]
    cable = np.bincount(
        lines.owner[lines.edges[:, 0]],
        weights=np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1),
        minlength=len(lines.names),
    )
    longest = np.argsort(-cable, kind="stable")[:MOST_SELECTED]
    return sorted(lines.names[i] for i in longest)


def _skeleton_source(neuroglancer: Any, lines: Lines, color: str, unit: str, shift: Floats) -> Any:
    drawn = dict(zip(lines.names, lines.skeletons, strict=True))
    name = _value_name(color)
    lines.attribute(name)  # refuses what some skeleton lacks

    class Source(neuroglancer.skeleton.SkeletonSource):  # type: ignore[misc]
        def get_skeleton(self, i: int) -> Any:
            skeleton = drawn.get(i)
            if skeleton is None:
                return None
            values = numbers_of(skeleton, name)
            assert values is not None  # seen above
            return neuroglancer.skeleton.Skeleton(
                vertex_positions=np.asarray(skeleton.vertices) + shift,
                edges=np.asarray(skeleton.edges).reshape(-1, 2),
                vertex_attributes={name: np.nan_to_num(values, nan=UNKNOWN).astype(FLOAT)},
            )

    units = [UNITS.get(unit, "")] * 3
    source = Source(
        neuroglancer.CoordinateSpace(names=["x", "y", "z"], units=units, scales=[1, 1, 1])
    )
    source.vertex_attributes[name] = neuroglancer.skeleton.VertexAttributeInfo(FLOAT, 1)
    return source


def _label_layer(
    neuroglancer: Any, image: _Labels, space: Any, corner: Floats, chosen: list[int]
) -> Any:
    data = neuroglancer.LocalVolume(image, dimensions=space, volume_type="segmentation")
    source = neuroglancer.LayerDataSource(
        url=data,
        transform=neuroglancer.CoordinateSpaceTransform(
            output_dimensions=space, matrix=np.column_stack([np.eye(3), corner]).tolist()
        ),
        # Meshes would be made from a copy of the whole volume.
        subsources={"default": True, "bounds": True, "mesh": False},
        enable_default_subsources=False,
    )
    return neuroglancer.SegmentationLayer(
        source=source, segments=chosen, saturation=0.5, not_selected_alpha=0.12
    )


def _shader(lines: Lines, color: str) -> str:
    name = _value_name(color)
    values = lines.attribute(name)
    known = values[~np.isnan(values)]
    low, high = np.percentile(known, [1, 99]) if len(known) else (0.0, 1.0)
    return SHADER % {
        "name": name,
        "on": _glsl(color != "label"),
        "logarithmic": _glsl(low > 0 and high > SPREAD * low),
        "low": low,
        "high": max(high, low + 1e-3 * abs(low) + 1e-3),
    }


def _glsl(switch: bool) -> str:
    return "true" if switch else "false"


def _value_name(color: str) -> str:
    name = "radius" if color == "label" else color
    if not name.isidentifier() or not name.isascii():
        raise InputError(f"color is {color!r}; Neuroglancer takes names of letters, digits and _.")
    return name


def _layout(image: _Labels | None) -> str:
    if image is None:
        return "3d"
    return "xy" if image.shape[2] == 1 else "4panel"


def _bounds(
    lines: Lines, voxel: Floats, corner: Floats, image: _Labels | None
) -> tuple[Floats, Floats]:
    """Return the low and the high end of all that there is, in voxels."""
    points = lines.points / voxel
    if image is not None:
        points = np.concatenate([points, [corner, corner + np.array(image.shape)]])
    if not len(points):
        return np.zeros(3), np.ones(3)
    low, high = points.min(axis=0), points.max(axis=0)
    return low, np.maximum(high, low + 1e-3)
