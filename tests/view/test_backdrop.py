import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimimaro.testing import strategies
from kimimaro.view.backdrop import CROWDED, _borders, _silhouettes, backdrops

PLANES = [(0, 1), (2, 1), (0, 2)]


@given(strategies.label_volumes(ndims=[3], max_side=8), st.booleans())
def test_silhouettes_are_projections(labels, one):
    values = [v for v in np.unique(labels).tolist() if v]
    wanted = values[:1] if one and values else []
    mask = labels == wanted[0] if wanted else labels != 0
    for axis, silhouette in enumerate(_silhouettes(labels, wanted)):
        assert np.array_equal(silhouette, mask.any(axis=axis))


@given(strategies.label_volumes(ndims=[2], max_side=8))
def test_borders_separate_what_differs(flat):
    found = set()
    for (column, first), (same, last) in _borders(flat).tolist():
        assert column == same
        assert last > first
        found |= {(int(row + 0.5), int(column - 0.5)) for row in np.arange(first, last)}
    expected = np.argwhere(flat[:, 1:] != flat[:, :-1])
    assert found == {tuple(pixel) for pixel in expected.tolist()}


def test_images_are_turned_like_the_panels():
    labels = np.zeros((4, 5, 6), dtype=np.uint8)
    labels[1, 2, 3] = labels[1, 4, 3] = 7
    fills = [backdrop.fill for backdrop in backdrops(labels, [7], PLANES)]
    assert [fill.shape for fill in fills] == [(5, 4), (5, 6), (6, 4)]
    assert np.argwhere(fills[0]).tolist() == [[2, 1], [4, 1]]
    assert np.argwhere(fills[1]).tolist() == [[2, 3], [4, 3]]
    assert np.argwhere(fills[2]).tolist() == [[3, 1]]


def test_crowded_volume_has_borders_only():
    labels = np.ones((10, 10, 10), dtype=np.uint16)
    labels[:3] = 2
    assert (labels != 0).mean() > CROWDED
    main, side, below = backdrops(labels, list(range(20)), PLANES)
    assert not any(backdrop.fill.any() for backdrop in (main, side, below))
    assert main.borders.tolist() == below.borders.tolist() == [[[2.5, -0.5], [2.5, 9.5]]]
    assert len(side.borders) == 0


def test_large_volume_is_drawn_in_steps():
    labels = np.zeros((2500, 3, 2), dtype=bool)
    labels[100:200] = True
    main = backdrops(labels, [1], PLANES)[0]
    assert main.step == 3
    assert main.fill.shape == (1, 834)
    assert abs(main.fill.sum() - 100 / 3) < 1


def test_thin_labels_stay_in_large_images():
    labels = np.zeros((3100, 2100, 3), dtype=np.uint8)
    labels[301, 100:2000] = labels[100:3000, 1202] = 1
    main = backdrops(labels, [1], PLANES)[0]
    assert main.step == 4
    assert main.fill[30:490, 75].all()
    assert main.fill[300, 30:740].all()
    assert main.fill.mean() < 0.01


def test_borders_of_large_slices_lie_between_the_labels():
    labels = np.ones((2500, 1200, 1), dtype=np.uint8)
    labels[:1250] = 2
    main = backdrops(labels, [1, 2], [(0, 1)])[0]
    (border,) = main.borders
    assert main.fill.shape == (400, 834)
    assert (border[:, 0] + 0.5) * main.step == pytest.approx([1250, 1250], abs=2)
