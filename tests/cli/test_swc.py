"""kimimaro swc from and to."""

from pathlib import Path

import numpy as np
import pytest
from osteoid import Skeleton

from kimimaro import memory
from kimimaro.cli.swc import _beside, draw
from kimimaro.errors import InputError, OutOfMemoryError
from kimimaro.formats import read_skeletons, read_unit, read_volume, write_skeletons

from .conftest import assert_refused


@pytest.fixture
def thinned():
    """A line with a corner, and a branch."""
    image = np.zeros((20, 15, 9), dtype=bool)
    image[2:18, 5, 4] = True
    image[10, 5:12, 4] = True
    image[17, 5, 4:8] = True
    return image


def test_from_an_image(tmp_path, run_json, thinned):
    np.save(tmp_path / "thinned.npy", thinned)
    content = run_json("swc", "from", tmp_path / "thinned.npy", "-a", "2,3,4")
    assert content["files"][0]["output"] == str(tmp_path / "thinned.swc")
    found = read_skeletons(tmp_path / "thinned.swc")
    assert list(found) == [1]
    (skeleton,) = found.values()
    expected = np.argwhere(thinned) * [2, 3, 4]
    assert sorted(skeleton.vertices.tolist()) == sorted(expected.tolist())
    assert len(skeleton.components()) == 1


def test_rings_are_opened(tmp_path, recwarn, run_json):
    ring = np.zeros((20, 20, 3), dtype=bool)
    ring[2:18, 2:18, 1] = True
    ring[3:17, 3:17, 1] = False
    np.save(tmp_path / "ring.npy", ring)
    run_json("swc", "from", tmp_path / "ring.npy", "-a", "1,1,1")
    (skeleton,) = read_skeletons(tmp_path / "ring.swc").values()
    assert len(skeleton.edges) == len(skeleton.vertices) - 1 > 50
    assert not recwarn


def test_a_part_of_an_image_stays_where_it_is(tmp_path, run_json, thinned):
    np.savez(tmp_path / "thinned.npz", labels=thinned, anisotropy=(2, 3, 4), unit="um")
    run_json("swc", "from", tmp_path / "thinned.npz", "--crop", "4:9,:,2:")
    (skeleton,) = read_skeletons(tmp_path / "thinned.swc").values()
    assert sorted(skeleton.vertices.tolist()) == [[2 * x, 15, 16] for x in range(4, 9)]
    assert read_unit(tmp_path / "thinned.swc") == "um"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("d/a.nii.gz", "d/a.swc"),
        ("A.TIF", "A.swc"),
        ("d/a.zarr/", "d/a.swc"),
        ("a.h5::/cells/b", "a.swc"),
        ("a.b.npy", "a.b.swc"),
        ("d/slices.1", "d/slices.1.swc"),
    ],
)
def test_files_lie_beside_their_source(source, name):
    assert _beside(source, None, ".swc") == Path(name)
    assert _beside(source, "out", ".swc") == Path("out", Path(name).name)


def test_to_an_image_and_back(tmp_path, run_json, thinned):
    np.save(tmp_path / "thinned.npy", thinned)
    run_json("swc", "from", tmp_path / "thinned.npy", "-o", tmp_path / "trees", "-a", "2,3,4")
    source = tmp_path / "trees" / "thinned.swc"
    run_json("swc", "to", source, "-a", "2,3,4", "--shape", "20,15,9")
    image = np.load(tmp_path / "trees" / "thinned.npy")
    (skeleton,) = read_skeletons(source).values()
    assert image.shape == thinned.shape
    assert not (image & ~thinned).any()
    assert image.sum() == len(skeleton.vertices)


@pytest.mark.parametrize("kind", ["npy", "tif"])
def test_images_of_both_kinds(tmp_path, run_json, kind):
    if kind == "tif":
        pytest.importorskip("tifffile")
    path = tmp_path / "5.swc"
    path.write_text("1 0 1 1 -1 1 -1\n2 0 6 1 1 1 1\n")
    content = run_json("swc", "to", path, "--format", kind, "-o", tmp_path / "images")
    image = read_volume(tmp_path / "images" / f"5.{kind}").labels != 0
    assert image.shape == (7, 2, 3)
    assert image.sum() == 6
    assert image[1, 1, 0]
    assert image[6, 1, 2]
    output = str(tmp_path / "images" / f"5.{kind}")
    told = {"source": str(path), "shape": [7, 2, 3], "origin": [0, 0, -1], "output": output}
    assert content == {"files": [told]}


def test_an_image_is_written_over_nothing(tmp_path, run):
    np.save(tmp_path / "5.npy", np.eye(3, dtype=np.uint8))
    (tmp_path / "5.swc").write_text("1 0 1 1 -1 1 -1\n")
    (tmp_path / "4.swc").write_text("1 0 1 1 -1 1 -1\n")
    result = run("swc", "to", tmp_path / "4.swc", tmp_path / "5.swc")
    assert_refused(result, f"{tmp_path / '5.npy'} exists and is not replaced; name another folder")
    assert np.load(tmp_path / "5.npy").dtype == np.uint8
    assert not (tmp_path / "4.npy").exists()


@pytest.mark.parametrize(("turn", "kind"), [("from", "npy"), ("to", "swc")])
def test_no_two_sources_go_to_one_file(tmp_path, run, turn, kind):
    sources = [tmp_path / folder / f"a.{kind}" for folder in "bc"]
    for source in sources:
        source.parent.mkdir()
        if kind == "npy":
            np.save(source, np.eye(3, dtype=bool))
        else:
            source.write_text("1 0 1 1 1 1 -1\n")
    result = run("swc", turn, *sources, "-o", tmp_path / "out")
    assert_refused(result, f"{sources[0]} and {sources[1]} would both go to {tmp_path / 'out'}")
    assert not (tmp_path / "out").exists()


def test_no_point_is_lost_wherever_it_lies():
    rng = np.random.default_rng(3)
    vertices = rng.uniform(-50, 50, (40, 3)).astype(np.float32)
    edges = np.column_stack([np.arange(39), np.arange(1, 40)]).astype(np.uint32)
    image, corner = draw(Skeleton(vertices, edges, space="physical"), (2.0, 2.0, 5.0))
    places = np.rint(vertices / [2, 2, 5]).astype(int) - corner
    assert (places >= 0).all()
    assert image[tuple(places.T)].all()


def test_lines_have_no_gaps():
    cc3d = pytest.importorskip("cc3d")
    vertices = np.array([[0, 0, 0], [40, 13, 7], [40, 60, 7], [3, 60, 30]], dtype=np.float32)
    edges = np.array([[0, 1], [2, 1], [2, 3]], dtype=np.uint32)
    image, _ = draw(Skeleton(vertices, edges, space="physical"), (1, 1, 1))
    _, count = cc3d.connected_components(image, connectivity=26, return_N=True)
    assert count == 1


def test_single_points_and_nothing():
    point = Skeleton(np.array([[3, 2, 1]], dtype=np.float32), space="physical")
    assert np.argwhere(draw(point, (1, 1, 1))[0]).tolist() == [[3, 2, 1]]
    assert draw(Skeleton(space="physical"), (1, 1, 1))[0].sum() == 0
    with pytest.raises(InputError, match=r"needs \[4, 3, 2\]"):
        draw(point, (1, 1, 1), (3, 3, 3))


def test_a_line_beyond_any_memory(monkeypatch):
    line = np.array([[0, 0, 0], [10**6, 0, 0]], dtype=np.float32)
    edges = np.array([[0, 1]], dtype=np.uint32)
    monkeypatch.setattr(memory, "free_memory", lambda: 2 * 10**6)
    with pytest.raises(OutOfMemoryError, match="drawing an image of 1,000,001 x 1 x 1 voxels"):
        draw(Skeleton(line, edges, space="physical"), (1, 1, 1))


@pytest.mark.parametrize(
    ("x", "shape", "error", "words"),
    [
        (1e7, None, OutOfMemoryError, "an image of 10,000,001 x 10,000,001 x 10,000,001 voxels"),
        (1, (10**8,) * 3, OutOfMemoryError, "an image of 100,000,000 x 100,000,000 x 100,000,000"),
        (1e9, (4, 4, 4), InputError, "but the skeleton needs"),
        (1e30, None, InputError, r"a vertex at \[1.*e\+30, .*--anisotropy"),
    ],
)
def test_images_beyond_any_memory(x, shape, error, words):
    point = Skeleton(np.array([[x, x, x]], dtype=np.float32), space="physical")
    with pytest.raises(error, match=words):
        draw(point, (1, 1, 1), shape)


@pytest.mark.parametrize("shape", ["64.7,9,9", "nan,9,9", "inf,9,9", "9,9"])
def test_what_is_no_shape(tmp_path, run, shape):
    code, _, err = run("swc", "to", tmp_path / "5.swc", "--shape", shape)
    assert code == 2
    assert "'--shape': " in err
    assert "is not a size in voxels: three whole numbers" in err


def test_mistakes_give_one_sentence(tmp_path, run):
    write_skeletons({5: Skeleton(space="physical")}, tmp_path / "5.swc")
    np.save(tmp_path / "5.npy", np.eye(3, dtype=bool))
    for args in (
        *(["to", tmp_path / "5.swc", "-a", f"{size},1,1"] for size in ("0", "-1", "nan", "inf")),
        *(["from", tmp_path / "5.npy", "-a", f"{size},1,1"] for size in ("0", "nan", "inf")),
        *(["to", tmp_path / "5.swc", "--shape", f"{size},9,9"] for size in ("0", "-1")),
        ["to", tmp_path],
        ["to", tmp_path / "nothing.swc"],
        ["from", tmp_path / "nothing.npy"],
    ):
        code, _, err = run("swc", *args)
        assert code == 2
        assert err.startswith("Error: ")
        assert err.count("\n") == 1
