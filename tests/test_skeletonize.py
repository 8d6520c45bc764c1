"""What the function promises: the form of the result and what each parameter does."""

from __future__ import annotations

import dataclasses
import json
import time

import numpy as np
import pytest
from osteoid import Skeleton

import kimimaro
from engine import Failing
from graphs import assert_same, cable, is_forest, pieces, tips, voxels
from kimimaro.testing import shapes
from volumes import tissue


def skeletonize(labels, **options):
    return kimimaro.skeletonize(labels, **({"dust_threshold": 0, "progress": False} | options))


@pytest.fixture(scope="module")
def labels():
    return tissue((40, 36, 30), labels=5, seed=0)


def cross(arm=20, width=3):
    """Three bars along the axes that cross; each tip is on a face of the volume."""
    n = 2 * arm + width
    labels = np.zeros((n, n, n), dtype=np.uint8)
    middle = slice(arm, arm + width)
    labels[:, middle, middle] = labels[middle, :, middle] = labels[middle, middle, :] = 1
    return labels


def test_form_of_the_result(labels):
    found = skeletonize(labels, anisotropy=(2, 3, 4))
    assert found
    for label, skeleton in found.items():
        assert type(label) is int
        assert isinstance(skeleton, Skeleton)
        assert skeleton.id == label
        assert skeleton.space == "physical"
        np.testing.assert_array_equal(skeleton.transform, np.diag([2, 3, 4, 0])[:3])
        n = len(skeleton.vertices)
        assert skeleton.vertices.shape == (n, 3)
        assert skeleton.vertices.dtype == np.float32
        assert skeleton.edges.shape[1] == 2
        assert skeleton.edges.dtype == np.uint32
        assert skeleton.radii.shape == (n,)
        assert skeleton.radii.dtype == np.float32
        assert skeleton.vertex_types.shape == (n,)
        assert skeleton.vertex_types.dtype == np.uint8
        assert not skeleton.vertex_types.any()
        assert (skeleton.radii > 0).all()
        for array in (skeleton.vertices, skeleton.edges, skeleton.radii, skeleton.vertex_types):
            assert array.flags.owndata
            assert array.flags.writeable


def test_input_is_not_changed(labels):
    before = labels.copy()
    for in_place in (False, True):
        skeletonize(labels, in_place=in_place)
        np.testing.assert_array_equal(labels, before)


def test_read_only_memory(labels):
    frozen = labels.copy()
    frozen.flags.writeable = False
    assert_same(skeletonize(frozen), skeletonize(labels))


def test_calls_leave_nothing_behind(labels):
    expected = skeletonize(labels)
    point = tuple(np.argwhere(labels == 1)[40].tolist())
    skeletonize(labels, extra_targets_before=[point], extra_targets_after=[point])
    assert_same(skeletonize(labels), expected)


def test_fix_borders(labels):
    without = skeletonize(labels, fix_borders=False)
    assert cable(without) < cable(skeletonize(labels))


def test_without_fix_branching_paths_follow_one_tree():
    shape = shapes.y_shape(arm=40, radius=5)
    both = [
        skeletonize(shape.labels, fix_branching=fix, teasar_params={"const": 10})[1]
        for fix in (True, False)
    ]
    for skeleton in both:
        assert is_forest(skeleton)
        assert len(np.unique(pieces(skeleton))) == 1
        assert len(tips(skeleton)) == 3
    assert both[1].cable_length() == pytest.approx(both[0].cable_length(), rel=0.15)


@pytest.mark.parametrize("fix_branching", [True, False])
def test_max_paths_keeps_what_it_drew(fix_branching):
    labels = cross()
    options = {"fix_branching": fix_branching, "return_report": True}
    # The root is one of the six border targets, so five paths lead to the others.
    for most in range(1, 8):
        found, report = skeletonize(
            labels, teasar_params={"const": 50, "max_paths": most}, **options
        )
        assert len(tips(found[1])) == min(most, 5) + 1
        assert [c.status for c in report.components] == ["truncated" if most < 5 else "traced"]
        assert report.components[0].paths == min(most, 5)


def test_max_paths_counts_per_component():
    labels = np.zeros((30, 30, 30), dtype=np.uint8)
    labels[2:28, 3:7, 3:7] = labels[2:28, 20:24, 20:24] = 1
    found = skeletonize(labels, teasar_params={"const": 5, "max_paths": 1})
    assert len(np.unique(pieces(found[1]))) == 2


def test_scale_and_const_prune(labels):
    many = skeletonize(labels, teasar_params={"scale": 0.5, "const": 1})
    few = skeletonize(labels, teasar_params={"scale": 0.5, "const": 20})
    assert cable(few) < 0.7 * cable(many)
    fewer = skeletonize(labels, teasar_params={"scale": 10, "const": 1})
    assert cable(fewer) < 0.7 * cable(many)


def test_targets_become_tips_in_explained_places_too():
    labels = np.zeros((60, 40, 40), dtype=np.uint8)
    labels[5:55, 10:30, 10:30] = 7
    points = [(30, 12, 12), (31, 28, 27)]
    plain = skeletonize(labels, teasar_params={"const": 300})
    assert not set(points) & set(map(tuple, voxels(plain[7], 1).tolist()))
    for name in ("extra_targets_before", "extra_targets_after"):
        for given in (points, np.array(points), tuple(points), points + points, iter(points)):
            found = skeletonize(labels, teasar_params={"const": 300}, **{name: given})[7]
            assert set(points) <= set(map(tuple, tips(found).astype(int).tolist()))
            assert is_forest(found)


@pytest.mark.parametrize("fix_borders", [True, False])
def test_a_target_is_no_root(fix_borders):
    labels = np.zeros((60, 20, 20), dtype=np.uint8)
    labels[:55, 5:15, 5:15] = 1
    options = {"teasar_params": {"const": 3}, "fix_borders": fix_borders}
    plain = skeletonize(labels, **options)[1]
    found = skeletonize(labels, extra_targets_before=[(31, 9, 9), (22, 6, 6)], **options)[1]
    assert found.vertices[0].tolist() == plain.vertices[0].tolist()
    assert (22, 6, 6) in map(tuple, found.vertices.astype(int).tolist())


def test_targets_are_sorted_to_their_labels():
    labels = np.zeros((50, 40, 20), dtype=np.int16)
    labels[5:45, 5:15, 5:15] = -3
    labels[5:45, 25:35, 5:15] = 12
    found = skeletonize(labels, extra_targets_before=[(20, 6, 6), (22, 33, 7)])
    assert (20, 6, 6) in map(tuple, voxels(found[-3], 1).tolist())
    assert (22, 33, 7) in map(tuple, voxels(found[12], 1).tolist())


def test_targets_with_types():
    labels = np.zeros((50, 20, 20), dtype=np.uint8)
    labels[5:45, 5:15, 5:15] = 1
    found = skeletonize(labels, extra_targets_after={(20, 6, 6): 3, (30, 14, 6): 5})[1]
    typed = found.vertex_types > 0
    assert dict(
        zip(
            map(tuple, found.vertices[typed].astype(int).tolist()),
            found.vertex_types[typed].tolist(),
            strict=True,
        )
    ) == {(20, 6, 6): 3, (30, 14, 6): 5}


def test_targets_on_dust_and_on_labels_not_wanted_are_left_out(labels):
    point = tuple(np.argwhere(labels == 2)[9].tolist())
    expected = skeletonize(labels, object_ids=[1])
    assert_same(skeletonize(labels, object_ids=[1], extra_targets_before=[point]), expected)
    assert skeletonize(labels, dust_threshold=10**6, extra_targets_before=[point]) == {}


def test_root():
    shape = shapes.rod(length=60, radius=5)
    line = shape.centerline[0]
    root = tuple(np.rint(line.mean(axis=0)).astype(int).tolist())
    options = {"teasar_params": {"const": 10}, "return_report": True}
    found, report = skeletonize(shape.labels, roots={1: root}, **options)
    assert len(tips(found[1])) == 2
    assert root in map(tuple, voxels(found[1], 1).tolist())
    assert report.components[0].paths == 2
    plain, report = skeletonize(shape.labels, **options)
    assert report.components[0].paths == 1
    assert len(tips(plain[1])) == 2


def test_object_ids(labels):
    everything = skeletonize(labels)
    for ids in ([2, 4], (4, 2), {2, 4}, np.array([2, 4]), [np.uint8(2), 4.0], iter([2, 4])):
        assert_same(skeletonize(labels, object_ids=ids), {n: everything[n] for n in (2, 4)})
    assert skeletonize(labels, object_ids=[]) == {}


def test_background_in_object_ids_is_passed_over(labels):
    found, report = skeletonize(labels, object_ids=np.unique(labels), return_report=True)
    assert_same(found, skeletonize(labels))
    assert report.missing == ()


def test_unknown_object_ids_cause_a_warning(labels):
    with pytest.warns(UserWarning, match="77$") as seen:
        found = skeletonize(labels, object_ids=[2, 77])
    assert set(found) == {2}
    assert seen[0].filename == __file__
    with pytest.warns(UserWarning, match="-5"):
        assert skeletonize(labels, object_ids=[-5, 2**70]) == {}
    with pytest.warns(UserWarning, match="has not: 71, 72, 73, 74, 75$"):
        skeletonize(labels, object_ids=range(71, 76))
    with pytest.warns(UserWarning, match=r"has not: 71, 72, 73, 74, 75, \.\.\.$"):
        skeletonize(labels, object_ids=range(71, 77))


def test_an_object_that_fails_does_not_take_the_others_along(monkeypatch):
    labels = np.zeros((30, 20, 5), dtype=np.uint8)
    labels[:, 2:7], labels[:, 12:17] = 1, 2
    expected = skeletonize(labels)
    monkeypatch.setattr("kimimaro._engine.Image", Failing)
    with pytest.warns(UserWarning, match="label 2 was not traced: no more$") as seen:
        found, report = skeletonize(labels, return_report=True)
    assert [warning.filename for warning in seen] == [__file__]
    [failed] = report.with_status("failed")
    assert (failed.label, failed.vertices, failed.message) == (2, 0, "no more")
    assert_same(found, {1: expected[1]})


def test_report(labels):
    labels = np.pad(labels, 3)
    labels[0, 0, 0] = 99
    found, report = skeletonize(labels, dust_threshold=100, return_report=True)
    assert {c.label for c in report.components} == set(np.unique(labels[labels > 0]).tolist())
    assert sum(c.voxels for c in report.components) == np.count_nonzero(labels)
    for component in report.components:
        assert component.status == ("dust" if component.voxels <= 100 else "traced")
        kinds = {type(value) for value in dataclasses.astuple(component)}
        assert kinds == {int, str, float, bool}
    assert report.with_status("dust") == tuple(c for c in report.components if c.status == "dust")
    assert {c.label for c in report.with_status("traced")} == set(found)
    for c in report.with_status("dust"):
        assert c == kimimaro.ComponentReport(c.label, c.voxels, "dust")
    as_read = json.loads(json.dumps(report.as_dict()))
    assert [kimimaro.ComponentReport(**c) for c in as_read["components"]] == list(report.components)
    assert (as_read["missing"], as_read["stages"]) == ([], report.stages)
    report.as_dict()["stages"].clear()
    assert report.stages
    for label, skeleton in found.items():
        mine = [c for c in report.with_status("traced") if c.label == label]
        assert sum(c.vertices for c in mine) == len(skeleton.vertices)
        assert all(c.paths >= 1 and c.seconds >= 0 and not c.soma for c in mine)
        assert max(c.max_dbf for c in mine) >= skeleton.radii.max()
    with pytest.warns(UserWarning, match="55"):
        _, report = skeletonize(labels, object_ids=[1, 55], return_report=True)
    assert report.missing == (55,)


def test_report_tells_where_the_time_went(labels):
    start = time.perf_counter()
    _, report = skeletonize(labels, return_report=True)
    seconds = time.perf_counter() - start
    tracing = ["masks", "daf", "penalties", "paths", "invalidation"]
    assert list(report.stages) == ["components", "targets", "distances", *tracing, "skeletons"]
    assert all(spent > 0 for spent in report.stages.values())
    assert sum(report.stages.values()) <= seconds
    assert sum(report.stages[s] for s in tracing) <= sum(c.seconds for c in report.components)


def test_several_components_become_one_skeleton():
    labels = np.zeros((40, 40, 10), dtype=np.uint8)
    labels[3:37, 3:8, 3:7] = labels[3:37, 20:25, 3:7] = 4
    found = skeletonize(labels)
    assert list(found) == [4]
    assert len(np.unique(pieces(found[4]))) == 2
    assert is_forest(found[4])


def test_cube_invalidates_more_than_ball():
    # The corner of a cube reaches where the ball does not.
    labels = tissue((40, 36, 30), labels=2, seed=3)
    ball, cube = (
        skeletonize(labels, teasar_params={"const": 4, "invalidation": kind})
        for kind in ("ball", "cube")
    )
    assert cable(cube) < cable(ball)


def test_ball_does_not_reach_a_neighbouring_fold():
    # A branch that leaves a bar, turns round and comes back to end near it: its tip lies in the
    # balls around the bar's path, but hangs together with that path only outside of them.
    labels = np.zeros((160, 50, 10), dtype=np.uint8)
    labels[3:157, 3:8, 3:8] = 1
    labels[20:25, 3:45, 3:8] = 1
    labels[20:40, 40:45, 3:8] = 1
    labels[35:40, 12:45, 3:8] = 1
    tip = np.array([37, 12, 5])
    gaps = {}
    for kind in ("ball", "cube"):
        params = {"scale": 1, "const": 12, "invalidation": kind}
        options = {"teasar_params": params, "fix_borders": False, "roots": {1: (3, 5, 5)}}
        found = skeletonize(labels, **options)[1]
        assert len(tips(found)) == 3
        gaps[kind] = np.linalg.norm(tips(found) - tip, axis=1).min()
    assert gaps["ball"] < 4
    assert gaps["cube"] > 5
