"""Kinds of option values, from text and from parameter files."""

import click
import pytest

from kimimaro.cli.values import CROP, LABELS, POINT, ROOT, TRIPLE


@pytest.mark.parametrize("value", ["16,16,40", "16 16 40", "16, 16, 40.0", [16, 16, 40]])
def test_voxel_sizes(value):
    assert TRIPLE.convert(value, None, None) == (16.0, 16.0, 40.0)


def test_voxel_sizes_need_not_be_whole():
    assert TRIPLE.convert("0.55,0.55,7e-1", None, None) == (0.55, 0.55, 0.7)


@pytest.mark.parametrize("kind", [TRIPLE, POINT])
@pytest.mark.parametrize("value", ["16", "16,16", "1,2,3,4", "a,b,c", "", 7, None])
def test_refuses_what_is_not_three_numbers(kind, value):
    with pytest.raises(click.BadParameter, match="is not"):
        kind.convert(value, None, None)


def test_points_are_whole():
    assert POINT.convert("1,2,3", None, None) == (1, 2, 3)
    for value in ("1,2,3.5", [1, 2, 3.5]):
        with pytest.raises(click.BadParameter, match="whole numbers"):
            POINT.convert(value, None, None)


def test_roots():
    assert ROOT.convert("18446744073709551615:1,2,3", None, None) == (2**64 - 1, (1, 2, 3))
    assert ROOT.convert("-5:1,2,3", None, None) == (-5, (1, 2, 3))
    for value in ("1,2,3", "5:1,2", "x:1,2,3", "5:1,2,z"):
        with pytest.raises(click.BadParameter, match="root voxel"):
            ROOT.convert(value, None, None)


def test_labels(tmp_path):
    assert LABELS.convert("1,2, 5", None, None) == [1, 2, 5]
    assert LABELS.convert([3, 4], None, None) == [3, 4]
    path = tmp_path / "labels.txt"
    path.write_text("1\n-2, 3\n")
    assert LABELS.convert(f"@{path}", None, None) == [1, -2, 3]
    with pytest.raises(click.BadParameter, match="cannot be read"):
        LABELS.convert("@nothing.txt", None, None)
    for value in ("1,two", [1, 2.5]):
        with pytest.raises(click.BadParameter, match="not a list of labels"):
            LABELS.convert(value, None, None)


def test_crops():
    assert CROP.convert("0:5,2:,:9", None, None) == (slice(0, 5), slice(2, None), slice(None, 9))
    assert CROP.convert("0:5, :", None, None) == (slice(0, 5), slice(None, None))
    for value in ("0:5", "0:5,1:2:3,4:5", "a:b,0:1,0:1", "1,2,3"):
        with pytest.raises(click.BadParameter, match="is not a box"):
            CROP.convert(value, None, None)
