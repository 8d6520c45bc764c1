import builtins
import time

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from osteoid import Skeleton

from kimimaro import view
from kimimaro.errors import DimensionError, InputError, InputTypeError
from kimimaro.testing import shapes
from kimimaro.view.colors import palette

from .conftest import line
from .pictures import as_pixels, as_skeleton, colored, near, panel_pixels


def test_every_panel_shows_the_skeleton(helix):
    drawn = view.figure({1: as_skeleton(helix)})
    pixels = as_pixels(drawn)
    assert len(drawn.axes) == 4
    for number in range(4):
        share = colored(panel_pixels(drawn, pixels, number)).mean()
        assert 0.002 < share < 0.2


def test_projections_show_the_right_axes(helix):
    """Seen along its axis, a helix is a ring with nothing inside; from the side, it is not."""
    drawn = view.figure({1: as_skeleton(helix)})
    pixels = as_pixels(drawn)
    names = [axes.texts[0].get_text() for axes in drawn.axes[:3]]
    assert names == ["zy", "xy", "zx"]
    for number, name in enumerate(names):
        rows, columns = np.nonzero(colored(panel_pixels(drawn, pixels, number)))
        radius = np.hypot(rows - (rows.min() + rows.max()) / 2, columns - columns.mean())
        ring = np.ptp(rows) / 2
        assert (radius.min() > 0.8 * ring) == (name == "xy")


def test_y_points_down_and_x_right():
    vertices = np.float32([[0, 0, 0], [50, 0, 0], [0, 50, 0], [0, 0, 9]])
    edges = np.array([[0, 1], [0, 2], [0, 3]], dtype=np.uint32)
    drawn = view.figure(Skeleton(vertices, edges, space="physical"))
    main = colored(panel_pixels(drawn, as_pixels(drawn), 0))
    rows, columns = np.nonzero(main)
    assert main[: main.shape[0] // 2].sum() > 1.5 * main[main.shape[0] // 2 :].sum()
    assert main[:, : main.shape[1] // 2].sum() > 1.5 * main[:, main.shape[1] // 2 :].sum()
    assert main.any(axis=0)[: main.shape[1] // 2].sum() > 0.4 * main.shape[1]
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=3)


def test_the_nearest_line_is_on_top_and_far_ones_are_pale_in_space():
    """Two lines that cross in the middle of the main panel, the first one 20 nearer."""
    vertices = np.float32([[0, 0, 0], [99, 99, 0], [0, 99, 20], [99, 0, 20]])
    edges = np.array([[0, 1]], dtype=np.uint32)
    pair = [Skeleton(vertices[i : i + 2], edges, space="physical") for i in (0, 2)]
    for skeletons, order in ((pair, (0, 1)), (pair[::-1], (1, 0))):
        drawn = view.figure(skeletons)
        pixels = as_pixels(drawn)
        main = panel_pixels(drawn, pixels, 0)
        middle = main[main.shape[0] // 2 - 1 :, main.shape[1] // 2 - 1 :][:3, :3]
        assert near(middle, palette(2)[order[0]])
        assert not near(middle, palette(2)[order[1]])
        space = panel_pixels(drawn, pixels, 3).reshape(-1, 3) / 255
        assert not near(space * 255, palette(2)[order[1]])
        assert near(space * 255, 1 - 0.72 * (1 - palette(2)[order[1]]))


def test_labels_get_different_colors_and_a_legend():
    rods = [shapes.rod(direction=d) for d in ((1, 0, 0), (1, 1, 0), (0, 1, 1))]
    skeletons = {name: as_skeleton(rod) for name, rod in zip((7, 8, 9), rods, strict=True)}
    drawn = view.figure(skeletons)
    pixels = as_pixels(drawn)
    assert [text.get_text() for text in drawn.legends[0].texts] == ["7", "8", "9"]
    main = panel_pixels(drawn, pixels, 0)
    assert all(near(main, rgb) for rgb in palette(3))
    assert not near(main, palette(4)[3])


def test_components_of_one_skeleton_get_different_colors():
    vertices = np.array([[0, 0, 0], [50, 0, 0], [0, 1, 0], [50, 40, 9]], dtype=np.float32)
    skeleton = Skeleton(vertices, np.array([[0, 1], [2, 3]], dtype=np.uint32), space="physical")
    drawn = view.figure(skeleton, color="component")
    main = panel_pixels(drawn, as_pixels(drawn), 0)
    assert near(main, palette(1)[0])
    assert near(main, palette(2)[1])
    assert len(drawn.legends[0].texts) == 2
    whole = view.figure(skeleton, color="label")
    assert not near(panel_pixels(whole, as_pixels(whole), 0), palette(2)[1])


@pytest.mark.parametrize("color", ["radius", "curvature"])
def test_numbers_get_a_color_bar(helix, color):
    skeleton = as_skeleton(helix)
    skeleton.add_vertex_attribute("curvature", np.linspace(0, 1, len(skeleton.vertices)))
    drawn = view.figure({1: skeleton}, color=color)
    assert len(drawn.axes) == 5
    low, high = drawn.axes[4].get_xlim()
    values = skeleton.radii if color == "radius" else skeleton.curvature
    assert (low, high) == pytest.approx(np.percentile(values, [1, 99]), rel=1e-3)
    assert color in [text.get_text().split(" (")[0] for text in drawn.texts]
    main = panel_pixels(drawn, as_pixels(drawn), 0)
    assert len(np.unique(main[colored(main)] // 16, axis=0)) > 20


def test_silhouette_lies_beneath(helix):
    plain = view.figure(as_skeleton(helix))
    drawn = view.figure(as_skeleton(helix), helix.labels)
    gray = {}
    for name, one in (("plain", plain), ("drawn", drawn)):
        main = panel_pixels(one, as_pixels(one), 0).astype(int)
        gray[name] = ((main.min(axis=2) > 225) & (main.max(axis=2) < 245)).mean()
    assert gray["plain"] < 0.01
    assert gray["drawn"] > 0.15


def test_silhouette_lies_where_the_skeleton_is():
    """Also in Fortran order, anisotropic and with other labels around it."""
    shape = shapes.rod(60, 6, (3, 1, 2), anisotropy=(1, 1, 2))
    labels = np.full(shape.labels.shape, 5, dtype=np.uint64, order="F")
    labels[shape.labels] = 2**63
    drawn = view.figure({2**63: as_skeleton(shape)}, labels, anisotropy=shape.anisotropy)
    pixels = as_pixels(drawn)
    for number in range(3):
        panel = panel_pixels(drawn, pixels, number).astype(int)
        beneath = (panel.max(axis=2) < 245) & ~colored(panel)
        line = np.argwhere(colored(panel)).mean(axis=0)
        assert np.argwhere(beneath).mean(axis=0) == pytest.approx(line, abs=4)


@pytest.mark.parametrize("length", [999, 1999, 2001, 3500])
def test_pixels_of_large_images_lie_where_their_voxels_do(length):
    labels = np.zeros((length, 9, 9), dtype=np.uint8)
    labels[600:660, 3:6, 4] = 1
    drawn = view.figure(line(1, (6000, 40, 40), (6600, 40, 40)), labels, anisotropy=(10, 10, 10))
    axes = drawn.axes[0]
    (image,) = axes.images
    left, right, _, top = image.get_extent()
    columns = np.flatnonzero((image.get_array() < 1).any(axis=0))
    per_pixel = (right - left) / image.get_array().shape[1]
    assert left == top == -5
    assert left + columns[0] * per_pixel == pytest.approx(5995, abs=per_pixel - 9)
    assert left + (columns[-1] + 1) * per_pixel == pytest.approx(6595, abs=per_pixel - 9)
    segments = np.concatenate(axes.collections[-1].get_segments())
    assert segments[:, 0].min() == pytest.approx(left + columns[0] * per_pixel)
    assert segments[:, 0].max() == pytest.approx(left + (columns[-1] + 1) * per_pixel)


def test_dense_volume_is_shown_as_borders_of_its_middle_slice():
    labels = np.ones((40, 40, 40), dtype=np.uint8)
    labels[:20] = 2
    skeletons = {1: as_skeleton(shapes.rod(30, direction=(0, 1, 0)), 1), 2: Skeleton()}
    drawn = view.figure(skeletons, labels, anisotropy=(1, 1, 1))
    borders = drawn.axes[0].collections[1].get_segments()
    assert len(borders) == 1
    assert np.array_equal(borders[0], [[19.5, -0.5], [19.5, 39.5]])


@pytest.mark.parametrize("labels_too", [False, True])
def test_plane_data_get_one_panel(labels_too):
    shape = shapes.y_2d()
    drawn = view.figure(as_skeleton(shape), shape.labels if labels_too else None, unit="px")
    assert len(drawn.axes) == 1
    assert colored(as_pixels(drawn)).mean() > 0.001


def test_no_skeletons_and_empty_ones():
    for skeletons in ({}, [], {3: Skeleton()}):
        drawn = view.figure(skeletons)
        assert any(t.get_text() == "no skeletons" for t in drawn.axes[0].texts)
        assert (as_pixels(drawn) < 128).any()
    drawn = view.figure({}, np.pad(np.ones((9, 9, 9), dtype=bool), 5))
    assert len(drawn.axes) == 4


def test_single_vertex_is_a_dot():
    drawn = view.figure({5: Skeleton(np.float32([[5, 6, 7]]), space="physical")})
    assert colored(panel_pixels(drawn, as_pixels(drawn), 0)).sum() > 4


def test_skeletons_too_small_for_lines_are_dots():
    starts = np.random.default_rng(0).random((300, 3)) * 100_000
    steps = np.array([[0, 0, 0], [20, 20, 0], [40, 40, 0]])
    edges = np.array([[0, 1], [1, 2]], dtype=np.uint32)
    many = [Skeleton(np.float32(start + steps), edges, space="physical") for start in starts]
    for axes in view.figure(many).axes[:3]:
        plane = ["xyz".index(name) for name in axes.texts[0].get_text()]
        lines, dots = axes.collections
        drawn = np.concatenate([*lines.get_segments(), dots.get_offsets()])
        apart = np.abs(starts[:, None, plane] - drawn).max(axis=2)
        assert len(dots.get_offsets()) > 20
        assert apart.min(axis=1).max() <= 41


def test_voxel_space_is_converted():
    skeleton = as_skeleton(shapes.rod())
    skeleton.transform = np.eye(3, 4, dtype=np.float32) * 10
    skeleton.space = "voxel"
    drawn = view.figure(skeleton)
    assert np.ptp(drawn.axes[0].get_xlim()) == pytest.approx(600, rel=0.05)
    assert skeleton.space == "voxel"


@pytest.mark.parametrize(
    "matrix", [np.diag([-1, 1, 1]), np.eye(3)[[2, 1, 0]], [[1, 1, 0], [0, 1, 0], [0, 0, 1]]]
)
def test_a_transform_that_turns_axes_gives_no_voxel_size(helix, matrix):
    turned = as_skeleton(helix)
    turned.transform = np.column_stack([matrix, np.zeros(3)])
    assert len(view.figure(turned).axes) == 4
    with pytest.raises(InputError, match=r"no voxel size, .* pass anisotropy"):
        view.figure(turned, helix.labels)
    assert len(view.figure(turned, helix.labels, anisotropy=(1, 1, 1)).axes) == 4


@pytest.mark.slow
def test_a_million_vertices_take_seconds():
    rng = np.random.default_rng(0)
    skeletons = {}
    for label in range(1, 3001):
        steps = rng.normal(0, 8, (340, 3))
        vertices = (rng.random(3) * 8000 + np.cumsum(steps, axis=0)).astype(np.float32)
        edges = np.stack([np.arange(339), np.arange(1, 340)], axis=1).astype(np.uint32)
        skeletons[label] = Skeleton(vertices, edges, segid=label, space="physical")
    start = time.perf_counter()
    drawn = view.figure(skeletons, color="component")
    pixels = as_pixels(drawn)
    assert time.perf_counter() - start < 30
    assert colored(pixels).mean() > 0.2
    assert all(len(c.get_segments()) <= 150_000 for a in drawn.axes[:4] for c in a.collections)


def test_thinning_does_not_change_the_picture(helix):
    """A line of 20,000 vertices looks like the same line of 181."""
    coarse = as_skeleton(helix)
    t = np.linspace(0, len(coarse.vertices) - 1, 20_000)
    points = [np.interp(t, np.arange(len(coarse.vertices)), v) for v in coarse.vertices.T]
    edges = np.stack([np.arange(19_999), np.arange(1, 20_000)], axis=1).astype(np.uint32)
    fine = Skeleton(np.stack(points, axis=1).astype(np.float32), edges, space="physical")
    drawn = view.figure(fine)
    (lines,) = (c for c in drawn.axes[0].collections if isinstance(c, LineCollection))
    assert len(lines.get_segments()) < 6000
    ours, theirs = (colored(as_pixels(view.figure(s))) for s in (fine, coarse))
    both = (ours & theirs).sum() / (ours | theirs).sum()
    assert both > 0.6


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"skeletons": 5}, InputTypeError, "skeletons is a int"),
        ({"skeletons": [1, 2]}, InputTypeError, "skeletons is a list"),
        ({"skeletons": {1: "x"}}, InputTypeError, "skeletons is a dict"),
        ({"color": "colour"}, InputError, "color is 'colour'"),
        ({"color": None}, InputTypeError, "color is None; pass a text"),
        ({"color": 5}, InputTypeError, "color is 5; pass a text"),
        ({"unit": 5}, InputTypeError, "unit is 5; pass a text"),
        ({"color": "cable_length"}, InputError, "color is 'cable_length'"),
        ({"anisotropy": (1, 1)}, InputError, r"anisotropy is \(1, 1\)"),
        ({"anisotropy": (1, 1, 0)}, InputError, r"anisotropy is \(1, 1, 0\)"),
        ({"anisotropy": 5}, InputError, "anisotropy is 5"),
        ({"anisotropy": "abc"}, InputError, "anisotropy is 'abc'"),
        ({"anisotropy": (1, "a", 2)}, InputError, r"anisotropy is \(1, 'a', 2\)"),
        ({"labels": np.zeros((2, 2, 2, 2), int)}, DimensionError, "labels has shape"),
        ({"labels": np.zeros((0, 2, 2), int)}, DimensionError, "labels has shape"),
        ({"labels": np.zeros((2, 2, 2))}, InputTypeError, "labels is of type float64"),
        ({"labels": np.zeros((2, 2, 2), complex)}, InputTypeError, "labels is of type complex"),
        ({"labels": np.full((2, 2, 2), "a")}, InputTypeError, "labels is of type <U1"),
    ],
)
def test_bad_input_is_refused(helix, arguments, error, said):
    with pytest.raises(error, match=said):
        view.figure(**{"skeletons": {1: as_skeleton(helix)}, **arguments})


def test_a_radius_with_two_numbers_is_refused_by_its_name(helix):
    skeleton = as_skeleton(helix)
    skeleton.radius = np.ones((len(skeleton.vertices), 2), dtype=np.float32)
    with pytest.raises(InputError, match="color is 'radius'"):
        view.figure(skeleton, color="radius")


def test_unknown_attribute_names_the_known_ones(helix):
    with pytest.raises(InputError, match="radius, vertex_types"):
        view.figure(as_skeleton(helix), color="curvature")


def test_missing_matplotlib_names_the_extra(helix, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] == "matplotlib":
            raise ModuleNotFoundError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'kimimaro\[plot\]'"):
        view.figure(as_skeleton(helix))
