"""Skeletons as tables for pandas and DuckDB: NAME.parquet of vertices, NAME.edges.parquet."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from osteoid import Skeleton

from kimimaro.formats.atomic import replacing
from kimimaro.formats.base import FormatError, SkeletonFormat, Skeletons, WriteOptions, require
from kimimaro.formats.destination import check_file, damaged
from kimimaro.formats.table import SkeletonTable, as_table, label_array, whole_labels

_META = b"kimimaro"
_FIXED = ("label", "vertex", "x", "y", "z")


def write(skeletons: Skeletons, dest: str, options: WriteOptions) -> None:
    """Write a row per vertex into ``dest`` and a row per edge into the file beside it."""
    arrow = require("pyarrow", "parquet", "Writing Parquet")
    parquet = require("pyarrow.parquet", "parquet", "Writing Parquet")
    table = as_table(skeletons, options)
    meta = {
        "labels": table.labels.tolist(),
        "unit": options.unit,
        "transforms": table.transforms.reshape(-1, 12).tolist(),
    }
    vertices = arrow.table(_vertex_columns(arrow, table))
    vertices = vertices.replace_schema_metadata({_META: json.dumps(meta)})
    edges = arrow.table(_edge_columns(table))
    # The vertices come last: where their file stands, the edges' file stands too.
    for path, content in ((edges_path(dest), edges), (Path(dest), vertices)):
        with replacing(path) as part:
            parquet.write_table(content, part, compression="zstd")


def check(dest: str, options: WriteOptions) -> None:
    """Refuse files that cannot be written, and tables of something else than skeletons."""
    require("pyarrow", "parquet", "Writing Parquet")
    check_file(dest, lambda path: _has_columns(path, _FIXED))
    check_file(edges_path(dest), lambda path: _has_columns(path, ("label", "a", "b")))


def read(src: str) -> dict[int, Skeleton]:
    """Read the skeletons of a vertex table and of the edge table beside it."""
    parquet = require("pyarrow.parquet", "parquet", "Reading Parquet")
    vertices = parquet.read_table(src)
    missing = [name for name in _FIXED if name not in vertices.column_names]
    if missing:
        raise FormatError(f"{src} is no table of vertices: the column {missing[0]!r} is missing.")
    if not edges_path(src).exists():
        raise FormatError(f"{edges_path(src)}, which belongs to {src}, is missing.")
    return _table(vertices, parquet.read_table(edges_path(src)), src).skeletons(src)


def labels(dest: str) -> set[int]:
    """Return the labels that a vertex table holds."""
    parquet = require("pyarrow.parquet", "parquet", "Reading Parquet")
    meta = _meta(parquet.read_schema(dest))
    if "labels" in meta:
        return set(meta["labels"])
    return set(parquet.read_table(dest, columns=["label"])["label"].to_pylist())


def unit(src: str) -> str | None:
    """Return the unit that a vertex table notes."""
    parquet = require("pyarrow.parquet", "parquet", "Reading Parquet")
    noted: str | None = _meta(parquet.read_schema(src)).get("unit")
    return noted


def edges_path(path: str) -> Path:
    """Return the file of edges that belongs to a file of vertices."""
    return Path(path).with_suffix(".edges.parquet")


def _has_columns(path: str, names: Iterable[str]) -> bool:
    parquet = require("pyarrow.parquet", "parquet", "Reading Parquet")
    try:
        return set(names) <= set(parquet.read_schema(path).names)
    except PermissionError:
        raise
    except (OSError, ValueError):
        raise damaged(path, "Parquet table") from None


def _vertex_columns(arrow: Any, table: SkeletonTable) -> dict[str, Any]:
    sizes = np.diff(table.vertex_starts)
    filled: dict[str, Any] = {
        "label": np.repeat(table.labels, sizes),
        "vertex": _counters(table.vertex_starts),
        "x": table.vertices[:, 0],
        "y": table.vertices[:, 1],
        "z": table.vertices[:, 2],
    }
    for name, values in table.values.items():
        if values.ndim == 1:
            filled[name] = values
        else:
            flat = arrow.array(values.reshape(-1))
            filled[name] = arrow.FixedSizeListArray.from_arrays(flat, values.shape[1])
    return filled


def _edge_columns(table: SkeletonTable) -> dict[str, NDArray[Any]]:
    return {
        "label": np.repeat(table.labels, np.diff(table.edge_starts)),
        "a": table.edges[:, 0],
        "b": table.edges[:, 1],
    }


def _table(vertices: Any, edges: Any, src: str) -> SkeletonTable:
    meta = _meta(vertices.schema)
    of_vertex, of_edge = _numpy(vertices["label"]), _numpy(edges["label"])
    known = meta.get("labels", np.unique(of_vertex).tolist())
    names = label_array(whole_labels(known, src))
    # Rows may have been sorted or filtered by another program: order them by label again.
    rows = np.lexsort((_numpy(vertices["vertex"]), _rank(of_vertex, names)))
    edge_rows = np.argsort(_rank(of_edge, names), kind="stable")
    points = np.column_stack([_numpy(vertices[axis]) for axis in "xyz"]).astype(np.float32)
    pairs = np.column_stack([_numpy(edges[end]) for end in "ab"]).astype(np.uint32)
    identity = np.eye(3, 4, dtype=np.float32)
    transforms = meta.get("transforms", [identity.reshape(-1).tolist()] * len(names))
    return SkeletonTable(
        labels=names,
        vertex_starts=_starts_of(of_vertex, names),
        edge_starts=_starts_of(of_edge, names),
        vertices=points[rows],
        edges=pairs[edge_rows],
        transforms=np.array(transforms, dtype=np.float32).reshape(-1, 3, 4),
        values={
            name: _numpy(vertices[name])[rows]
            for name in vertices.column_names
            if name not in _FIXED
        },
    )


def _numpy(column: Any) -> NDArray[Any]:
    chunk = column.combine_chunks()
    if hasattr(chunk.type, "list_size"):
        flat: NDArray[Any] = chunk.flatten().to_numpy(zero_copy_only=False)
        return flat.reshape(len(chunk), -1)
    values: NDArray[Any] = chunk.to_numpy(zero_copy_only=False)
    return values


def _meta(schema: Any) -> dict[str, Any]:
    content = (schema.metadata or {}).get(_META)
    return {} if content is None else dict(json.loads(content))


def _rank(labels: NDArray[Any], names: NDArray[Any]) -> NDArray[np.int64]:
    """Return the position of each label among the names."""
    order = np.argsort(names, kind="stable")
    place = np.searchsorted(names[order], labels)
    if len(labels) and (
        place.max() >= len(names) or not np.array_equal(names[order][place], labels)
    ):
        raise FormatError("the tables of vertices and edges are of different skeletons.")
    return order[place]


def _starts_of(labels: NDArray[Any], names: NDArray[Any]) -> NDArray[np.int64]:
    counts = np.bincount(_rank(labels, names), minlength=len(names))
    return np.cumsum([0, *counts.tolist()], dtype=np.int64)


def _counters(starts: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Count from 0 within each skeleton."""
    total = int(starts[-1])
    return (np.arange(total) - np.repeat(starts[:-1], np.diff(starts))).astype(np.uint32)


FORMAT = SkeletonFormat(
    name="parquet",
    title="Parquet tables",
    read=read,
    write=write,
    labels=labels,
    check=check,
    unit=unit,
    suffixes=(".parquet",),
    extra="parquet",
)
