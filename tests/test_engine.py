"""Which of the engine's extension modules is loaded."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kimimaro import _engine

EVERY = ("portable", "avx2", "avx512")


def load(monkeypatch, runs=EVERY, built=EVERY, forced=""):
    """Name the instruction set that is chosen, of those that a processor runs and that exist."""
    modules = {f"kimimaro._engine_{isa}": SimpleNamespace(isa=isa) for isa in built}
    modules["kimimaro._engine_portable"].runs = runs.__contains__
    util = SimpleNamespace(find_spec=modules.get)
    importlib = SimpleNamespace(import_module=modules.__getitem__, util=util)
    monkeypatch.setattr(_engine, "importlib", importlib)
    monkeypatch.setenv("KIMIMARO_ISA", forced)
    return _engine._load().isa


def test_the_fastest_that_runs_and_exists_is_taken(monkeypatch):
    assert load(monkeypatch) == "avx512"
    assert load(monkeypatch, runs=EVERY[:2]) == "avx2"
    assert load(monkeypatch, built=EVERY[:2]) == "avx2"
    assert load(monkeypatch, runs=EVERY[:1]) == "portable"
    assert load(monkeypatch, built=EVERY[:1]) == "portable"


@pytest.mark.parametrize("isa", EVERY)
def test_one_may_be_forced(monkeypatch, isa):
    assert load(monkeypatch, forced=isa) == isa


@pytest.mark.parametrize("isa", ["avx512", "mmx"])
def test_what_does_not_run_or_exist_is_refused(monkeypatch, isa):
    refused = rf"KIMIMARO_ISA is '{isa}'.* use one of avx2, portable,"
    with pytest.raises(ImportError, match=refused):
        load(monkeypatch, runs=("portable", "avx2", "mmx"), forced=isa)
    with pytest.raises(ImportError, match=refused):
        load(monkeypatch, built=("portable", "avx2"), forced=isa)
