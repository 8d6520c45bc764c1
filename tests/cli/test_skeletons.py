"""Writing from commands: what an interruption leaves, and how lengths are said."""

import numpy as np
import pytest
from osteoid import Skeleton

from kimimaro.cli.skeletons import cable_length, shown_unit, write
from kimimaro.cli.terminal import Interrupted, Terminal
from kimimaro.formats import LabelVolume, existing_labels, write_skeletons


class CutOff(dict):
    """Skeletons of which Ctrl-C lets only two be seen."""

    def items(self):
        for number, item in enumerate(super().items()):
            if number == 2:
                raise KeyboardInterrupt
            yield item


@pytest.fixture
def skeletons():
    line = Skeleton(
        np.array([[0, 0, 0], [3, 4, 0], [3, 4, 12]], dtype=np.float32),
        np.array([[0, 1], [1, 2]], dtype=np.uint32),
        space="physical",
    )
    return dict.fromkeys((1, 2, 3, 4), line)


@pytest.mark.parametrize("name", ["swc", "precomputed"])
def test_an_interruption_keeps_what_is_written(tmp_path, skeletons, name):
    terminal = Terminal(quiet=True, as_json=False)
    with pytest.raises(Interrupted, match=r"2 of 4 skeletons are whole in .*--resume"):
        write(CutOff(skeletons), str(tmp_path / "out"), terminal, format=name)
    assert existing_labels(tmp_path / "out", format=name) == {1, 2}


def test_an_interruption_leaves_no_half_file(tmp_path, skeletons):
    terminal = Terminal(quiet=True, as_json=False)
    with pytest.raises(Interrupted, match=r"out\.npz was not written"):
        write(CutOff(skeletons), str(tmp_path / "out.npz"), terminal, format=None)
    assert list(tmp_path.iterdir()) == []


def test_cable_length(skeletons):
    assert cable_length(skeletons[1]) == 17
    assert cable_length(Skeleton()) == 0


@pytest.mark.parametrize(
    ("given", "volume", "noted", "shown"),
    [
        ("mm", "nm", "um", "mm"),
        (None, "nm", None, "nm"),
        (None, "\u00b5m", "um", "\u00b5m"),
        (None, None, "um", "um"),
        (None, "voxel", "um", "um"),
        (None, "voxel", None, "voxel"),
        (None, None, None, "nm"),
    ],
)
def test_lengths_are_shown_in_the_unit_that_is_known(
    tmp_path, capsys, skeletons, given, volume, noted, shown
):
    source = str(tmp_path / "a.npz")
    write_skeletons(skeletons, source, unit=noted)
    image = LabelVolume(np.zeros((2, 2, 2), dtype=np.uint8), (1, 1, 1), volume, "a test")
    assert shown_unit(given, source, image) == shown
    if volume is None:
        assert shown_unit(given, source) == shown
    assert capsys.readouterr().err == ""


def test_a_volume_and_skeletons_in_different_units_are_pointed_out(tmp_path, capsys, skeletons):
    source = str(tmp_path / "a.npz")
    write_skeletons(skeletons, source, unit="um")
    image = LabelVolume(np.zeros((2, 2, 2), dtype=np.uint8), (1, 1, 1), "nm", "a test")
    assert shown_unit(None, source, image) == "nm"
    assert f"Warning: VOLUME is in nm, but {source} in um; lengths" in capsys.readouterr().err
