"""A small volume, and a shell to run commands in."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

import kimimaro
from kimimaro.cli import main

ANISOTROPY = (16.0, 16.0, 40.0)
PARAMETERS = ["--scale", "2", "--const", "60", "--dust-threshold", "30"]
"""For the small volume: short branches are drawn."""
KEYWORDS = {"teasar_params": {"scale": 2, "const": 60}, "dust_threshold": 30}
"""The same for the library."""
# A shell's background job, as this may be, ignores Ctrl-C unless told otherwise.
PROGRAM = [
    sys.executable,
    "-c",
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from kimimaro.cli import main; sys.exit(main())",
]


@pytest.fixture(scope="session")
def labels():
    """A cross of two tubes (7) beside a straight tube with a hole (2**40), and a speck (9)."""
    x, y, z = np.meshgrid(*[np.arange(n) for n in (60, 50, 24)], indexing="ij")
    image = np.zeros(x.shape, dtype=np.uint64)
    image[(y - 15) ** 2 + (z - 12) ** 2 < 20] = 7
    image[((x - 30) ** 2 + (z - 12) ** 2 < 16) & (y < 30)] = 7
    image[(y - 40) ** 2 + (z - 12) ** 2 < 30] = 2**40
    image[28:32, 39:42, 11:13] = 0
    image[0, 0, 0] = 9
    return image


@pytest.fixture
def volume(tmp_path, labels):
    """The volume as a file."""
    path = tmp_path / "labels.npy"
    np.save(path, labels)
    return path


@pytest.fixture
def skeletons(labels):
    """What the volume's two objects get."""
    return kimimaro.skeletonize(labels, anisotropy=ANISOTROPY, progress=False, **KEYWORDS)


@pytest.fixture
def run(capsys):
    """Run a command; return its exit code and what it printed."""

    def run_command(*args):
        code = main([str(arg) for arg in args])
        return code, *capsys.readouterr()

    return run_command


@pytest.fixture
def run_json(run):
    """Run a command that must succeed with --json and return what it says."""

    def run_command(*args):
        code, out, err = run(*args, "--json")
        assert code == 0, err
        return json.loads(out)

    return run_command


def assert_refused(result, *words):
    """Check that a command ended with one sentence, which has these words."""
    code, _, err = result
    assert code == 2
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert ".part" not in err
    for word in words:
        assert word in err
