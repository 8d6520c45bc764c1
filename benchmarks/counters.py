"""What the engine executes and visits, counted by tools, as processors here show no counters.

Builds the AVX2 engine twice beside the one that is measured: with debug information, which runs
under callgrind and whose instructions are told apart by the function that they were inlined into;
and with gcov's counters, which tell how often a search looked around a voxel. Needs valgrind, gcc,
binutils, make, and cmake and nanobind in the environment of the interpreter that runs this.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
OUT = HERE / "out"
MODULE = "_engine_avx2"  # valgrind knows no AVX-512
TOOLS = ("valgrind", "addr2line", "gcov", "g++", "make", "cmake")

STAGES = [
    ("targets", r"border_targets"),
    ("components", r"read_spans|read_barriers|split_spans|label_components|collect_objects"),
    ("distances", r"measure_distance"),
    ("masks", r"(Block|RailSearch|Unexplained|Balls)<[^>]*>::(enter|leave)\b|fill_component"),
    ("penalties", r"::weigh\b"),
    ("invalidation", r"::explain\b"),
    ("daf", r"Geodesic<|measure_from|find_root|soma_root"),
    ("paths", r"RailSearch<|draw_paths|draw_root"),
]
"""Which functions belong to a stage; what they call and is not named here belongs to it as well."""

SEARCHES = {"daf": "geodesic.hpp", "paths": "touches.hpp", "invalidation": "balls.hpp"}
"""The searches that go from voxel to voxel: each looks around a voxel that it visits."""
AROUND = re.compile(r"= (block\.grid|guide)\.around\(")

Place = tuple[str, int]
"""A function as `object:function`, and an address in it."""
Shares = dict[str, float]
"""Which part of the instructions belongs to each stage."""
Worker = Callable[..., object]
"""Runs worker.py; takes what goes before its command line, and the environment."""


def missing_tools() -> list[str]:
    """What has to be installed before anything can be counted."""
    missing = [tool for tool in TOOLS if not find_tool(tool)]
    return missing if importlib.util.find_spec("nanobind") else [*missing, "nanobind"]


def find_tool(name: str) -> str | None:
    return shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def build(name: str, root: Path, python: Path, flags: str) -> Path:
    """Build the engine with more flags; return a folder to put on the path before the package."""
    folder = OUT / name
    query = [sys.executable, "-m", "nanobind", "--cmake_dir"]
    nanobind = subprocess.run(query, check=True, capture_output=True, text=True).stdout.strip()
    cmake = find_tool("cmake")
    assert cmake
    configure = [cmake, "-S", str(root), "-B", str(folder), "-DCMAKE_BUILD_TYPE=RelWithDebInfo"]
    configure += [f"-Dnanobind_DIR={nanobind}", f"-DPython_EXECUTABLE={sys.executable}"]
    configure += ["-GUnix Makefiles", f"-DCMAKE_CXX_FLAGS={flags}"]
    make = [cmake, "--build", str(folder), "--target", MODULE]
    for command in (configure, make):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    # A module is found in the package's own folder only, hence a copy of the package.
    where = [str(python), "-c", "import kimimaro; print(kimimaro.__path__[0])"]
    package = subprocess.run(where, check=True, capture_output=True, text=True).stdout.strip()
    site = folder / "site"
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(package, site / "kimimaro")
    for module in folder.glob(f"{MODULE}*.so"):
        shutil.copy(module, site / "kimimaro")
    return site


def environment(site: Path) -> dict[str, str]:
    # NumPy's idle threads would be counted with the engine's.
    return {"PYTHONPATH": str(site), "KIMIMARO_ISA": "avx2", "OPENBLAS_NUM_THREADS": "1"}


def visits(site: Path, run: Worker) -> dict[str, int]:
    """How many voxels each search visited in one run of the engine that was built with counters."""
    objects = site.parent / "CMakeFiles" / f"{MODULE}.dir"
    for old in site.parent.rglob("*.gcda"):
        old.unlink()
    run(prefix=[], env=environment(site))
    (data,) = objects.rglob("objects.cpp.gcda")
    done = subprocess.run(
        ["gcov", "--json-format", "--stdout", str(data)], check=True, capture_output=True, text=True
    )
    found: Counter[str] = Counter()
    stage_of = {file: stage for stage, file in SEARCHES.items()}
    for line in done.stdout.splitlines():
        for file in json.loads(line)["files"]:
            path = Path(file["file"])
            if path.name not in stage_of:
                continue
            text = path.read_text().splitlines()
            for one in file["lines"]:
                if AROUND.search(text[one["line_number"] - 1]):
                    found[stage_of[path.name]] += one["count"]
    if lost := stage_of.values() - found.keys():
        raise RuntimeError(f"no look around a voxel was counted in {', '.join(sorted(lost))}")
    return dict(found)


@dataclass
class Profile:
    """What callgrind saw."""

    costs: Counter[Place] = field(default_factory=Counter)
    calls: defaultdict[str, Counter[Place]] = field(default_factory=lambda: defaultdict(Counter))
    """The instructions inside a function, by the place that it was called from."""


def instructions(site: Path, run: Worker) -> Shares:
    """The instructions that each stage of one run executes, under callgrind."""
    dump = OUT / "callgrind.out"
    command = ["valgrind", "--quiet", "--tool=callgrind", "--dump-instr=yes", "--compress-pos=no"]
    command += ["--compress-strings=no", f"--callgrind-out-file={dump}"]
    run(prefix=command, env=environment(site))
    profile = read_profile(dump)
    (module,) = (site / "kimimaro").glob(f"{MODULE}*.so")
    places = {*profile.costs, *(place for call in profile.calls.values() for place in call)}
    own = {place for place in places if place[0].startswith(f"{module}:")}
    stages = stages_by_address(module, {address for _, address in own})
    known = {place: {stages[place[1]]: 1.0} for place in own if place[1] in stages}
    shares = shares_by_caller(profile, known)
    total: Counter[str] = Counter()
    for place, cost in profile.costs.items():
        for stage, share in known.get(place, shares.get(place[0], {})).items():
            total[stage] += cost * share
    return dict(total)


def read_profile(dump: Path) -> Profile:
    """Read a file of callgrind's, with neither names nor positions compressed."""
    profile = Profile()
    module = function = callee_module = callee = ""
    called = False
    with dump.open() as lines:
        for line in lines:
            if line.startswith("0x"):
                address, _, cost = line.split()
                place = (f"{module}:{function}", int(address, 16))
                if called:
                    profile.calls[f"{callee_module}:{callee}"][place] += int(cost)
                    called, callee_module = False, module  # named only where it is another one
                else:
                    profile.costs[place] += int(cost)
                continue
            key, _, value = line.rstrip("\n").partition("=")
            if key == "ob":
                module = callee_module = value
            elif key == "fn":
                function = value
            elif key == "cob":
                callee_module = value
            elif key == "cfn":
                callee = value
            elif key == "calls":
                called = True
    return profile


def stages_by_address(module: Path, addresses: set[int]) -> dict[int, str]:
    """The stage that an instruction belongs to by the functions it was inlined into, if any."""
    done = subprocess.run(
        [
            "addr2line",
            "--exe",
            str(module),
            "--addresses",
            "--functions",
            "--inlines",
            "--demangle",
        ],
        input="\n".join(map(hex, sorted(addresses))),
        check=True,
        capture_output=True,
        text=True,
    )
    stages: dict[int, str] = {}
    address = 0
    for line in done.stdout.splitlines():
        if line.startswith("0x"):
            address = int(line, 16)
        elif address not in stages and (stage := stage_of_function(line)):  # innermost first
            stages[address] = stage
    return stages


def stage_of_function(name: str) -> str | None:
    return next((stage for stage, pattern in STAGES if re.search(pattern, name)), None)


def shares_by_caller(profile: Profile, known: Mapping[Place, Shares]) -> dict[str, Shares]:
    """Divide each function that no stage owns among the stages that call it, through any depth."""
    shares: dict[str, Shares] = {}
    for _ in range(30):  # more than calls are nested below the stages' own functions
        before, shares = shares, {}
        for function, callers in profile.calls.items():
            inclusive = sum(callers.values())
            mix: Counter[str] = Counter()
            for place, cost in callers.items():
                for stage, share in known.get(place, before.get(place[0], {})).items():
                    mix[stage] += share * cost / max(inclusive, 1)
            shares[function] = dict(mix)
    return shares


@dataclass(frozen=True)
class Machine:
    """What the memory of this machine can do for one core."""

    bandwidth: float
    """Bytes read and written in a second by a copy."""
    access: float
    """Seconds that one of many independent reads at random takes."""


def measure_machine(size: int = 512 << 20) -> Machine:
    """Measure with arrays of so many bytes, many times the caches; the best of several times."""
    words = np.ones(size // 4, np.uint32)
    copy = np.zeros_like(words)
    bandwidth = max(2 * size / seconds for seconds in time_each(lambda: np.copyto(copy, words), 5))
    where = np.random.default_rng(0).integers(0, words.size, 1 << 24)
    found = np.zeros(where.size, np.uint32)
    reads = time_each(lambda: np.take(words, where, out=found, mode="clip"), 3)
    return Machine(bandwidth, min(reads) / where.size)


def time_each(call: Callable[[], object], times: int) -> Iterator[float]:
    for _ in range(times):
        start = time.perf_counter()
        call()
        yield time.perf_counter() - start
