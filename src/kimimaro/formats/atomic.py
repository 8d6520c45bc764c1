"""Files that are either whole or not there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary name beside ``path``; rename it to ``path`` if all goes well.

    Folders are made where they are missing, and a link leads to its file. The temporary file is
    removed on any failure, interruption included, and what stood at ``path`` before stays as it
    was. An error of the system names ``path``.
    """
    final = Path(os.path.realpath(path))
    part = final.with_name(f".{final.name}.{os.getpid()}.part")
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield part
        part.replace(final)
    except OSError as error:
        if error.filename is not None and Path(error.filename) == part:
            error.filename = str(path)
        raise
    finally:
        part.unlink(missing_ok=True)


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a whole file or nothing."""
    with replacing(path) as part:
        part.write_bytes(content)
