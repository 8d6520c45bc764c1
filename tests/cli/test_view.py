"""kimimaro view: the page, the server, and what is refused."""

import json
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import urllib.request

import numpy as np
import pytest

import kimimaro
from kimimaro.cli import view
from kimimaro.formats import write_skeletons

from .conftest import ANISOTROPY, KEYWORDS, PROGRAM


@pytest.fixture(scope="module")
def skeletons(labels):
    return kimimaro.skeletonize(labels, anisotropy=ANISOTROPY, progress=False, **KEYWORDS)


@pytest.fixture
def source(tmp_path, skeletons):
    write_skeletons(skeletons, tmp_path / "skeletons.npz")
    return tmp_path / "skeletons.npz"


@pytest.fixture(autouse=True)
def browsers(monkeypatch):
    """Addresses that a browser was asked to open."""
    opened = []
    monkeypatch.setattr(view.webbrowser, "open", opened.append)
    return opened


def header_of(page):
    found = re.search(r'<script id="header"[^>]*>(.*?)</script>', page.read_text(), re.DOTALL)
    return json.loads(found[1])


@pytest.mark.parametrize("name", ["skeletons.npz", "swc", "skeletons.parquet", "precomputed"])
def test_a_page_from_every_format(tmp_path, run_json, skeletons, browsers, name):
    kind = "precomputed" if name == "precomputed" else None
    write_skeletons(skeletons, tmp_path / name, format=kind)
    page = tmp_path / "new" / "page.html"
    content = run_json("view", tmp_path / name, "--html", page, "--color", "radius")
    assert content == {"skeletons": 2, "page": str(page)}
    header = header_of(page)
    assert header["labels"] == ["7", str(2**40)]
    assert header["color"] == "radius"
    assert f"<title>{name}</title>" in page.read_text()
    assert browsers == []


def test_a_page_of_some_labels(tmp_path, run, source, browsers):
    page = tmp_path / "page.html"
    code, out, _ = run("view", source, "--html", page, "--labels", 2**40, "--unit", "mm", "--open")
    assert (code, out) == (0, f"1 skeleton to look at: {page}\n")
    header = header_of(page)
    assert (header["labels"], header["unit"]) == ([str(2**40)], "mm")
    assert browsers == [page.as_uri()]


def test_lengths_have_the_unit_that_the_skeletons_note(
    tmp_path, run, run_json, volume, skeletons, monkeypatch
):
    write_skeletons(skeletons, tmp_path / "um.npz", unit="um")
    run_json("view", tmp_path / "um.npz", "--html", tmp_path / "page.html")
    assert header_of(tmp_path / "page.html")["unit"] == "\u00b5m"
    pytest.importorskip("neuroglancer")
    served = []
    monkeypatch.setattr(view, "_serve", lambda drawn, settings, *_: served.append(settings["unit"]))
    assert run("view", tmp_path / "um.npz")[0] == 0
    assert run("view", tmp_path / "um.npz", volume, "-a", "16,16,40")[0] == 0
    assert served == ["um", "um"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, names are Unicode")
def test_a_page_of_a_file_whose_name_is_not_utf_8(tmp_path, run, source):
    odd = source.rename(tmp_path / os.fsdecode(b"caf\xe9.npz"))
    code, _, err = run("view", odd, "--html", tmp_path / "page.html")
    assert (code, err) == (0, "")
    assert "<title>caf?.npz</title>" in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["missing.npz"], "missing.npz does not exist."),
        (["labels.npy"], "no known kind of skeletons"),
        (["skeletons.npz", "missing.npy"], "missing.npy does not exist."),
        (["skeletons.npz", "--labels", "7,8"], "asks for 8, of which skeletons.npz has no"),
        (["skeletons.npz", "--html", "p.html", "--labels", "9"], "asks for 9"),
        (["skeletons.npz", "--html", "new/p.html", "--color", "mood"], "'mood'"),
        (["skeletons.npz", "--html", "new/p.pdf"], ".html"),
        (["skeletons.npz", "--color", "mood"], "'mood'"),
        (["skeletons.npz", "--bind", "203.0.113.7"], "address 203.0.113.7"),
        (["none.npz"], "none.npz holds no skeletons."),
        (["none.npz", "--html", "p.html"], "none.npz holds no skeletons."),
    ],
)
def test_mistakes_give_one_sentence(tmp_path, run, source, volume, monkeypatch, args, words):
    pytest.importorskip("neuroglancer")
    monkeypatch.chdir(tmp_path)
    write_skeletons({}, "none.npz")
    before = sorted(tmp_path.iterdir())
    code, out, err = run("view", *args)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


def test_a_page_takes_no_volume(run, source, volume):
    code, _, err = run("view", source, volume, "--html", "page.html")
    assert code == 2
    assert "leave VOLUME out" in err


def test_a_taken_port(run, source):
    pytest.importorskip("neuroglancer")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = run("view", source, "--port", port)
    assert code == 2
    assert f"port {port}" in err
    assert err.count("\n") == 1


def test_a_missing_extra_is_named_before_anything_is_read(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "neuroglancer", None)
    code, _, err = run("view", "huge.npz")
    assert code == 2
    assert "pip install 'kimimaro[view]'" in err


def test_the_viewer_gets_the_volume_and_where_it_lies(
    run, monkeypatch, source, volume, labels, browsers
):
    neuroglancer = pytest.importorskip("kimimaro.view.neuroglancer")
    shown, served = {}, []

    class Viewer:
        def get_viewer_url(self):
            return "http://host/v/1/"

    def viewer(skeletons, **settings):
        shown.update(settings, skeletons=skeletons)
        return Viewer()

    def sleep(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(neuroglancer, "viewer", viewer)
    monkeypatch.setattr(neuroglancer, "start_server", lambda *place: served.append(place))
    monkeypatch.setattr(neuroglancer, "stop_server", lambda: served.append("stopped"))
    monkeypatch.setattr(view.time, "sleep", sleep)
    args = ["-a", "16,16,40", "--crop", "10:60,5:50,2:24", "--labels", "7", "--color", "radius"]
    places = ["--unit", "um", "--bind", "0.0.0.0", "--port", "8080", "--open"]
    code, out, err = run("view", source, volume, *args, *places)
    assert (code, err) == (130, "Stopped; the viewer is closed.\n")
    assert out.splitlines()[0] == "2 skeletons at http://host/v/1/"
    assert set(shown.pop("skeletons")) == {7, 2**40}
    assert np.array_equal(shown.pop("volume"), labels[10:, 5:, 2:])
    assert shown == {
        "anisotropy": (16, 16, 40),
        "position": (160, 80, 80),
        "labels": [7],
        "color": "radius",
        "unit": "um",
    }
    assert served == [("0.0.0.0", 8080), "stopped"]
    assert browsers == ["http://host/v/1/"]


def test_an_interrupted_page_is_not_written(tmp_path, run, monkeypatch, source):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("kimimaro.view.save_page", stop)
    code, _, err = run("view", source, "--html", tmp_path / "p.html")
    assert (code, err) == (130, f"Interrupted; {tmp_path / 'p.html'} was not written.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("settings", [[], ["--json"]])
def test_the_viewer_runs_until_ctrl_c(source, volume, settings):
    pytest.importorskip("neuroglancer")
    command = [*PROGRAM, "view", source, volume, "-a", "16,16,40", "--labels", "7", *settings]
    process = subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        said = read_until(process.stdout, b"}" if settings else b"ends it.")
        address = re.search(r"http://127\.0\.0\.1:\d+/v/\w+/", said)[0]
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert b"<title>neuroglancer</title>" in answer.read()
        if settings:
            assert json.loads(said) == {"skeletons": 2, "address": address}
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert err.decode().splitlines()[-1] == "Stopped; the viewer is closed."
    assert b"Traceback" not in err
    with pytest.raises(OSError, match=r"refused|reset"):
        urllib.request.urlopen(address, timeout=5)


def read_until(stream, end, seconds=60):
    """Read what a process says up to some words."""
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while end not in said:
            assert selector.select(seconds), said
            part = os.read(stream.fileno(), 4096)
            assert part, said
            said += part
    return said.decode()


@pytest.mark.parametrize(
    ("terminal", "environment", "expected"),
    [
        (True, {"DISPLAY": ":0"}, True),
        (True, {"WAYLAND_DISPLAY": "wayland-0"}, True),
        (True, {}, False),
        (True, {"DISPLAY": ":0", "SSH_CONNECTION": "1 2 3 4"}, False),
        (False, {"DISPLAY": ":0"}, False),
    ],
)
def test_a_browser_opens_only_before_a_person(monkeypatch, terminal, environment, expected):
    monkeypatch.setattr(view.sys, "platform", "linux")
    monkeypatch.setattr(view.sys.stdout, "isatty", lambda: terminal)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert view._has_desktop() == expected


def test_labels_that_only_64_bits_tell_apart(tmp_path, run_json, skeletons):
    big = {2**64 - 1: skeletons[7], 2**64 - 2: skeletons[2**40]}
    write_skeletons(big, tmp_path / "big.npz")
    run_json("view", tmp_path / "big.npz", "--html", tmp_path / "p.html", "--labels", 2**64 - 1)
    assert header_of(tmp_path / "p.html")["labels"] == [str(2**64 - 1)]
