"""Errors travel between processes with all that they hold."""

import copy
import pickle

import numpy as np
import pytest

import kimimaro
from kimimaro import TracingInterrupted


@pytest.mark.parametrize("again", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy])
def test_an_interruption_keeps_what_was_done(again):
    labels = np.zeros((12, 10, 8), dtype=np.uint8)
    labels[1:11, 2:8, 2:6] = 1
    skeletons, report = kimimaro.skeletonize(
        labels, dust_threshold=0, progress=False, return_report=True
    )
    found = again(TracingInterrupted(skeletons, report))
    assert isinstance(found, TracingInterrupted)
    assert str(found) == "tracing was interrupted"
    assert np.array_equal(found.skeletons[1].vertices, skeletons[1].vertices)
    assert found.report == report
