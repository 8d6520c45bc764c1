"""kimimaro connect draws what connect_points does."""

import re

import numpy as np
import pytest

import kimimaro
from kimimaro.formats import read_skeletons

SIZE = ["-a", "16,16,40"]
ENDS = ["--start", "2,15,12", "--end", "30,2,12"]


def test_a_path_is_written(tmp_path, volume, labels, run, run_json):
    code, out, err = run("connect", volume, *ENDS, "-o", tmp_path / "path.npz", *SIZE)
    assert (code, err) == (0, "")
    assert "1 skeleton of" in out
    expected = kimimaro.connect_points(labels, (2, 15, 12), (30, 2, 12), (16, 16, 40))
    found = read_skeletons(tmp_path / "path.npz")[7]
    np.testing.assert_array_equal(found.vertices, expected.vertices)
    np.testing.assert_array_equal(found.radii, expected.radii)
    summary = run_json("connect", volume, *ENDS, "-o", tmp_path / "path", *SIZE)
    assert summary["label"] == 7
    assert (tmp_path / "path" / "7.swc").is_file()


@pytest.mark.parametrize(
    ("args", "keywords"),
    [
        (["--pdrf-scale", "0"], {"pdrf_scale": 0}),
        (["--pdrf-exponent", "1.5"], {"pdrf_exponent": 1.5}),
    ],
)
def test_options_are_the_parameters(tmp_path, volume, labels, run, args, keywords):
    code, _, err = run("connect", volume, *ENDS, "-o", tmp_path / "p.npz", *SIZE, *args)
    assert (code, err) == (0, "")
    expected = kimimaro.connect_points(labels, (2, 15, 12), (30, 2, 12), (16, 16, 40), **keywords)
    found = read_skeletons(tmp_path / "p.npz")[7]
    np.testing.assert_array_equal(found.vertices, expected.vertices)


def test_points_are_voxels_of_the_file_in_a_crop(tmp_path, volume, labels, run):
    crop = ["--crop", "1:50,1:40,2:20"]
    code, _, err = run("connect", volume, *ENDS, "-o", tmp_path / "p.npz", *SIZE, *crop)
    assert (code, err) == (0, "")
    found = read_skeletons(tmp_path / "p.npz")[7]
    np.testing.assert_array_equal(found.vertices[0], np.multiply((2, 15, 12), (16, 16, 40)))
    np.testing.assert_array_equal(found.vertices[-1], np.multiply((30, 2, 12), (16, 16, 40)))
    args = [*SIZE, *crop, "--no-offset"]
    run("connect", volume, *ENDS, "-o", tmp_path / "p.npz", *args)
    expected = kimimaro.connect_points(
        labels[1:50, 1:40, 2:20], (1, 14, 10), (29, 1, 10), (16, 16, 40)
    )
    found = read_skeletons(tmp_path / "p.npz")[7]
    np.testing.assert_array_equal(found.vertices, expected.vertices)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("2,40,12", r"start \(2, 40, 12\) lies on label 1099511627776"),
        ("2,2,2", "lies on background"),
        ("99,2,2", "lies outside the image"),
        ("5", "is not a voxel"),
    ],
)
def test_bad_points_are_refused(tmp_path, volume, run, start, message):
    args = ["--start", start, "--end", "30,2,12"]
    code, _, err = run("connect", volume, *args, "-o", tmp_path / "p.npz", *SIZE)
    assert code == 2
    assert re.search(message, err)
    assert not (tmp_path / "p.npz").exists()


@pytest.mark.parametrize("end", ["--start", "--end"])
def test_both_ends_are_needed(tmp_path, volume, run, end):
    code, _, err = run("connect", volume, end, "2,15,12", "-o", tmp_path / "p.npz", *SIZE)
    assert code == 2
    assert f"Missing option '{'--end' if end == '--start' else '--start'}'" in err


def test_bad_points_are_named_as_they_were_given_in_a_crop(tmp_path, volume, run):
    args = ["--start", "2,15,12", "--end", "2,40,12", "--crop", "1:50,1:,2:"]
    code, _, err = run("connect", volume, *args, "-o", tmp_path / "p.npz", *SIZE)
    assert code == 2
    assert "start (2, 15, 12) lies on label 7 and end (2, 40, 12) on label" in err
    assert err.endswith("; what was read begins at the voxel (1, 1, 2).\n")
