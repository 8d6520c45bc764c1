"""Figures as files and in notebooks."""

from concurrent.futures import ThreadPoolExecutor

import matplotlib.style
import pytest
from PIL import Image

from kimimaro import view
from kimimaro.errors import InputError

from .conftest import line
from .pictures import as_skeleton


@pytest.mark.parametrize(
    ("suffix", "magic"), [(".png", b"\x89PNG"), (".pdf", b"%PDF"), (".svg", b"<?xml")]
)
def test_saved_file_is_complete_and_repeats(helix, tmp_path, suffix, magic):
    contents = []
    for name in ("first", "second"):
        path = tmp_path / (name + suffix.upper())
        view.save_figure(path, as_skeleton(helix), helix.labels, color="radius", dpi=80)
        contents.append(path.read_bytes())
    assert contents[0].startswith(magic)
    assert contents[0] == contents[1]
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        f"{n}{suffix.upper()}" for n in ("first", "second")
    ]


@pytest.mark.parametrize("suffix", [".pdf", ".svg"])
def test_threads_write_the_same_bytes(helix, tmp_path, suffix):
    def save(number):
        path = tmp_path / f"{number}{suffix}"
        view.save_figure(path, as_skeleton(helix), color="radius")
        return path.read_bytes()

    with ThreadPoolExecutor(8) as threads:
        assert len({save(0), *threads.map(save, range(1, 9))}) == 1
    assert matplotlib.rcParams["svg.hashsalt"] is None


@pytest.mark.parametrize("style", ["dark_background", {"savefig.bbox": "tight"}])
def test_the_style_of_the_user_changes_nothing(helix, tmp_path, style):
    skeletons = {1: as_skeleton(helix), 2: line(2, (0, 0, 0), (90, 90, 90))}
    contents = []
    for name in ("default", style):
        with matplotlib.style.context(name):
            view.save_figure(tmp_path / "a.png", skeletons, helix.labels, dpi=60)
            shown = view.figure(skeletons, color="radius")._repr_png_()
        contents.append(((tmp_path / "a.png").read_bytes(), shown))
    assert contents[0] == contents[1]


def test_file_is_replaced_and_not_written_over(helix, tmp_path):
    path, other = tmp_path / "picture.png", tmp_path / "other name of the old file"
    path.write_text("old")
    other.hardlink_to(path)
    view.save_figure(path, as_skeleton(helix), dpi=50)
    assert other.read_text() == "old"
    assert path.read_bytes().startswith(b"\x89PNG")


def test_failure_leaves_no_file_and_keeps_the_old_one(helix, tmp_path, monkeypatch):
    path = tmp_path / "picture.png"
    path.write_text("old")

    def fail(self, partial, **kwargs):
        partial.write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", fail)
    with pytest.raises(OSError, match="disk full"):
        view.save_figure(path, as_skeleton(helix))
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_other_suffix_is_refused(helix, tmp_path):
    with pytest.raises(InputError, match=r"picture\.jpg"):
        view.save_figure(tmp_path / "picture.jpg", as_skeleton(helix))


@pytest.mark.parametrize("dpi", ["300", None, True, 1, 5.9, 2401, float("nan")])
def test_other_resolution_is_refused(helix, tmp_path, dpi):
    with pytest.raises(InputError, match=rf"dpi is {dpi!r}; use a number from 6 to 2400"):
        view.save_figure(tmp_path / "a.png", as_skeleton(helix), dpi=dpi)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("color", ["label", "radius"])
def test_coarsest_resolution(helix, tmp_path, color):
    view.save_figure(tmp_path / "a.png", as_skeleton(helix), color=color, dpi=6)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width == pytest.approx(7.2 * 6, abs=1)


def test_notebook_shows_a_picture(helix):
    assert view.figure(as_skeleton(helix))._repr_png_().startswith(b"\x89PNG")
