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


def test_only_labels_that_are_done_are_kept():
    # Cubes of one label each, taken in turn; those of every second plane have a speck besides,
    # which comes last.
    cubes = np.arange(1, 257, dtype=np.uint16).reshape(8, 8, 4)
    labels = np.zeros((128, 128, 67), dtype=np.uint16)
    labels[:, :, :64] = np.kron(cubes, np.ones((16, 16, 16), dtype=np.uint16))
    labels[::32, ::16, 66] = cubes[::2, :, 0]

    def stop(stage, done, total):
        if stage == "paths" and done >= 4 * 16**3:
            raise KeyboardInterrupt

    options = {"teasar_params": {"scale": 0, "const": 1}, "dust_threshold": 0}
    with pytest.raises(TracingInterrupted) as caught:
        kimimaro.skeletonize(labels, progress=stop, **options)
    traced, interrupted = (
        {component.label for component in caught.value.report.with_status(status)}
        for status in ("traced", "interrupted")
    )
    assert traced & interrupted
    assert set(caught.value.skeletons) == traced - interrupted
    label, skeleton = caught.value.skeletons.popitem()
    expected = kimimaro.skeletonize(labels, object_ids=[label], progress=False, **options)
    assert np.array_equal(skeleton.vertices, expected[label].vertices)
