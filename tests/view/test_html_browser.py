"""The page in a real browser."""

from __future__ import annotations

import re

import numpy as np
import pytest

from kimimaro import view

from .conftest import line

pytestmark = pytest.mark.browser


@pytest.fixture
def show(tmp_path, visit):
    """Write a page and open it; return it when it has drawn."""

    def open_page(skeletons, settings=None, **options):
        path = tmp_path / "page.html"
        view.save_page(path, skeletons, **options)
        page = visit(path.as_uri(), **(settings or {}))
        return settled(page)

    return open_page


def settled(page):
    """Wait until everything that was asked for is drawn."""
    page.wait_for_selector("html[data-ready=true]")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page


def ground_of(page):
    """Return the color behind the skeletons."""
    code = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--ground')")
    return np.array([int(code.strip()[i : i + 2], 16) for i in (1, 3, 5)])


def drawn(page, pixels):
    """Return where something colored is drawn: not the ground, nor the gray box around it."""
    return (np.ptp(pixels, axis=-1) > 40) & (abs(pixels - ground_of(page)).max(axis=-1) > 40)


def swatch(page, label):
    """Return the color of a label in the list."""
    name = page.locator("b", has_text=re.compile(f"^{label}$"))
    mark = page.locator(".option").filter(has=name).locator("i")
    color = mark.evaluate("element => getComputedStyle(element).backgroundColor")
    return np.array([int(part) for part in re.findall(r"\d+", color)])


def of_color(page, pixels, label):
    """Return (y, x) of the pixels of a label's color, which may be mixed with the ground."""
    ground = ground_of(page)
    color, given = swatch(page, label) - ground, pixels - ground
    share = given @ color / (color @ color)
    rest = abs(given - share[..., np.newaxis] * color).max(axis=-1)
    return np.argwhere((share > 0.3) & (rest < 25))


def details(page):
    """Return what the selection's card says."""
    card = page.locator("#details")
    if not card.is_visible():
        return {}
    names, values = card.locator("dt").all_inner_texts(), card.locator("dd").all_inner_texts()
    return {"label": card.locator("h2").inner_text(), **dict(zip(names, values, strict=True))}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_draws_the_skeletons(show, keep, tissue, theme):
    page = show(tissue[1], {"color_scheme": theme}, title="Synthetic tissue")
    pixels = keep(page, of="#canvas")
    keep(page, f"page-{theme}")
    assert 0.005 < drawn(page, pixels).mean() < 0.5
    assert (ground_of(page).mean() < 128) == (theme == "dark")
    assert page.title() == page.locator("h1").inner_text() == "Synthetic tissue"
    assert f"{len(tissue[1])} skeletons" in page.locator("#summary").inner_text()
    assert not page.locator("#message").is_visible()


def test_every_label_has_its_color_in_the_view(show, keep, pair):
    page = show(pair)
    pixels = keep(page, of="#canvas")
    left, right = (of_color(page, pixels, label)[:, 1] for label in pair)
    assert len(left) > 100
    assert len(right) > 100
    assert left.mean() < right.mean()


def test_a_label_is_picked_in_the_list(show, keep, tissue):
    skeletons = tissue[1]
    page = show(skeletons)
    lengths = {label: skeleton.cable_length() for label, skeleton in skeletons.items()}
    longest = max(lengths, key=lengths.get)
    before = drawn(page, keep(page, of="#canvas")).sum()
    row = page.locator(".option").first
    assert row.locator("b").inner_text() == str(longest)
    row.click()
    said = details(settled(page))
    assert said["label"] == str(longest)
    assert said["Vertices"].replace(",", "") == str(len(skeletons[longest].vertices))
    assert float(said["Cable length"].split()[0]) * 1e3 == pytest.approx(lengths[longest], rel=1e-3)
    assert row.get_attribute("aria-selected") == "true"
    keep(page, "page-picked-in-list")
    faded = keep(page, of="#canvas")
    assert drawn(page, faded).sum() < 0.7 * before
    page.check("#hide")
    alone = keep(settled(page), of="#canvas")
    # Hiding takes away what was still seen, faded, of the others.
    seen = [(abs(p - ground_of(page)).max(axis=-1) > 8).sum() for p in (faded, alone)]
    assert seen[1] < 0.7 * seen[0]
    row.click()
    assert details(settled(page)) == {}


def test_a_label_is_picked_in_the_view(show, keep, pair):
    page = show(pair)
    pixels = keep(page, of="#canvas")
    for label, skeleton in pair.items():
        found = of_color(page, pixels, label)
        y, x = found[np.argsort(found[:, 0])[len(found) // 2]].tolist()
        page.locator("#canvas").click(position={"x": x, "y": y})
        said = details(settled(page))
        assert said["label"] == str(label)
        assert said["Cable length"] == "2 µm"
        assert said["Vertices"] == "50"
        assert said["Radius"] == f"{skeleton.radii[0]:.0f} nm"
        position = [float(part) for part in said["Position"].replace(",", "").split()]
        # The pixel was chosen in the middle of the line.
        assert position == pytest.approx([skeleton.vertices[0, 0], 1500, 0], abs=150)
        assert page.locator("#ring").is_visible()
        page.keyboard.press("Escape")
        assert details(page) == {}
    page.locator("#canvas").click(position={"x": x, "y": y})
    keep(settled(page), "page-picked-in-view")
    page.locator("#canvas").click(position={"x": 5, "y": 5})
    assert details(page) == {}


def test_the_nearest_vertex_is_told(show, keep):
    """Of an edge, that end; of two lines behind each other, the one in front."""
    front, back = line(1, (0, 0, 0), (1000, 0, 0), 2), line(2, (0, 0, 900), (1000, 0, 900), 2)
    front.radii[:], back.radii[:] = [10, 30], [50, 70]
    page = show({1: front, 2: back})
    page.locator("#canvas").press("z")
    columns = np.argwhere(drawn(page, keep(settled(page), of="#canvas")))
    (y, left), right = columns.min(axis=0).tolist(), columns[:, 1].max()
    for share, radius in [(0.2, "10 nm"), (0.8, "30 nm")]:
        x = left + share * (right - left)
        page.locator("#canvas").click(position={"x": x, "y": y})
        assert (details(page)["label"], details(page)["Radius"]) == ("1", radius)
    # What is selected is picked before what is faded.
    page.locator(".option", has_text="2").last.click()
    page.locator("#canvas").click(position={"x": x, "y": y})
    assert (details(page)["label"], details(page)["Radius"]) == ("2", "70 nm")


def test_a_double_click_in_the_list_goes_there(show, keep, pair):
    page = show(pair)
    scale = units_per_pixel(page)
    page.locator(".option").nth(1).dblclick()
    assert units_per_pixel(settled(page)) < scale
    assert details(page)["label"] == page.locator(".option b").nth(1).inner_text()
    found = of_color(page, keep(page, of="#canvas"), details(page)["label"])
    box = page.locator("#canvas").bounding_box()
    assert found.mean(axis=0) == pytest.approx([box["height"] / 2, box["width"] / 2], abs=2)


def test_several_labels(show, pair):
    page = show(pair)
    page.locator(".option").nth(0).click()
    page.locator(".option").nth(1).click(modifiers=["Control"])
    said = details(page)
    assert said["label"] == "2 labels"
    assert said["Cable length"] == "4 µm"
    page.locator(".option").nth(0).click(modifiers=["Control"])
    assert details(page)["label"] == page.locator(".option b").nth(1).inner_text()


def test_search_and_order(show):
    labels = [7, 17, 170, 2**63 + 17, 99]
    skeletons = {
        label: line(label, (0, 100 * i, 0), (1000 * (i + 1), 100 * i, 0))
        for i, label in enumerate(labels)
    }
    page = show(skeletons)
    shown = page.locator(".option b")
    assert shown.all_inner_texts() == [str(label) for label in reversed(labels)]
    page.select_option("#sort", "label")
    assert shown.all_inner_texts() == [str(label) for label in sorted(labels)]
    page.keyboard.press("/")
    page.keyboard.type("17")
    # What is typed in full comes first.
    assert shown.all_inner_texts() == ["17", "170"]
    assert page.locator("#matches").inner_text() == "2 of 5 labels"
    page.keyboard.press("Enter")
    assert details(page)["label"] == "17"
    page.fill("#search", str(2**63 + 17))
    assert shown.all_inner_texts() == [str(2**63 + 17)]
    page.fill("#search", "61")
    assert page.locator("#matches").inner_text() == "0 of 5 labels"


def test_colors(show, keep, pair):
    left, right = pair.values()
    left.vertex_types[:] = 2
    left.cross_sectional_area = np.full(50, 100, dtype=np.float32)
    right.cross_sectional_area = np.full(50, 5e5, dtype=np.float32)
    left.add_vertex_attribute("depth", np.linspace(0, 1, 50))
    page = show(pair, color="radius")
    options = page.locator("#color option").all_inner_texts()
    assert options == ["label", "radius", "cross section", "vertex type", "depth"]
    assert page.locator("#legend").inner_text().split("\n") == ["20 nm", "60 nm"]
    page.select_option("#color", "cross_sectional_area")
    legend = page.locator("#legend").inner_text()
    assert legend.split("\n") == ["100 nm²", "logarithmic", "500,000 nm²"]
    by_area = keep(settled(page), of="#canvas")
    page.select_option("#color", "vertex_types")
    assert page.locator("#legend").inner_text().split() == ["undefined", "axon"]
    by_type = keep(settled(page), of="#canvas")
    assert (abs(by_area - by_type).max(axis=-1) > 40).sum() > 100
    page.select_option("#color", "depth")
    keep(settled(page), "page-colored")
    page.select_option("#color", "label")
    assert page.locator("#legend").inner_text() == ""


def test_components_have_colors_of_their_own(show, keep, pair):
    left, right = pair.values()
    both = type(left).simple_merge([left, right])
    page = show({9: both}, color="component")
    pixels = keep(page, of="#canvas")
    colors = {
        tuple(np.median(part[drawn(page, part)], axis=0)) for part in np.array_split(pixels, 2, 1)
    }
    assert len(colors) == 2
    page.locator(".option").click()
    assert details(page)["Components"] == "2"


def test_radii_are_drawn_to_scale(show, keep):
    page = show({1: line(1, (0, 0, 0), (2000, 0, 0), 50, radius=200)})
    page.locator("#canvas").press("z")
    page.check("#tubes")
    pixels = keep(settled(page), "page-radii", of="#canvas")
    height = drawn(page, pixels).any(axis=1).sum()
    assert height == pytest.approx(400 / units_per_pixel(page), rel=0.02)


def units_per_pixel(page):
    """Return what the scale bar claims, in nm."""
    size, unit = page.locator("#scale-text").inner_text().split()
    bar = page.locator("#scale-bar").bounding_box()["width"]
    return float(size.replace(",", "")) * {"nm": 1, "µm": 1e3, "mm": 1e6}[unit] / bar


@pytest.mark.parametrize("zoom", [0, -300, 400])
def test_the_scale_bar_is_right(show, keep, zoom):
    page = show({1: line(1, (0, 0, 0), (1234, 0, 0), radius=1)})
    page.locator("#canvas").press("z")
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -zoom if zoom < 0 else zoom)
    pixels = keep(settled(page), of="#canvas")
    columns = np.flatnonzero(drawn(page, pixels).any(axis=0))
    assert 1234 / units_per_pixel(page) == pytest.approx(np.ptp(columns), rel=0.01, abs=2)


def middle(keep, page):
    """Return the mean place (x, y) of what is drawn."""
    return np.argwhere(drawn(page, keep(settled(page), of="#canvas"))).mean(axis=0)[::-1]


def test_mouse(show, keep, pair):
    page = show(pair)
    canvas = page.locator("#canvas").bounding_box()
    x, y = canvas["x"] + 400, canvas["y"] + 300
    first = keep(page, of="#canvas")
    before = middle(keep, page)

    def drag(dx, dy):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + dx / 2, y + dy / 2)
        page.mouse.move(x + dx, y + dy)
        page.mouse.up()

    page.keyboard.down("Shift")
    drag(20, -40)
    page.keyboard.up("Shift")
    assert middle(keep, page) - before == pytest.approx([20, -40], abs=2)
    drag(150, 20)
    turned = keep(settled(page), of="#canvas")
    assert (abs(turned - first).max(axis=-1) > 40).sum() > 100
    assert details(page) == {}
    page.click("#fit")
    assert np.array_equal(keep(settled(page), of="#canvas"), first)


def test_zooming_keeps_what_is_under_the_pointer(show, keep, pair):
    page = show(pair)
    page.locator("#canvas").press("z")
    pixels = keep(settled(page), of="#canvas")
    y, x = of_color(page, pixels, 2**64 - 1)[0].tolist()
    box = page.locator("#canvas").bounding_box()
    scale = units_per_pixel(page)
    page.mouse.move(box["x"] + x, box["y"] + y)
    page.mouse.wheel(0, -500)
    after = keep(settled(page), of="#canvas")
    assert units_per_pixel(page) < 0.6 * scale
    near = of_color(page, after[y - 4 : y + 5, x - 4 : x + 5], 2**64 - 1)
    assert len(near)


def test_two_fingers(show, keep, pair):
    page = show(pair, {"has_touch": True})
    for _ in range(6):
        page.locator("#canvas").press("-")
    before, place = units_per_pixel(settled(page)), middle(keep, page)
    box = page.locator("#canvas").bounding_box()
    session = page.context.new_cdp_session(page)

    def touch(kind, *fingers):
        points = [
            {"x": box["x"] + x, "y": box["y"] + y, "id": i} for i, (x, y) in enumerate(fingers)
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (400, 300), (500, 300))
    touch("touchMove", (350, 330), (550, 330))
    touch("touchEnd")
    assert units_per_pixel(settled(page)) == pytest.approx(before / 2, rel=0.01)
    # What lay between the fingers, at (450, 300), lies between them still.
    assert middle(keep, page) == pytest.approx(2 * (place - [450, 300]) + [450, 330], abs=3)
    assert details(page) == {}


def test_keys(show, keep, pair):
    page = show(pair)
    first = keep(page, of="#canvas")
    canvas = page.locator("#canvas")
    looks = [first]
    for key in ("ArrowLeft", "Shift+ArrowUp", "+", "x", "y", "z"):
        canvas.press(key)
        looks.append(keep(settled(page), of="#canvas"))
        assert (looks[-1] != looks[-2]).any(), key
    canvas.press("0")
    assert np.array_equal(keep(settled(page), of="#canvas"), first)

    page.locator("#list").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert details(page)["label"] == page.locator(".option b").nth(1).inner_text()
    scale = units_per_pixel(page)
    page.keyboard.press("f")
    assert units_per_pixel(settled(page)) != scale
    page.keyboard.press("Escape")
    assert details(page) == {}
    # Everything is reached by Tab alone.
    page.locator("h1").click()
    reached = set()
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id"))
    assert {"search", "sort", "list", "color", "tubes", "hide", "fit", "canvas"} <= reached


def test_perspective(show, keep):
    near, far = line(1, (0, 0, 0), (1000, 0, 0)), line(2, (0, 500, 4000), (1000, 500, 4000))
    page = show({1: near, 2: far})
    page.locator("#canvas").press("z")

    def widths():
        pixels = keep(settled(page), of="#canvas")
        return [np.ptp(of_color(page, pixels, label)[:, 1]) for label in (1, 2)]

    page.uncheck("#perspective")
    flat = widths()
    assert flat[0] == pytest.approx(flat[1], abs=3)
    page.check("#perspective")
    deep = widths()
    assert deep[0] > 1.3 * deep[1]
    # Flying into it must not turn what lies behind the viewer inside out.
    page.locator("#canvas").focus()
    for _ in range(25):
        page.keyboard.press("+")
    keep(settled(page), of="#canvas")


def test_a_narrow_screen(show, keep, tissue):
    page = show(tissue[1], {"viewport": {"width": 400, "height": 760}})
    assert drawn(page, keep(page, of="#canvas")).mean() > 0.005
    keep(page, "page-narrow")
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    page.locator(".option").first.click()
    assert details(page)["label"]


def test_no_skeletons(show):
    page = show({})
    assert page.locator("#message").inner_text() == "No skeletons."


def test_a_lone_vertex_is_a_dot(show, keep):
    lone = line(5, (10, 10, 10), (10, 10, 10), 1)
    page = show({5: lone})
    page.check("#tubes")
    assert drawn(page, keep(settled(page), of="#canvas")).any()


def test_the_driver_takes_the_context_away_and_gives_it_back(show, keep, pair):
    page = show(pair)
    before = keep(page, of="#canvas")
    page.evaluate(
        """new Promise(done => {
            const canvas = document.getElementById("canvas");
            const taken = canvas.getContext("webgl2").getExtension("WEBGL_lose_context");
            canvas.addEventListener("webglcontextlost", () => setTimeout(() => {
                taken.restoreContext();
            }, 50));
            canvas.addEventListener("webglcontextrestored", () => done());
            taken.loseContext();
        })"""
    )
    assert np.array_equal(keep(settled(page), of="#canvas"), before)


def test_without_webgl_the_page_says_so(tmp_path, visit, pair):
    view.save_page(tmp_path / "page.html", pair)
    text = (tmp_path / "page.html").read_text()
    # A browser without it answers null.
    (tmp_path / "page.html").write_text(text.replace('getContext("webgl2"', 'getContext("none"'))
    page = visit((tmp_path / "page.html").as_uri(), fails="WebGL 2")
    assert "WebGL 2" in page.locator("#message").inner_text()


@pytest.mark.slow
def test_two_thousand_labels_and_a_million_vertices(tmp_path, visit, keep):
    rng = np.random.default_rng(0)
    skeletons = {}
    for i in range(2000):
        skeleton = line(2**60 + i, (0, 0, 0), (0, 0, 0), 500)
        walk = np.cumsum(rng.normal(scale=30, size=(500, 3)), axis=0)
        skeleton.vertices = (walk + rng.uniform(0, 30000, 3)).astype(np.float32)
        skeletons[2**60 + i] = skeleton
    view.save_page(tmp_path / "page.html", skeletons)
    page = settled(visit((tmp_path / "page.html").as_uri()))
    assert page.locator("#matches").inner_text() == "2,000 labels"
    assert drawn(page, keep(page, "page-million", of="#canvas")).mean() > 0.1
    page.fill("#search", str(2**60 + 1234))
    page.keyboard.press("Enter")
    assert details(page)["label"] == str(2**60 + 1234)
    page.locator("#canvas").click(position={"x": 400, "y": 350})
    assert re.fullmatch(r"\d{19}", details(settled(page))["label"])
