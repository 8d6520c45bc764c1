"""The page as a file: what it holds, and that it needs nothing else."""

import base64
import gzip
import json
import re

import numpy as np
import pytest

from kimimaro import view
from kimimaro.errors import InputError, InputTypeError

from .conftest import line


def unpack(path):
    """Return a page's header and its arrays, as a reader of the file finds them."""
    text = path.read_text(encoding="utf-8")
    inner = dict(re.findall(r'<script id="(\w+)" type="[\w/-]+">(.*?)</script>', text, re.DOTALL))
    header = json.loads(inner["header"])
    block = gzip.decompress(base64.b64decode(inner["data"], validate=True))
    arrays = {
        place["name"]: np.frombuffer(block, "<" + place["type"], place["count"], place["start"])
        for place in header["arrays"]
    }
    assert all(place["start"] % 8 == 0 for place in header["arrays"])  # as JavaScript needs it
    return header, arrays


def test_the_page_holds_the_skeletons(tmp_path, tissue):
    skeletons = tissue[1]
    path = tmp_path / "page.html"
    view.save_page(path, skeletons, unit="um", color="radius")
    header, arrays = unpack(path)
    assert (header["unit"], header["color"]) == ("µm", "radius")
    assert header["labels"] == [str(label) for label in sorted(skeletons)]
    points = arrays["points"].reshape(-1, 3) + np.array(header["origin"])
    expected = np.concatenate([skeletons[label].vertices for label in sorted(skeletons)])
    assert np.allclose(points, expected, atol=1e-2)
    assert len(arrays["strokes"]) == 2 * arrays["firstStroke"][-1]
    radius = next(a["array"] for a in header["attributes"] if a["name"] == "radius")
    radii = np.concatenate([skeletons[label].radii for label in sorted(skeletons)])
    assert np.array_equal(arrays[radius], radii)


def test_the_box_of_what_is_drawn(tmp_path, pair):
    place = line(1, (5, 5, 5), (5, 5, 5), 1, radius=20)
    for skeletons, half in ((pair, [1500, 1000, 0]), ({1: place}, [20] * 3), ({}, [1] * 3)):
        view.save_page(tmp_path / "page.html", skeletons)
        header, _ = unpack(tmp_path / "page.html")
        assert (header["low"], header["high"]) == ([-side for side in half], half)


def test_labels_of_64_bits_are_text(tmp_path, pair):
    view.save_page(tmp_path / "page.html", pair)
    assert unpack(tmp_path / "page.html")[0]["labels"] == [str(2**63 + 1), str(2**64 - 1)]


def test_the_page_refers_to_nothing_outside_it(tmp_path, pair):
    view.save_page(tmp_path / "page.html", pair)
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    addresses = re.findall(r'(?:src|href|url|import)\s*[=(]\s*"?([^")\s]+)', text)
    assert set(addresses) <= {"data:,"}
    assert re.findall(r"https?://[^\s\"']+", text) == ["http://www.w3.org/2000/svg"]
    assert "default-src 'none'" in text


def test_names_cannot_leave_their_place(tmp_path, pair):
    title = "</script><script>{{data}}&"
    next(iter(pair.values())).add_vertex_attribute("</script>x", np.arange(50.0))
    view.save_page(tmp_path / "page.html", pair, title=title, unit="</script>{{style}}")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<title>&lt;/script&gt;&lt;script&gt;{{data}}&amp;</title>" in text
    assert text.count("</script>") == 3
    header, _ = unpack(tmp_path / "page.html")
    assert header["unit"] == "</script>{{style}}"
    assert header["attributes"][-1]["name"] == "</script>x"


def test_the_same_skeletons_give_the_same_bytes(tmp_path, tissue):
    for name in ("a.html", "b.html"):
        view.save_page(tmp_path / name, tissue[1])
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_infinite_radii_leave_the_page_whole(tmp_path):
    skeleton = line(1, (5, 5, 5), (5, 5, 5), 2)
    skeleton.radius[:] = [np.inf, 8]
    view.save_page(tmp_path / "page.html", skeleton)
    header, _ = unpack(tmp_path / "page.html")
    assert header["high"] == [8, 8, 8]
    assert "Infinity" not in json.dumps(header)


def test_a_failure_leaves_what_was_there(tmp_path, pair):
    path = tmp_path / "page.html"
    path.write_text("before")
    with pytest.raises(InputError, match=r"'mood'.*label, component, radius"):
        view.save_page(path, pair, color="mood")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("given", [5, [3, 4], {"a": None}])
def test_what_is_no_skeleton(tmp_path, given):
    with pytest.raises(InputTypeError, match="skeletons"):
        view.save_page(tmp_path / "page.html", given)


@pytest.mark.parametrize(
    ("settings", "error"),
    [({"title": None}, InputTypeError), ({"unit": 5}, InputTypeError), ({"color": 5}, InputError)],
)
def test_what_is_no_text(tmp_path, pair, settings, error):
    [(name, value)] = settings.items()
    with pytest.raises(error, match=f"{name} is {value}"):
        view.save_page(tmp_path / "page.html", pair, **settings)


def test_another_suffix(tmp_path):
    with pytest.raises(InputError, match=r"\.html"):
        view.save_page(tmp_path / "page.pdf", {1: line(1, (0, 0, 0), (1, 0, 0), 2)})
