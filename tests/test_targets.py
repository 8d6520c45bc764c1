"""The order in which mandatory targets are taken."""

from __future__ import annotations

import itertools

import numpy as np

from kimimaro.targets import TargetList, in_order


def targets(*points):
    """Targets of one component."""
    array = np.array(points, dtype=np.uint32).reshape(-1, 3)
    return TargetList(np.zeros(len(array), dtype=np.uint32), array)


def test_order_does_not_depend_on_the_order_given():
    points = [(5, 0, 3), (0, 7, 2), (9, 9, 9), (1, 1, 0)]
    orders = {
        tuple(map(tuple, in_order(targets(*given)).points.tolist()))
        for given in itertools.permutations(points)
    }
    assert len(orders) == 1
    assert set(orders.pop()) == set(points)


def test_components_stay_apart_and_doubles_go():
    given = TargetList(
        np.array([3, 1, 3, 1], dtype=np.uint32),
        np.array([(1, 2, 3), (4, 5, 6), (1, 2, 3), (7, 8, 9)], dtype=np.uint32),
    )
    ordered = in_order(given)
    found = sorted(
        zip(ordered.components.tolist(), map(tuple, ordered.points.tolist()), strict=True)
    )
    assert found == [(1, (4, 5, 6)), (1, (7, 8, 9)), (3, (1, 2, 3))]


def test_no_targets():
    assert len(in_order(targets()).points) == 0
