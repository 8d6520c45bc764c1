"""Threads change nothing, not a bit; nor do instruction sets."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest

import kimimaro
from graphs import assert_same
from kimimaro import _engine_portable
from kimimaro.threads import check_threads
from volumes import tissue

PARAMS = {"scale": 1.5, "const": 5}


@pytest.fixture(scope="module")
def labels():
    return tissue((90, 80, 70), labels=25, seed=0, smooth=3)


def skeletonize(labels, **options):
    return kimimaro.skeletonize(
        labels, PARAMS, (1, 1, 2), **({"dust_threshold": 50, "progress": False} | options)
    )


@pytest.fixture(scope="module")
def expected(labels):
    return skeletonize(labels, parallel=1)


@pytest.mark.parametrize("parallel", [2, 3, 4, 16, 2**70, 0, -1])
def test_number_of_threads_changes_nothing(labels, expected, parallel):
    assert_same(skeletonize(labels, parallel=parallel), expected)


def test_no_more_threads_than_bring_anything():
    cores = check_threads(0)
    assert check_threads(8) == 8
    assert check_threads(100_000) == check_threads(2**70) == max(cores, 64)
    assert check_threads(-(2**70)) == cores
    assert check_threads(1) == 1


def test_all_cores_are_those_that_this_process_may_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {4, 5, 7}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 99)
    assert check_threads(0) == check_threads(-1) == 3
    # Where the system does not tell.
    monkeypatch.delattr(os, "sched_getaffinity")
    assert check_threads(0) == 99
    assert check_threads(2**70) == 99
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert check_threads(0) == 1


@pytest.mark.parametrize("soma", [False, True])
def test_threads_share_one_large_object(soma):
    # Large enough for idle threads to join in: its wavefronts have thousands of voxels, and each of
    # its hundreds of paths is searched ahead of its turn.
    labels = tissue((120, 110, 100), labels=2, seed=4, smooth=3)
    if soma:
        x, y, z = np.indices(labels.shape) - np.array(labels.shape).reshape(3, 1, 1, 1) // 2
        labels[x**2 + y**2 + z**2 < 38**2] = 1
        labels[x**2 + y**2 + z**2 < 3**2] = 0
    params = {"scale": 1, "const": 3, "soma_detection_threshold": 15 if soma else 1e6}
    params |= {"soma_acceptance_threshold": 25, "soma_invalidation_scale": 0.5}
    results = [
        kimimaro.skeletonize(
            labels, params, dust_threshold=1000, parallel=parallel, return_report=True
        )
        for parallel in (1, 2, 3, 8, 2, 3)
    ]
    report = results[0][1]
    largest = max(report.components, key=lambda component: component.voxels)
    assert largest.voxels > 2**18
    assert largest.paths > 100
    assert largest.soma == soma
    for skeletons, _ in results[1:]:
        assert_same(skeletons, results[0][0])


def test_threads_share_one_large_object_after_the_other():
    # What was known of the one before is forgotten.
    cell = tissue((80, 75, 70), labels=1, seed=4, smooth=3)
    gap = np.zeros_like(cell[:1])
    cells = [cell, 2 * cell[::-1], 3 * cell[:, ::-1], 4 * cell[:, :, ::-1], 5 * cell[::-1, ::-1]]
    labels = np.concatenate([part for cell in cells for part in (cell, gap)])
    params = {"scale": 1, "const": 3}
    expected, report = kimimaro.skeletonize(labels, params, parallel=1, return_report=True)
    assert sum(component.voxels > 2**18 for component in report.components) == 5
    for parallel in (2, 3):
        assert_same(kimimaro.skeletonize(labels, params, parallel=parallel), expected)


@pytest.mark.parametrize("fix_branching", [True, False])
def test_threads_with_somata(fix_branching):
    labels = labels_with_soma()
    somata = {"soma_detection_threshold": 5, "soma_acceptance_threshold": 8}
    results = [
        kimimaro.skeletonize(
            labels,
            PARAMS | somata,
            dust_threshold=50,
            fix_branching=fix_branching,
            parallel=parallel,
            progress=False,
        )
        for parallel in (1, 2, 4)
    ]
    for result in results[1:]:
        assert_same(result, results[0])


def labels_with_soma():
    ball = np.indices((60, 60, 60)) - 30
    labels = tissue((60, 60, 60), labels=8, seed=1)
    labels[(ball**2).sum(axis=0) < 18**2] = 9
    labels[28:33, 28:33, :] = 9
    return labels


SKELETONIZE = """
import pickle, sys
import kimimaro
from kimimaro import _engine
labels, params, options = pickle.load(sys.stdin.buffer)
skeletons = kimimaro.skeletonize(labels, params, **options)
pickle.dump((_engine.isa, skeletons), sys.stdout.buffer)
"""


@pytest.mark.parametrize("isa", ["portable", "avx2", "avx512"])
def test_instruction_sets_change_nothing(isa):
    if not _engine_portable.runs(isa):
        pytest.skip(f"this processor does not run {isa}")
    labels = labels_with_soma()
    params = PARAMS | {"soma_detection_threshold": 80, "soma_acceptance_threshold": 128}
    options = {"anisotropy": (15.7, 16.3, 30.1), "dust_threshold": 50, "progress": False}
    run = subprocess.run(
        [sys.executable, "-c", SKELETONIZE],
        input=pickle.dumps((labels, params, options)),
        capture_output=True,
        check=True,
        env=os.environ | {"KIMIMARO_ISA": isa},
    )
    ran, skeletons = pickle.loads(run.stdout)
    assert ran == isa
    assert_same(skeletons, kimimaro.skeletonize(labels, params, **options))


def test_several_calls_at_once(labels, expected):
    results = [None] * 4

    def call(i):
        results[i] = skeletonize(labels, parallel=1 + i % 2)

    threads = [threading.Thread(target=call, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        assert_same(result, expected)
