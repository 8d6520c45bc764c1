import numpy as np
import pytest
from osteoid import Skeleton

from kimimaro.view.colors import UNKNOWN, color_lines, palette, scale
from kimimaro.view.lines import as_lines


def lines_with(values):
    values = np.array(values, dtype=np.float32)
    vertices = np.zeros((len(values), 3), dtype=np.float32)
    skeleton = Skeleton(vertices, radii=values, space="physical")
    return as_lines({4: skeleton})


def test_palette_repeats_after_21_colors_that_differ():
    colors = palette(21)
    apart = np.abs(colors[:, None] - colors[None]).max(axis=2) + np.eye(21)
    assert apart.min() > 0.09
    assert np.array_equal(palette(30)[21:], colors[:9])
    assert ((colors >= 0) & (colors <= 1)).all()


def test_first_colors_differ_in_lightness_for_the_color_blind():
    """Of red and green that look alike, one must be the lighter."""
    gray = palette(7) @ [0.21, 0.72, 0.07]
    red, green = gray[1], gray[2]
    assert abs(red - green) > 0.03
    assert gray.max() < 0.75


def test_scale_grows_lighter_and_stays_off_white():
    gray = scale() @ [0.21, 0.72, 0.07]
    assert (np.diff(gray) > -1e-3).all()
    assert gray[-1] - gray[0] > 0.5
    assert gray[-1] < 0.85


def test_edge_has_the_color_of_the_mean_value():
    coloring = color_lines(lines_with(np.arange(101)), "radius")
    assert coloring.limits == pytest.approx((1, 99))
    edge = coloring.rgb(np.array([[0, 100]]))
    point = coloring.rgb(np.array([50]))
    assert edge == pytest.approx(point, abs=0.02)
    mixed = coloring.rgb(np.array([0, 100])).mean(axis=0)
    assert np.abs(mixed - point[0]).max() > 0.1


def test_unknown_values_are_gray_and_do_not_count():
    coloring = color_lines(lines_with([np.nan, 1, 2, 3, np.inf]), "radius")
    assert coloring.limits == pytest.approx((1.02, 2.98))
    assert coloring.beyond == (True, True)
    assert (coloring.rgb(np.array([0, 4])) == UNKNOWN).all()
    assert (coloring.rgb(np.array([[0, 4]])) == UNKNOWN).all()
    assert not (coloring.rgb(np.array([1])) == UNKNOWN).any()


def test_edge_with_one_end_known_has_its_color():
    coloring = color_lines(lines_with([np.nan, 1, 2, 3]), "radius")
    edges = coloring.rgb(np.array([[0, 2], [3, 0]]))
    assert np.array_equal(edges, coloring.rgb(np.array([2, 3])))


def test_what_formats_write_for_unknown_is_gray():
    lines = lines_with([-1, 5, 6, 7])
    lines.skeletons[0].cross_sectional_area = np.array([0, -1, 30, 40], dtype=np.float32)
    radius, area = (color_lines(lines, name) for name in ("radius", "cross_sectional_area"))
    gray = [
        (coloring.rgb(np.arange(4)) == UNKNOWN).all(axis=1).tolist() for coloring in (radius, area)
    ]
    assert gray == [[True, False, False, False], [True, True, False, False]]
    assert radius.limits == pytest.approx((5.02, 6.98))
    assert area.limits == pytest.approx((30.1, 39.9))


@pytest.mark.parametrize("values", [[2, 2, 2], [np.nan] * 3])
def test_constant_or_unknown_values_only(values):
    coloring = color_lines(lines_with(values), "radius")
    assert coloring.rgb(np.arange(3)).shape == (3, 3)
    assert coloring.limits == (None if np.isnan(values[0]) else (2, 2))


def test_many_categories_have_no_legend():
    single = [Skeleton(np.zeros((1, 3), dtype=np.float32), space="physical") for _ in range(8)]
    assert len(color_lines(as_lines(single[:7]), "label").entries) == 7
    assert color_lines(as_lines(single), "label").entries == ()
