"""Precomputed skeletons, Neuroglancer's own kind: a file per skeleton, or shards of many."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any, TypeGuard

import numpy as np
from osteoid import Skeleton

from kimimaro.formats.attributes import (
    Column,
    build,
    check_finite,
    columns,
    edges_of,
    physical,
    values_of,
)
from kimimaro.formats.base import (
    FormatError,
    SkeletonFormat,
    Skeletons,
    WriteOptions,
    require,
    warn,
)
from kimimaro.formats.destination import check_folder, no_skeletons
from kimimaro.formats.store import Cloud, Folder, open_store

TYPE = "neuroglancer_skeletons"
_IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
_SCHEMES = ("precomputed://", "gs://", "s3://", "file://")
_VIEWABLE = ("float32", "int8", "uint8", "int16", "uint16", "int32", "uint32")


def write(skeletons: Skeletons, dest: str, options: WriteOptions) -> None:
    """Write skeletons into a folder of their own, or into a Precomputed volume.

    A volume at ``dest`` gets a folder "skeletons" and its info file names it.
    """
    if options.unit not in (None, "nm", "voxel"):
        warn(
            f"Neuroglancer takes the coordinates of skeletons as nm; these, in {options.unit}, "
            f"are written as they are."
        )
    store, is_new_layer = _skeleton_store(dest, create=True)
    wanted = _viewable(columns(skeletons.values()))
    info = _info(wanted)
    if options.shard:
        _write_shards(store, info, skeletons, wanted, options)
    else:
        _join(store, info, dest)
        store.put("info", _as_json(info))
        for label, skeleton in options.count(skeletons):
            store.put(str(label), encode(skeleton, wanted))
    if is_new_layer:
        _name_in_layer(dest)


def check(dest: str, options: WriteOptions) -> None:
    """Refuse a folder that cannot be written, and one of something else or packed otherwise."""
    store, _ = _skeleton_store(dest, create=True)
    if isinstance(store, Folder):
        check_folder(store.path)
    content = store.get("info")
    if content is None:
        info = {}
        # Shards take the place of all that is there; others begin with the info file.
        foreign = store.is_filled() if options.shard else bool(_unsharded(store))
    else:
        info = json.loads(content)
        foreign = not _is_info(info)
    if foreign:
        raise no_skeletons(dest)
    if options.shard:
        _sharding()
    elif info.get("sharding"):
        raise FormatError(f"{dest} holds sharded skeletons; name another place, or shard these.")


def read(src: str) -> dict[int, Skeleton]:
    """Read all skeletons of a folder or of a volume that has some, in physical space."""
    store, _ = _skeleton_store(src, create=False)
    info = _read_info(store, src)
    skeletons = {
        label: decode(content, label, info)
        for label, content in sorted(_contents(store, info), key=lambda pair: pair[0])
    }
    for label, skeleton in skeletons.items():
        check_finite(f"{src}: the skeleton {label}", skeleton.vertices)
    return skeletons


def labels(dest: str) -> set[int]:
    """Return the labels whose skeletons are there."""
    store, _ = _skeleton_store(dest, create=True)
    content = store.get("info")
    if content is None:
        return set()
    info = json.loads(content)
    if info.get("sharding"):
        return {label for label, _ in _contents(store, info)}
    return set(_unsharded(store))


def encode(skeleton: Skeleton, wanted: list[Column]) -> bytes:
    """Return a skeleton in Neuroglancer's binary form."""
    vertices, edges = physical(skeleton), edges_of(skeleton)
    parts = [
        np.array([len(vertices), len(edges)], dtype="<u4"),
        vertices.astype("<f4"),
        edges.astype("<u4"),
    ]
    for column in wanted:
        parts.append(values_of(skeleton, column).astype(column.dtype.newbyteorder("<")))
    return b"".join(part.tobytes() for part in parts)


def decode(content: bytes, label: int, info: dict[str, Any]) -> Skeleton:
    """Return the skeleton that Neuroglancer's binary form describes, in physical space.

    Raises
    ------
    FormatError
        The content is shorter or longer than it says.
    """
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    counts = np.frombuffer(content[:8], dtype="<u4")
    shapes: list[tuple[str, np.dtype[Any], int]] = [
        (str(entry["id"]), np.dtype(entry["data_type"]), int(entry["num_components"]))
        for entry in info.get("vertex_attributes", [])
    ]
    count, links = (int(number) for number in counts) if len(counts) == 2 else (0, 0)
    need = 8 + 12 * count + 8 * links + sum(count * kind.itemsize * n for _, kind, n in shapes)
    if len(counts) != 2 or len(content) != need:
        raise FormatError(
            f"the skeleton {label} is damaged: it has {len(content)} bytes, not {need}."
        )
    vertices = np.frombuffer(content, "<f4", 3 * count, 8).reshape(count, 3)
    edges = np.frombuffer(content, "<u4", 2 * links, 8 + 12 * count).reshape(links, 2)
    start = 8 + 12 * count + 8 * links
    values = {}
    for name, kind, components in shapes:
        little = kind.newbyteorder("<")
        column = np.frombuffer(content, little, count * components, start).astype(kind)
        values[name] = column.reshape(count, components) if components > 1 else column
        start += column.nbytes
    transform = np.array(info.get("transform", _IDENTITY), dtype=np.float64).reshape(3, 4)
    return build(label, vertices @ transform[:, :3].T + transform[:, 3], edges, values)


def _skeleton_store(path: str, *, create: bool) -> tuple[Folder | Cloud, bool]:
    """Return where the skeletons are, and whether a volume's info is still to name that place."""
    store = open_store(path)
    content = store.get("info")
    info = {} if content is None else json.loads(content)
    if "scales" not in info:
        return store, False
    if info.get("skeletons"):
        return store.within(info["skeletons"]), False
    if not create:
        raise FormatError(f"{path} is a Precomputed volume without skeletons.")
    return store.within("skeletons"), True


def _name_in_layer(dest: str) -> None:
    store = open_store(dest)
    content = store.get("info")
    assert content is not None
    store.put("info", _as_json({**json.loads(content), "skeletons": "skeletons"}))


def _info(wanted: list[Column]) -> dict[str, Any]:
    return {
        "@type": TYPE,
        "transform": _IDENTITY,
        "vertex_attributes": [
            {
                "id": column.name,
                "data_type": column.dtype.name,
                "num_components": column.components,
            }
            for column in wanted
        ],
    }


def _viewable(wanted: list[Column]) -> list[Column]:
    """Bring the attributes to the types that Neuroglancer knows; leave out what has none."""
    kept = []
    for column in wanted:
        kind = column.dtype
        if kind.kind == "f":
            kind = np.dtype(np.float32)
        elif kind.kind == "b":
            kind = np.dtype(np.uint8)
        if kind.name in _VIEWABLE:
            kept.append(Column(column.name, kind, column.components))
        else:
            warn(
                f"Precomputed skeletons cannot hold the vertex attribute {column.name} of type "
                f"{kind}; it is left out."
            )
    return kept


def _join(store: Folder | Cloud, info: dict[str, Any], dest: str) -> None:
    """Check that skeletons that are there already are of the same make."""
    content = store.get("info")
    if content is None:
        return
    old = json.loads(content)
    same = old.get("vertex_attributes") == info["vertex_attributes"]
    plain = list(old.get("transform", _IDENTITY)) == _IDENTITY
    if (not same or not plain) and _unsharded(store):
        raise FormatError(
            f"{dest} holds skeletons with other vertex attributes; name another place."
        )


def _sharding() -> Any:
    return require("cloudvolume.datasource.precomputed.sharding", "precomputed", "Sharding")


def _write_shards(
    store: Folder | Cloud,
    info: dict[str, Any],
    skeletons: Skeletons,
    wanted: list[Column],
    options: WriteOptions,
) -> None:
    sharding = _sharding()
    shard_bits, minishard_bits, preshift_bits = sharding.compute_shard_params_for_hashed(
        num_labels=max(len(skeletons), 1)
    )
    spec = sharding.ShardingSpecification(
        type="neuroglancer_uint64_sharded_v1",
        preshift_bits=preshift_bits,
        hash="murmurhash3_x86_128",
        minishard_bits=minishard_bits,
        shard_bits=shard_bits,
        minishard_index_encoding="gzip",
        data_encoding="gzip",
    )
    encoded = {label: encode(skeleton, wanted) for label, skeleton in options.count(skeletons)}
    shards = spec.synthesize_shards(encoded) if encoded else {}
    sharded = {
        name: int(value) if isinstance(value, np.integer) else value
        for name, value in spec.to_dict().items()
    }
    content = _as_json({**info, "sharding": sharded})
    store.replace_all([*shards.items(), ("info", content)])


def _contents(store: Folder | Cloud, info: dict[str, Any]) -> Iterator[tuple[int, bytes]]:
    if info.get("sharding"):
        yield from _sharded_contents(store, info["sharding"])
        return
    for label, name in _unsharded(store).items():
        content = store.get(name)
        assert content is not None
        yield label, content


def _sharded_contents(
    store: Folder | Cloud, specification: dict[str, Any]
) -> Iterator[tuple[int, bytes]]:
    sharding = _sharding()
    spec = sharding.ShardingSpecification.from_dict(specification)
    reader = sharding.ShardReader(None, None, spec)
    for name in sorted(store.names()):
        if name.endswith(".shard"):
            content = store.get(name)
            yield from reader.disassemble_shard(content).items()


def _unsharded(store: Folder | Cloud) -> dict[int, str]:
    """Return the file of each label; cloud-volume may have compressed them."""
    names = ((name.removesuffix(".gz"), name) for name in store.names())
    return {int(stem): name for stem, name in names if stem.isdigit()}


def _read_info(store: Folder | Cloud, src: str) -> dict[str, Any]:
    content = store.get("info")
    info = None if content is None else json.loads(content)
    if not _is_info(info):
        raise FormatError(f"{src} holds no Precomputed skeletons: its info file does not say so.")
    return info


def _is_info(info: Any) -> TypeGuard[dict[str, Any]]:
    """Tell the info file of skeletons from one of something else."""
    return isinstance(info, dict) and info.get("@type") == TYPE


def _as_json(info: dict[str, Any]) -> bytes:
    return json.dumps(info, indent=2).encode()


def is_skeletons(path: str) -> bool:
    """Tell whether a folder or address is one of skeletons rather than a volume."""
    content = open_store(path).get("info")
    return content is not None and json.loads(content).get("@type") == TYPE


def _claims(path: str) -> bool:
    if path.startswith(_SCHEMES):
        return True
    try:
        info = json.loads(Folder(path).get("info") or b"{}")
    except ValueError:  # damaged: the reader will say so
        return True
    return isinstance(info, dict) and (info.get("@type") == TYPE or "scales" in info)


FORMAT = SkeletonFormat(
    name="precomputed",
    title="Precomputed skeletons",
    read=read,
    write=write,
    labels=labels,
    check=check,
    claims=_claims,
    extra="precomputed",
    grows=True,
    signed=False,
    shards=True,
)
