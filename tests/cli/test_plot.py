"""kimimaro plot and kimimaro demo end with a picture, the demo with a page, too."""

from pathlib import Path

import numpy as np
import pytest

import kimimaro
from kimimaro.cli.demo import TISSUE_PARAMS
from kimimaro.formats import read_skeletons, write_skeletons
from kimimaro.testing.neuropil import neuropil
from kimimaro.view import save_figure

from .conftest import ANISOTROPY, KEYWORDS

pytest.importorskip("matplotlib")


@pytest.fixture
def source(tmp_path, labels):
    skeletons = kimimaro.skeletonize(labels, anisotropy=ANISOTROPY, progress=False, **KEYWORDS)
    write_skeletons(skeletons, tmp_path / "skeletons.npz")
    return tmp_path / "skeletons.npz"


def ink(path):
    """How much of a picture is not white."""
    from matplotlib.image import imread

    return float((imread(path)[..., :3] < 0.98).any(axis=-1).mean())


def test_plot_skeletons(tmp_path, run_json, source):
    picture = tmp_path / "new" / "a.png"
    content = run_json("plot", source, "-o", picture, "--color", "radius", "--dpi", "60")
    assert content == {"skeletons": 2, "picture": str(picture)}
    assert ink(picture) > 0.005


def test_plot_over_a_part_of_a_volume(tmp_path, run_json, labels, volume, source):
    args = ["-a", "16,16,40", "--dpi", "60", "--object-ids", "7", "--crop", "10:60,5:50,2:24"]
    run_json("plot", source, volume, "-o", tmp_path / "part.png", *args)
    drawn = read_skeletons(source)[7]
    drawn.vertices = drawn.vertices - np.array([160, 80, 80], dtype=np.float32)
    expected = tmp_path / "expected.png"
    save_figure(expected, {7: drawn}, labels[10:, 5:, 2:], ANISOTROPY, dpi=60)
    assert (tmp_path / "part.png").read_bytes() == expected.read_bytes()


def test_the_scale_bar_has_the_unit_that_the_skeletons_note(tmp_path, run_json, source):
    skeletons = read_skeletons(source)
    write_skeletons(skeletons, tmp_path / "um.npz", unit="um")
    run_json("plot", tmp_path / "um.npz", "-o", tmp_path / "a.png", "--dpi", "60")
    save_figure(tmp_path / "expected.png", skeletons, unit="um", dpi=60)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "expected.png").read_bytes()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["-o", "new/a.gif"], ".png"),
        (["-o", "new/a.png", "--color", "mood"], "mood"),
        (["-o", "a.png", "--object-ids", "7,999"], "--object-ids asks for 999"),
        (["-o", "a.png", "--object-ids", "1,2,3,4,5,6"], "asks for 1, 2, 3, 4, 5 and others, of"),
        (["-o", "a.png", "--dpi", "0"], "dpi is 0.0; use a number from 6 to 2400."),
        (["-o", "a.png", "--dpi", "nan"], "dpi is nan"),
        (["-o", "a.png", "--dpi", "1e9"], "dpi is 1000000000.0"),
    ],
)
def test_mistakes_give_one_sentence(tmp_path, run, source, monkeypatch, args, words):
    monkeypatch.chdir(tmp_path)
    code, _, err = run("plot", source, *args)
    assert code == 2
    assert words in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.slow
def test_demo_of_synthetic_tissue(tmp_path, run_json):
    args = ["--shape", "96,96,48", "--seed", "3"]
    content = run_json("demo", "-o", tmp_path / "demo", *args)
    assert content["shape"] == [96, 96, 48]
    assert content["anisotropy"] == [16, 16, 40]
    skeletons = read_skeletons(tmp_path / "demo" / "swc")
    assert len(skeletons) == content["skeletons"] > 5
    assert 0 < content["seconds"] < 100
    tissue = neuropil((96, 96, 48), ANISOTROPY, 3).labels
    expected = kimimaro.skeletonize(tissue, TISSUE_PARAMS, anisotropy=ANISOTROPY, progress=False)
    assert content["vertices"] == sum(len(skeleton.vertices) for skeleton in expected.values())
    assert ink(content["picture"]) > 0.01
    page = Path(content["page"]).read_text()
    assert "<title>synthetic tissue</title>" in page


def test_demo_of_a_file(tmp_path, run, volume):
    args = ["-a", "16,16,40", "-o", tmp_path / "demo"]
    code, out, _ = run("demo", volume, *args)
    assert code == 0
    assert "60 x 50 x 24 voxels" in out
    assert "2 skeletons of" in out
    assert set(read_skeletons(tmp_path / "demo" / "swc")) == {7, 2**40}
    assert ink(tmp_path / "demo" / "skeletons.png") > 0.01
    page = (tmp_path / "demo" / "skeletons.html").read_text()
    assert f'"labels": ["7", "{2**40}"]' in page


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--seed", "-1"], "--seed"),
        (["--seed", "1.5"], "--seed"),
        (["--shape", "64.5,64,32"], "is not a size in voxels: three whole numbers"),
        (["--shape", "64,64"], "is not a size in voxels"),
        (["--shape", "-64,64,32"], "shape is (-64, 64, 32); pass three whole numbers of at"),
        (["--shape", "1,1,1"], "shape is (1, 1, 1); pass"),
    ],
)
def test_demo_of_senseless_tissue(tmp_path, run, args, words):
    code, _, err = run("demo", "-o", tmp_path / "demo", "-q", *args)
    assert code == 2
    assert words in err
    assert "Traceback" not in err
    assert not (tmp_path / "demo").exists()
