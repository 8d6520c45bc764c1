# Everything runs in a virtual environment of its own, made on first use; PYTHON chooses which
# Python it is made from.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
SOURCES = $(wildcard cpp/*.hpp cpp/bindings/*) CMakeLists.txt pyproject.toml
PACKAGE = $(shell find src -name '*.py')

.PHONY: demo test test-slow test-debug lint types bench stubs clean

# Builds, skeletonizes synthetic tissue, writes SWC files and a picture into demo/.
demo: $(VENV)/installed
	$(BIN)/kimimaro demo --out demo

test: $(VENV)/tested
	$(BIN)/python -m pytest -n auto -m "not slow"

test-slow: $(VENV)/tested
	$(BIN)/python -m pytest -m slow

# The same engine with its assertions on, in an environment of its own.
test-debug: .venv-debug/tested
	.venv-debug/bin/python -m pytest -n auto -m "not slow" $(DEBUG_TESTS)

.venv-debug/tested: $(SOURCES) $(PACKAGE)
	test -x .venv-debug/bin/python || $(PYTHON) -m venv .venv-debug
	.venv-debug/bin/python -m pip install -q --disable-pip-version-check --upgrade pip
	.venv-debug/bin/python -m pip install -q --disable-pip-version-check \
	  -C cmake.define.KIMIMARO_ASSERT=ON -C build-dir=build/debug ".[test]"
	touch $@

lint: $(VENV)/developed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/clang-format --dry-run --Werror cpp/*.hpp cpp/bindings/*

types: $(VENV)/developed
	$(BIN)/mypy

# Ours against Kimimaro 5.8.5, each in an environment of its own; FULL=1 adds the whole 512^3 volume.
bench: $(VENV)/tested
	$(BIN)/python benchmarks/run.py

stubs: $(VENV)/developed
	$(BIN)/python -m nanobind.stubgen -m kimimaro._engine_portable -o src/kimimaro/_engine.pyi

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --upgrade pip

$(VENV)/installed: $(VENV)/bin/python $(SOURCES) $(PACKAGE)
	$(BIN)/python -m pip install -q --disable-pip-version-check -C build-dir=build/release ".[plot]"
	touch $@

$(VENV)/tested: $(VENV)/installed
	$(BIN)/python -m pip install -q --disable-pip-version-check -C build-dir=build/release ".[test]"
	touch $@

$(VENV)/developed: $(VENV)/tested
	$(BIN)/python -m pip install -q --disable-pip-version-check -C build-dir=build/release ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) .venv-debug build demo
