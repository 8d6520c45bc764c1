"""Layers for napari; the parts that need napari itself do without a window."""

import numpy as np
import pytest
from osteoid import Skeleton

from kimimaro.errors import InputError, InputTypeError
from kimimaro.formats import write_skeletons
from kimimaro.napari import get_reader, layers


@pytest.fixture
def skeletons():
    made = {}
    for label, shift in ((3, 0), (2**64 - 1, 100)):
        vertices = np.array([[0, 0, 0], [10, 0, 0], [10, 20, 0], [10, 0, 30]]) + shift
        made[label] = Skeleton(
            vertices.astype(np.float32),
            np.array([[0, 1], [1, 2], [1, 3]], dtype=np.uint32),
            radii=np.array([1, 3, 5, 7], dtype=np.float32),
            segid=label,
            space="physical",
        )
    return made


def test_a_vector_per_edge(skeletons):
    [(data, settings, kind)] = layers(skeletons)
    assert kind == "vectors"
    assert data.shape == (6, 2, 3)
    assert data.dtype == np.float32
    assert data[1].tolist() == [[10, 0, 0], [0, 20, 0]]
    assert data[5].tolist() == [[110, 100, 100], [0, 0, 30]]
    assert settings["features"]["label"].tolist() == [3] * 3 + [2**64 - 1] * 3
    assert settings["features"]["label"].dtype == np.uint64
    assert settings["features"]["radius"].tolist() == [2, 4, 5] * 2
    assert settings["vector_style"] == "line"
    colors = settings["edge_color"]
    assert colors.shape == (6, 3)
    assert (colors[0] == colors[2]).all()
    assert (colors[0] != colors[3]).any()


def test_an_attribute_gives_the_color(skeletons):
    [(_, settings, _)] = layers(skeletons, color="radius")
    assert (settings["edge_color"], settings["edge_colormap"]) == ("radius", "viridis")


def test_edges_are_half_as_wide_as_they_are_long_or_wide_enough_to_be_seen(skeletons):
    for shift, width in ((0, 10), (10_000, 10_110 / 500)):
        skeletons[2**64 - 1].vertices[:, 1] += shift
        [(_, settings, _)] = layers(skeletons)
        assert settings["edge_width"] == pytest.approx(width, rel=0.01)


def test_the_order_of_the_axes(skeletons):
    [(straight, *_)], [(turned, *_)] = layers(skeletons), layers(skeletons, axes="zyx")
    assert np.array_equal(turned, straight[:, :, ::-1])


def test_labels_of_both_ends_of_64_bits(skeletons):
    skeletons[-5] = skeletons.pop(3)
    [(_, settings, _)] = layers(skeletons)
    assert settings["features"]["label"].tolist() == [-5] * 3 + [2**64 - 1] * 3
    skeletons[-(2**63)] = skeletons.pop(2**64 - 1)
    [(_, settings, _)] = layers(skeletons)
    assert settings["features"]["label"].dtype == np.int64
    assert settings["features"]["label"].tolist() == [-(2**63)] * 3 + [-5] * 3


def test_what_cannot_be_shown(skeletons):
    assert layers({}) == []
    with pytest.raises(InputError, match="axes is 'yx'"):
        layers(skeletons, axes="yx")
    with pytest.raises(InputError, match=r"'mood'.*label, radius"):
        layers(skeletons, color="mood")
    with pytest.raises(InputTypeError, match="skeletons"):
        layers(5)


def undirected(data):
    """Return the edges of a layer as pairs of points."""
    return {frozenset([tuple(a), tuple(a + b)]) for a, b in data}


@pytest.mark.parametrize("name", ["skeletons.npz", "cells.parquet", "swc"])
def test_the_reader(tmp_path, skeletons, name):
    write_skeletons(skeletons, tmp_path / name)
    path = str(tmp_path / name)
    [(data, settings, _)] = get_reader(path)(path)
    assert settings["name"] == name
    for given in ([path], tmp_path / name):
        [(again, *_)] = get_reader(path)(given)
        assert np.array_equal(again, data)
    [(expected, *_)] = layers(skeletons, axes="zyx")
    assert undirected(data) == undirected(expected)


def test_the_reader_leaves_other_files_alone(tmp_path):
    np.savez(tmp_path / "labels.npz", np.zeros((3, 3, 3), dtype=np.uint8))
    np.save(tmp_path / "labels.npy", np.zeros(3))
    (tmp_path / "empty").mkdir()
    for name in ("labels.npz", "labels.npy", ".", "empty"):
        assert get_reader(str(tmp_path / name)) is None
    assert get_reader([str(tmp_path / "labels.npz")]) is None


@pytest.mark.filterwarnings("ignore")  # napari uses what its own libraries are about to drop
@pytest.mark.parametrize("color", ["label", "radius"])
def test_napari_takes_the_layers(skeletons, color):
    Layer = pytest.importorskip("napari.layers").Layer
    [made] = layers(skeletons, color=color)
    layer = Layer.create(*made)
    assert layer.data.shape == (6, 2, 3)
    assert layer.features["label"].tolist() == [3] * 3 + [2**64 - 1] * 3
    seen = np.asarray(layer.edge_color)
    changes = (seen[1:] != seen[:-1]).any(axis=1).sum()
    assert changes == (1 if color == "label" else 5)


@pytest.mark.filterwarnings("ignore")
def test_napari_opens_a_file_through_the_plugin(tmp_path, skeletons):
    ViewerModel = pytest.importorskip("napari.components").ViewerModel
    from npe2 import PluginManager

    PluginManager.instance().discover()  # as napari does when its window opens
    write_skeletons(skeletons, tmp_path / "swc")
    viewer = ViewerModel()
    viewer.open(str(tmp_path / "swc"), plugin="kimimaro")
    [layer] = viewer.layers
    assert layer.name == "swc"
    assert layer.data.shape == (6, 2, 3)
