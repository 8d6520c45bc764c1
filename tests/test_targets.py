"""The order in which mandatory targets are taken."""

from __future__ import annotations

import itertools

import numpy as np

import kimimaro
from kimimaro.targets import NONE, TargetList, in_order


def targets(*points):
    """Targets of one component."""
    return TargetList.of([(0, point) for point in points])


def pairs(found):
    return list(zip(found.components.tolist(), map(tuple, found.points.tolist()), strict=True))


def test_order_of_border_targets_does_not_depend_on_the_order_given():
    points = [(5, 0, 3), (0, 7, 2), (9, 9, 9), (1, 1, 0)]
    orders = set()
    for given in itertools.permutations(points):
        starts, ordered = in_order(targets(*given), NONE)
        assert pairs(starts) == pairs(ordered)[:1]
        orders.add(tuple(pairs(ordered)))
    # The order of version 5.
    assert orders == {tuple((0, point) for point in [(5, 0, 3), (9, 9, 9), (1, 1, 0), (0, 7, 2)])}


def test_what_the_user_asks_for_comes_first_from_the_last_one_on_and_begins_nothing():
    asked = TargetList.of([(1, (3, 3, 3)), (2, (8, 8, 8)), (1, (2, 2, 2))])
    starts, ordered = in_order(TargetList.of([(1, (5, 0, 3))]), asked)
    assert pairs(starts) == [(1, (5, 0, 3))]
    assert pairs(ordered) == [(1, (2, 2, 2)), (2, (8, 8, 8)), (1, (3, 3, 3)), (1, (5, 0, 3))]


def test_targets_before_come_before_those_after():
    block = np.ones((20, 12, 12), dtype=np.uint8)
    options = {"fix_borders": False, "dust_threshold": 0, "progress": False}
    one = {"teasar_params": {"max_paths": 1}, **options}
    before, after = (
        kimimaro.skeletonize(block, **{name: [(12, 10, 1)]}, **one)[1].vertices.tolist()
        for name in ("extra_targets_before", "extra_targets_after")
    )
    assert [12, 10, 1] in before
    assert [12, 10, 1] not in after


def test_components_stay_apart_and_doubles_go():
    given = TargetList(
        np.array([3, 1, 3, 1], dtype=np.uint32),
        np.array([(1, 2, 3), (4, 5, 6), (1, 2, 3), (7, 8, 9)], dtype=np.uint32),
    )
    starts, ordered = in_order(given, NONE)
    assert sorted(pairs(ordered)) == [(1, (4, 5, 6)), (1, (7, 8, 9)), (3, (1, 2, 3))]
    assert {component for component, _ in pairs(starts)} == {1, 3}


def test_no_targets():
    assert [pairs(found) for found in in_order(NONE, NONE)] == [[], []]
