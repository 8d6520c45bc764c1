import numpy as np
import pytest
from osteoid import Skeleton

from kimimaro.errors import InputError
from kimimaro.view.lines import as_lines
from kimimaro.view.scene import as_scene

from .conftest import line


@pytest.fixture
def scene(tissue):
    return as_scene(as_lines(tissue[1]))


def test_measures_agree_with_osteoid(tissue, scene):
    skeletons = tissue[1]
    assert scene.labels == sorted(skeletons)
    for i, label in enumerate(scene.labels):
        skeleton = skeletons[label]
        assert scene.lengths[i] == pytest.approx(skeleton.cable_length(), rel=1e-5)
        assert scene.components[i] == len(skeleton.components())
        assert scene.tips[i] == len(skeleton.terminals())
        assert scene.branches[i] == len(skeleton.branches())


def test_points_and_strokes_lie_label_after_label(tissue, scene):
    for i, label in enumerate(scene.labels):
        skeleton = tissue[1][label]
        first, last = scene.first_vertex[i : i + 2]
        assert np.allclose(scene.points[first:last] + scene.origin, skeleton.vertices, atol=1e-2)
        begin, end = scene.first_stroke[i : i + 2]
        edges = {tuple(sorted(edge)) for edge in (scene.strokes[begin:end] - first).tolist()}
        assert {tuple(sorted(edge)) for edge in skeleton.edges.tolist()} <= edges
        assert (
            len(edges)
            == len(skeleton.edges)
            + (np.bincount(skeleton.edges.ravel(), minlength=len(skeleton.vertices)) == 0).sum()
        )


def test_a_lone_vertex_is_a_stroke_from_itself_to_itself():
    lone = Skeleton(np.array([[5, 5, 5]], dtype=np.float32), segid=2, space="physical")
    scene = as_scene(as_lines({2: lone, 3: line(3, (0, 0, 0), (9, 0, 0), 3)}))
    assert scene.strokes.tolist() == [[0, 0], [1, 2], [2, 3]]
    assert scene.first_stroke.tolist() == [0, 1, 3]
    assert scene.components.tolist() == [1, 1]
    assert scene.lengths.tolist() == [0, 9]


def test_the_last_label_may_have_nothing():
    lone = Skeleton(np.array([[5, 5, 5]], dtype=np.float32), segid=2, space="physical")
    scene = as_scene(as_lines({1: line(1, (0, 0, 0), (9, 0, 0), 3), 2: lone, 3: Skeleton()}))
    assert scene.labels == [1, 2, 3]
    assert scene.strokes.tolist() == [[0, 1], [1, 2], [3, 3]]
    assert scene.first_vertex.tolist() == [0, 3, 4, 4]
    assert scene.first_stroke.tolist() == [0, 2, 3, 3]
    assert scene.lengths.tolist() == [9, 0, 0]
    assert scene.components.tolist() == [1, 1, 0]
    assert scene.branches.tolist() == [0, 0, 0]
    assert scene.tips.tolist() == [2, 0, 0]


def test_positions_far_from_zero_keep_their_differences():
    far = line(1, (2**24, 0, 0), (2**24 + 8, 0, 0), 3)
    scene = as_scene(as_lines({1: far}))
    assert scene.points[:, 0].tolist() == [-4, 0, 4]
    assert scene.origin.tolist() == [2**24 + 4, 0, 0]


def test_attributes_are_unknown_where_a_skeleton_has_none():
    first, second = line(1, (0, 0, 0), (9, 0, 0), 2), line(2, (0, 5, 0), (9, 5, 0), 2)
    first.cross_sectional_area = np.array([7, -1], dtype=np.float32)
    second.cross_sectional_area = np.array([8, 0], dtype=np.float32)
    second.vertex_types[:] = [1, 2]
    second.add_vertex_attribute("depth", np.array([-3.0, 4.0]))
    second.normal = np.ones((2, 3))
    second.extra_attributes.append({"id": "normal", "data_type": "float64", "num_components": 3})
    found = {a.name: a for a in as_scene(as_lines({1: first, 2: second})).attributes}
    assert list(found) == ["radius", "cross_sectional_area", "vertex_types", "depth"]
    area = found["cross_sectional_area"]
    assert (area.title, area.power) == ("Cross section", 2)
    assert np.array_equal(area.values, [7, np.nan, 8, np.nan], equal_nan=True)
    assert found["vertex_types"].values.tolist() == [0, 0, 1, 2]
    assert np.array_equal(found["depth"].values, [np.nan, np.nan, -3, 4], equal_nan=True)


def test_attributes_need_not_be_registered():
    first, second = line(1, (0, 0, 0), (9, 0, 0), 2), line(2, (0, 5, 0), (9, 5, 0), 2)
    second.space, second.transform = "voxel", np.eye(3, 4) * 2
    for skeleton in (first, second):
        skeleton.mood = np.array([7, 9], dtype=np.uint16)
        skeleton.note = np.array(["a", "b"])
        skeleton.directions = np.ones((2, 3))
    lines = as_lines({1: first, 2: second})
    assert lines.points[3].tolist() == [18, 10, 0]
    assert lines.attribute("mood").tolist() == [7, 9, 7, 9]
    found = {a.name: a.values.tolist() for a in as_scene(lines).attributes}
    assert found == {"radius": [20] * 4, "mood": [7, 9, 7, 9]}


def test_infinite_values_are_unknown():
    skeleton = line(1, (0, 0, 0), (0, 0, 0), 2)
    skeleton.radius[1] = np.inf
    values = as_scene(as_lines(skeleton)).attributes[0].values
    assert np.array_equal(values, [20, np.nan], equal_nan=True)


def test_nothing():
    scene = as_scene(as_lines({}))
    assert len(scene.points) == len(scene.strokes) == len(scene.labels) == 0
    assert scene.first_vertex.tolist() == [0]


def test_an_edge_to_nowhere():
    broken = line(1, (0, 0, 0), (9, 0, 0), 3)
    broken.edges = np.array([[0, 1], [1, 3]], dtype=np.uint32)
    with pytest.raises(InputError, match="vertex 3"):
        as_scene(as_lines({1: broken}))
