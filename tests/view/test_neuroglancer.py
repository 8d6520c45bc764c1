"""What Neuroglancer is told and given, without a browser."""

import io
import json
import re
import socket
import sys
import urllib.error
import urllib.request
import zlib

import numpy as np
import pytest

from kimimaro.errors import DimensionError, InputError, InputTypeError
from kimimaro.formats import FormatError, MissingExtraError
from kimimaro.view import neuroglancer as ours

from .conftest import line

neuroglancer = pytest.importorskip("neuroglancer")


@pytest.fixture(autouse=True)
def server():
    ours.start_server()
    yield
    ours.stop_server()


def fetch(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read()


def source_of(shown, layer):
    """Return the key under which the server has a layer's source."""
    stored = json.dumps(shown.shared_state.raw_state["layers"][layer]["source"])
    return re.search(r"python://\w+/([\w.]+)", stored)[1]


def served(shown, box):
    """Return voxels of the labels as a browser gets them."""
    root = shown.get_viewer_url().split("/v/")[0]
    low, high = (",".join(str(end) for end in ends) for ends in zip(*box, strict=True))
    content = fetch(f"{root}/neuroglancer/npz/{source_of(shown, 0)}/1,1,1/{low}/{high}")
    return np.load(io.BytesIO(zlib.decompress(content)))


SMALL = np.arange(7 * 5 * 4).reshape(7, 5, 4)


@pytest.mark.parametrize(
    ("volume", "dtype"),
    [
        (SMALL.astype(np.uint8), "uint8"),
        (SMALL.astype(np.int16), "uint16"),
        (SMALL.astype(">u4"), "uint32"),
        (SMALL.astype(np.int64) + 2**62, "uint64"),
        (SMALL > 9, "uint8"),
        (np.asfortranarray(SMALL.astype(np.uint32)), "uint32"),
        (np.repeat(SMALL.astype(np.uint64), 2, axis=0)[::2], "uint64"),
    ],
)
def test_any_labels_are_served_as_they_are(pair, volume, dtype):
    shown = ours.viewer(pair, volume, (16, 16, 40))
    found = served(shown, [(1, 6), (0, 5), (2, 4)])
    assert found.dtype == dtype
    assert np.array_equal(found, volume[1:6, :, 2:4])


def test_a_flat_image(pair):
    image = SMALL[:, :, 0].astype(np.uint16)
    shown = ours.viewer(pair, image, (4, 4, 1))
    assert np.array_equal(served(shown, [(0, 7), (2, 5), (0, 1)])[:, :, 0], image[:, 2:5])
    assert shown.state.to_json()["layout"] == "xy"


def test_only_what_is_looked_at_is_read(tmp_path, pair):
    class Recorder:
        """A volume too large to have."""

        shape, dtype = (10**6, 10**6, 10**6), np.dtype(np.uint64)

        def __init__(self):
            self.boxes = []

        def __getitem__(self, box):
            self.boxes.append([part.stop - part.start for part in box])
            return np.full(self.boxes[-1], 7, dtype=np.uint64)

    volume = Recorder()
    shown = ours.viewer(pair, volume, (8, 8, 8))
    assert volume.boxes == []
    assert (served(shown, [(5 * 10**5, 5 * 10**5 + 8), (0, 8), (0, 4)]) == 7).all()
    assert volume.boxes == [[8, 8, 4]]


def test_skeletons_are_served_half_a_voxel_off(pair):
    left = 2**64 - 1
    shown = ours.viewer(pair, SMALL.astype(np.uint8), (16, 16, 40))
    root = shown.get_viewer_url().split("/v/")[0]
    key = source_of(shown, 1)
    content = fetch(f"{root}/neuroglancer/skeleton/{key}/{left}")
    count, edges = np.frombuffer(content, "<u4", 2)
    assert (count, edges) == (50, 49)
    vertices = np.frombuffer(content, "<f4", 150, 8).reshape(50, 3)
    assert np.allclose(vertices, pair[left].vertices + np.array([8, 8, 20]))
    assert np.frombuffer(content, "<u4", 98, 608).reshape(49, 2).tolist() == (
        pair[left].edges.tolist()
    )
    assert (np.frombuffer(content, "<f4", 50, 1000) == 20).all()
    info = json.loads(fetch(f"{root}/neuroglancer/skeletoninfo/{key}"))
    assert info["attributes"] == {"radius": {"dataType": "float32", "numComponents": 1}}
    assert info["coordinateSpace"]["x"] == [1e-9, "m"]
    with pytest.raises(urllib.error.HTTPError, match="404") as refused:
        fetch(f"{root}/neuroglancer/skeleton/{key}/12")
    refused.value.close()


def test_the_state(pair):
    shown = ours.viewer(
        pair, SMALL.astype(np.uint8), (16, 16, 40), labels=[2**63 + 1], position=(160, 32, 20)
    )
    state = shown.state
    assert state.dimensions.names == ("x", "y", "z")
    assert state.dimensions.scales == pytest.approx([16e-9, 16e-9, 40e-9])
    assert [layer.name for layer in state.layers] == ["labels", "skeletons"]
    assert list(state.layers["labels"].segments) == [2**63 + 1]
    matrix = state.layers["labels"].source[0].transform.matrix
    assert np.asarray(matrix)[:, 3].tolist() == [10, 2, 0.5]
    assert state.layers["skeletons"].linked_segmentation_group == "labels"
    assert (state.to_json()["layout"], state.show_slices) == ("4panel", False)
    assert shown.get_viewer_url().startswith("http://127.0.0.1:")


def test_all_is_in_view_at_first(pair):
    image = SMALL.astype(np.uint8)
    state = ours.viewer(pair, image, (16, 16, 40), position=(160, 32, 20)).state
    low = np.array([160, 32, 0]) / (16, 16, 40)  # the skeletons are in the plane z = 0
    high = np.array([4000, 2500, 180]) / (16, 16, 40)
    assert state.position.tolist() == ((low + high) / 2).tolist()
    assert state.projection_scale == pytest.approx(1.7 * 3840 / 16)
    assert state.cross_section_scale == pytest.approx(3840 / 16 / 340)
    assert state.projection_orientation is not None
    assert ours.viewer({}).state.position.tolist() == [0.5, 0.5, 0.5]


def test_without_a_volume_positions_are_physical(pair):
    state = ours.viewer(pair, unit="um", color="radius").state
    assert state.layers["skeletons"].linked_segmentation_group is None
    assert state.dimensions.scales == pytest.approx([1e-6] * 3)
    assert [layer.name for layer in state.layers] == ["skeletons"]
    assert sorted(state.layers["skeletons"].segments) == sorted(pair)
    assert "checkbox(default=true)" in state.layers["skeletons"].skeleton_shader


def test_what_is_unknown_has_no_part_in_the_scale(pair):
    left = 2**64 - 1
    pair[left].radii[:10] = -1
    shown = ours.viewer(pair, color="radius")
    shader = shown.state.layers["skeletons"].skeleton_shader
    assert "slider(min=20, max=60, default=20)" in shader
    assert "if (radius < -1e20)" in shader
    root = shown.get_viewer_url().split("/v/")[0]
    content = fetch(f"{root}/neuroglancer/skeleton/{source_of(shown, 0)}/{left}")
    radii = np.frombuffer(content, "<f4", 50, 1000)
    assert (radii[:10] == np.float32(-1e30)).all()
    assert (radii[10:] > 0).all()


@pytest.mark.parametrize(
    ("values", "logarithmic", "low", "high"),
    [
        ([1, 30], "true", 1, 30),
        ([1, 10], "false", 1, 10),
        ([-1, 30], "false", -1, 30),
        ([0, 0], "false", 0, 0.001),
        ([np.nan, np.nan], "false", 0, 1),
    ],
)
def test_the_scale_of_the_colors(pair, values, logarithmic, low, high):
    for skeleton, value in zip(pair.values(), values, strict=True):
        skeleton.depth = np.full(50, value, dtype=np.float32)
    shader = ours.viewer(pair, color="depth").state.layers["skeletons"].skeleton_shader
    assert f"bool logarithmic checkbox(default={logarithmic})" in shader
    assert f"lowest slider(min={low}, max={high}, default={low})" in shader


@pytest.mark.parametrize("name", ["cross section", "gr\u00f6\u00dfe"])
def test_names_that_are_no_words_of_a_shader(pair, name):
    for skeleton in pair.values():
        skeleton.add_vertex_attribute(name, np.ones(50))
    with pytest.raises(InputError, match=f"color is '{name}'; Neuroglancer takes names of"):
        ours.viewer(pair, color=name)


def test_the_longest_of_many_are_selected():
    many = {label: line(label, (0, label, 0), (label, label, 0), 2) for label in range(1, 1102)}
    state = ours.viewer(many).state
    assert sorted(state.layers["skeletons"].segments) == list(range(102, 1102))


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"labels": [3]}, InputError, "labels has 3"),
        ({"color": "mood"}, InputError, "'mood'"),
        ({"color": "a b"}, InputError, "'a b'"),
        ({"color": None}, InputTypeError, "color is None"),
        ({"unit": ["nm"]}, InputTypeError, r"unit is \['nm'\]"),
        ({"position": (1, 2)}, InputError, r"position is \(1, 2\)"),
        ({"position": "abc"}, InputError, "position is 'abc'"),
        ({"position": (0, float("nan"), 0)}, InputError, r"position is \(0, nan, 0\)"),
        ({"volume": np.zeros((2, 2, 2, 2), int)}, DimensionError, r"\(2, 2, 2, 2\)"),
        ({"volume": np.zeros((2, 2, 2))}, InputTypeError, "float64"),
        ({"volume": SMALL, "anisotropy": (1, 0, 1)}, FormatError, "anisotropy"),
    ],
)
def test_mistakes(pair, settings, error, words):
    with pytest.raises(error, match=words):
        ours.viewer(pair, **settings)


@pytest.mark.parametrize(
    "matrix", [np.diag([-1.0, 1, 1]), np.diag([0.0, 1, 1]), np.eye(3) + np.eye(3, k=1)]
)
def test_a_transform_that_does_more_than_scale_gives_no_voxel_size(pair, matrix):
    for skeleton in pair.values():
        skeleton.transform = np.column_stack([matrix, np.zeros(3)])
    ours.viewer(pair)
    ours.viewer(pair, SMALL, (4, 4, 4))
    with pytest.raises(InputError, match="no voxel size"):
        ours.viewer(pair, SMALL)


def test_a_radius_that_does_not_fit_is_named(pair):
    pair[2**64 - 1].radius = np.zeros(3, dtype=np.float32)
    with pytest.raises(InputError, match=rf"skeletons\[{2**64 - 1}\]\.radius has 3 entries for 50"):
        ours.viewer(pair)


def test_negative_labels():
    with pytest.raises(InputError, match="-4"):
        ours.viewer({-4: line(-4, (0, 0, 0), (1, 0, 0), 2)})


def test_a_taken_port():
    ours.stop_server()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"port {port}.*in use"):
            ours.start_server(port=port)
    with pytest.raises(InputError, match=r"address 203\.0\.113\.7"):
        ours.start_server("203.0.113.7")


def test_without_neuroglancer(monkeypatch, pair):
    monkeypatch.setitem(sys.modules, "neuroglancer", None)
    with pytest.raises(MissingExtraError, match=r"kimimaro\[view\]"):
        ours.viewer(pair)
    monkeypatch.undo()  # the server is stopped by it
