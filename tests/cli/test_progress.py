"""Progress without a terminal: a line at most every ten seconds, with what is left."""

import pytest

from kimimaro.cli import progress
from kimimaro.cli.progress import StageProgress, stage_line


def test_a_line_says_how_far_and_how_long():
    line = stage_line("paths", 25_000_000, 100_000_000, 30.0)
    assert line == "paths: 25% (25,000,000 of 100,000,000), 30 s, about 90 s left"


@pytest.mark.parametrize(("done", "total"), [(0, 100), (100, 100), (0, 0)])
def test_no_guess_where_there_is_no_ground_for_one(done, total):
    assert "left" not in stage_line("paths", done, total, 5.0)


def test_one_line_in_ten_seconds(capsys, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with StageProgress() as report:
        for done in range(25):
            report("paths", done, 25)
            now[0] += 1.0
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in lines] == ["40%", "80%"]


def test_quiet_is_quiet(capsys, monkeypatch):
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
    with StageProgress(quiet=True) as report:
        report("paths", 1, 2)
    captured = capsys.readouterr()
    assert captured.err == captured.out == ""


def test_bars_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    with StageProgress() as report:
        report("components", 100, 100)
        report("paths", 50, 100)
    shown = capsys.readouterr().err
    assert "components" in shown
    assert "50 of 100" in shown
