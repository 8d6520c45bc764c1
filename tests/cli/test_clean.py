"""kimimaro postprocess and kimimaro join do what the library does."""

import inspect

import numpy as np
import pytest
from osteoid import Skeleton

import kimimaro
from kimimaro.cli import join, postprocess
from kimimaro.formats import read_skeletons, write_skeletons

from .test_forge import options_of


def line(start, stop, radius=1.0):
    """A straight line of vertices one unit apart along x."""
    x = np.arange(start, stop, dtype=np.float32)
    vertices = np.column_stack([x, np.zeros_like(x), np.zeros_like(x)])
    edges = np.column_stack([np.arange(len(x) - 1), np.arange(1, len(x))]).astype(np.uint32)
    radii = np.full(len(x), radius, dtype=np.float32)
    return Skeleton(vertices, edges, radii=radii, space="physical")


@pytest.mark.parametrize(
    ("module", "function", "given"),
    [(postprocess, kimimaro.postprocess, "skeleton"), (join, kimimaro.join_close_components, "")],
)
def test_every_parameter_is_an_option_with_its_default(module, function, given):
    options = options_of(module.command)
    for name, parameter in inspect.signature(function).parameters.items():
        if name not in (given, "skeletons"):
            assert options[name].default == parameter.default


def test_postprocess(tmp_path, run_json):
    pieces = Skeleton.simple_merge([line(0, 5000), line(9000, 9010)])
    write_skeletons({5: pieces, 6: line(0, 10)}, tmp_path / "in.npz")
    args = ["--dust-threshold", "100", "--tick-threshold", "0"]
    summary = run_json("postprocess", tmp_path / "in.npz", "-o", tmp_path / "out.npz", *args)
    assert (summary["skeletons"], summary["dropped"]) == (1, 1)
    found = read_skeletons(tmp_path / "out.npz")
    assert list(found) == [5]
    assert found[5].cable_length() == 4999


def test_postprocess_refuses_a_negative_threshold(tmp_path, run):
    write_skeletons({5: line(0, 10)}, tmp_path / "in.npz")
    args = ["-o", tmp_path / "out", "--dust-threshold", "-1"]
    code, _, err = run("postprocess", tmp_path / "in.npz", *args)
    assert code == 2
    assert "dust_threshold is -1" in err


def test_join_one_source(tmp_path, run_json):
    pieces = Skeleton.simple_merge([line(0, 10), line(12, 20), line(40, 50)])
    write_skeletons({5: pieces}, tmp_path / "in.npz")
    args = ["--radius", "5"]
    summary = run_json("join", tmp_path / "in.npz", "-o", tmp_path / "out.npz", *args)
    assert summary["skeletons"] == 1
    assert len(read_skeletons(tmp_path / "out.npz")[5].components()) == 2


def test_join_several_sources(tmp_path, run_json):
    write_skeletons({5: line(0, 10), 6: line(0, 5)}, tmp_path / "a.npz")
    write_skeletons({5: line(12, 20)}, tmp_path / "b")
    run_json("join", tmp_path / "a.npz", tmp_path / "b", "-o", tmp_path / "out.npz")
    found = read_skeletons(tmp_path / "out.npz")
    assert set(found) == {5, 6}
    assert found[5].cable_length() == 19
    args = ["--restrict-by-radius"]
    run_json("join", tmp_path / "a.npz", tmp_path / "b", "-o", tmp_path / "apart.npz", *args)
    assert len(read_skeletons(tmp_path / "apart.npz")[5].components()) == 2
