"""What several test files share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real volumes; a test that needs it is skipped where there is none."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("KIMIMARO_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no real volumes: KIMIMARO_DATA ({folder}) is no folder")
    return folder
