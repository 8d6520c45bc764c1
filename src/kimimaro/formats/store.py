"""Named blobs in a folder or under a cloud address."""

from __future__ import annotations

import contextlib
import json
import posixpath
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kimimaro.errors import KimimaroError
from kimimaro.formats.atomic import write_bytes
from kimimaro.formats.base import FormatError, require


class Folder:
    """Files in a local folder, each written whole or not at all."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def get(self, name: str) -> bytes | None:
        """Return a file's content, None where there is none."""
        file = self.path / name
        return file.read_bytes() if file.is_file() else None

    def put(self, name: str, content: bytes) -> None:
        """Write a file."""
        write_bytes(self.path / name, content)

    def names(self) -> list[str]:
        """List the files."""
        if not self.path.is_dir():
            return []
        return [entry.name for entry in self.path.iterdir() if entry.is_file()]

    def is_filled(self) -> bool:
        """Tell whether there are files or folders."""
        return self.path.is_dir() and any(self.path.iterdir())

    def replace_all(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Put a folder of these files in the place of the old one, once they are all written."""
        final = self.path.resolve()  # . has no name
        part, old = (final.with_name(f".{final.name}.{word}") for word in ("part", "old"))
        for left in (part, old):
            shutil.rmtree(left, ignore_errors=True)
        try:
            for name, content in files:
                Folder(part).put(name, content)
            if final.exists():
                final.replace(old)
            part.replace(final)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)

    def within(self, name: str) -> Folder:
        """Return the folder of that name inside this one."""
        return Folder(self.path / name)


class Cloud:
    """Objects under an address such as gs://bucket/layer, by cloud-files."""

    def __init__(self, address: str) -> None:
        cloudfiles = require("cloudfiles", "precomputed", "Reaching cloud storage")
        self.address = address
        with reaching(address):
            self._files: Any = cloudfiles.CloudFiles(address, progress=False)

    def get(self, name: str) -> bytes | None:
        """Return an object's content, None where there is none."""
        with reaching(self.address):
            content: bytes | None = self._files.get(name)
        return content

    def put(self, name: str, content: bytes) -> None:
        """Write an object."""
        with reaching(self.address):
            self._files.put(name, content, cache_control="no-cache")

    def names(self) -> list[str]:
        """List the objects."""
        with reaching(self.address):
            return list(self._files.list(flat=True))

    def is_filled(self) -> bool:
        """Tell whether there are objects."""
        return bool(self.names())

    def replace_all(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write objects and then remove the others, as an address cannot be renamed."""
        old = set(self.names())
        for name, content in files:
            self.put(name, content)
            old.discard(name)
        with reaching(self.address):
            self._files.delete(old)

    def within(self, name: str) -> Cloud:
        """Return the objects below that name."""
        return Cloud(posixpath.join(self.address, name))


@contextlib.contextmanager
def reaching(address: str) -> Iterator[None]:
    """Turn whatever the libraries for cloud storage raise into one sentence."""
    if not address.rpartition("://")[2].strip("/"):
        raise FormatError(f"{address} names no place; an address is such as gs://bucket/folder.")
    try:
        yield
    except (KimimaroError, MemoryError, json.JSONDecodeError):
        raise
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise FormatError(
            f"{address} cannot be reached: {lines[0].split('. ')[0].rstrip('.')}; check the "
            "address, the network and, unless everybody may read it, the credentials."
        ) from error


def plain(path: str) -> str:
    """Return the local path or the address that a path means, however Neuroglancer spells it."""
    return path.removeprefix("precomputed://").removeprefix("file://")


def open_store(path: str) -> Folder | Cloud:
    """Open a folder or an address; file:// is a folder."""
    path = plain(path)
    return Cloud(path) if "://" in path else Folder(path)
