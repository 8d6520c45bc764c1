# Everything runs in a virtual environment of its own, made on first use; PYTHON chooses which
# Python it is made from.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
SOURCES = $(wildcard cpp/*.hpp cpp/bindings/*) CMakeLists.txt pyproject.toml
PACKAGE = $(shell find src -name '*.py' -o -path '*/assets/*' -o -name '*.yaml')
SUDO = $(shell test "$$(id -u)" = 0 || echo sudo)
PIP = python -m pip install -q --disable-pip-version-check
# What builds the engine stays in the environment, so that only what changed is compiled again, and
# beside it what builds dependencies that have no wheel (atomicwrites; pysimdjson for Python 3.14).
INSTALL = $(PIP) --no-build-isolation
environment = test -x $(1)/bin/python || $(PYTHON) -m venv $(1); \
	$(1)/bin/$(PIP) --upgrade pip "scikit-build-core>=0.10" "nanobind>=2.4" cmake ninja \
		"setuptools>=70.1" "cython>=3"

.PHONY: demo test test-slow test-browser chromium clang test-debug test-races test-clang \
	test-clients lint types bench stubs clean

# Builds, skeletonizes synthetic tissue, writes SWC files, a picture and a page to turn them in
# into demo/.
demo: $(VENV)/installed
	$(BIN)/kimimaro demo --out demo

QUICK = "not slow and not browser and not clients"
test: $(VENV)/tested
	$(BIN)/python -m pytest -n auto -m $(QUICK)

test-slow: $(VENV)/tested
	$(BIN)/python -m pytest -m "slow and not browser"

# Opens the viewers in Chromium, keeps pictures of them in build/screenshots; napari as well.
test-browser: $(VENV)/viewing chromium
	CHROMIUM=$$(command -v chromium) $(BIN)/python -m pytest -m browser
	$(BIN)/python -m pytest tests/test_napari.py

chromium clang:
	@command -v $@ > /dev/null || { \
		echo "$@ is not installed: installing it with apt-get"; \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq $@; }

# The same engine with its assertions on and under sanitizers, in environments of their own: for
# addresses and undefined behaviour, and for races between threads. Python itself is built without
# them, so that their libraries are loaded first; what it leaves unfreed is not ours, nor what other
# libraries seem to do, of which they see only a part, nor the order of locks, of which DuckDB takes
# more than they count. They end the program when they report, so that pytest must not hold back what
# is written to stderr.
test-debug: .venv-debug/tested
	$(call sanitized,asan) ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
		.venv-debug/bin/python -m pytest -n auto --capture=sys -m $(QUICK) $(DEBUG_TESTS)

TSAN = halt_on_error=1 ignore_noninstrumented_modules=1 detect_deadlocks=0
test-races: .venv-races/tested
	$(call sanitized,tsan) TSAN_OPTIONS="$(TSAN)" \
		.venv-races/bin/python -m pytest -n auto --capture=sys -m $(QUICK) $(RACE_TESTS)

# The engine as Clang compiles it, which macOS has instead of GCC.
test-clang: clang .venv-clang/tested
	CXX=clang++ .venv-clang/bin/python -m pytest -n auto -m $(QUICK) $(CLANG_TESTS)

# Programs that use this package, in an environment where it stands for version 5.
test-clients: .venv-clients/tested
	.venv-clients/bin/python -m pytest -m clients tests/clients
	.venv-clients/bin/python -m pytest tests/formats/test_navis.py

sanitized = KIMIMARO_SANITIZE=$(SANITIZE) \
	LD_PRELOAD="$$($(CXX) -print-file-name=lib$(1).so) $$($(CXX) -print-file-name=libstdc++.so)"

test-debug .venv-debug/tested: SANITIZE = address,undefined
test-races .venv-races/tested: SANITIZE = thread
.venv-debug/tested .venv-races/tested: .venv-%/tested: $(SOURCES) $(PACKAGE)
	$(call environment,.venv-$*)
	.venv-$*/bin/$(INSTALL) -C cmake.define.KIMIMARO_ASSERT=ON \
		-C cmake.define.KIMIMARO_SANITIZE=$(SANITIZE) -C install.strip=false \
		-C build-dir=build/$* ".[test]"
	touch $@

.venv-clang/tested: $(SOURCES) $(PACKAGE)
	$(call environment,.venv-clang)
	CXX=clang++ .venv-clang/bin/$(INSTALL) -C build-dir=build/clang ".[test]"
	touch $@

# With what was built already.
.venv-clients/tested: $(VENV)/tested
	$(call environment,.venv-clients)
	rm -rf build/wheel
	$(BIN)/$(INSTALL:install=wheel) --no-deps -C build-dir=build/release -w build/wheel .
	.venv-clients/bin/$(PIP) "$$(echo build/wheel/*.whl)[navis]" "igneous-pipeline>=4" pytest
	touch $@

lint: $(VENV)/developed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/clang-format --dry-run --Werror cpp/*.hpp cpp/bindings/* tests/*.[ch]pp

types: $(VENV)/developed
	$(BIN)/mypy

# Ours against Kimimaro 5.8.5, each in an environment of its own; FULL=1 adds the whole 512^3 volume.
bench: $(VENV)/tested
	$(BIN)/python benchmarks/run.py

stubs: $(VENV)/developed
	$(BIN)/python -m nanobind.stubgen -m kimimaro._engine_portable -o src/kimimaro/_engine.pyi

$(VENV)/bin/python:
	$(call environment,$(VENV))

$(VENV)/installed: $(VENV)/bin/python $(SOURCES) $(PACKAGE)
	$(BIN)/$(INSTALL) -C build-dir=build/release ".[plot]"
	touch $@

$(VENV)/tested: $(VENV)/installed
	$(BIN)/$(INSTALL) -C build-dir=build/release ".[test]"
	touch $@

$(VENV)/viewing: $(VENV)/tested
	$(BIN)/$(INSTALL) -C build-dir=build/release ".[test,napari]"
	touch $@

$(VENV)/developed: $(VENV)/tested
	$(BIN)/$(INSTALL) -C build-dir=build/release ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) .venv-debug .venv-races .venv-clang .venv-clients build demo
