"""Axis orders, parts of arrays that are read piece by piece, and the room that they need."""

from types import SimpleNamespace

import numpy as np
import pytest

from kimimaro import memory
from kimimaro.errors import OutOfMemoryError
from kimimaro.formats import FormatError
from kimimaro.formats import axes as module
from kimimaro.formats.axes import check_axes, check_room, crop_start, take, usual_axes


class Stored:
    """An array that is no NumPy array, and that notes what is read of its first kept axis."""

    def __init__(self, array, chunks):
        self.array, self.chunks = array, chunks
        self.shape, self.dtype = array.shape, array.dtype
        self.read = []

    def __getitem__(self, index):
        first = next(part for part in index if isinstance(part, slice))
        self.read.append((first.start, first.stop))
        return self.array[index]


@pytest.mark.parametrize("axes", ["yx", "tczyx", "XYZC"])
def test_a_caller_may_name_any_order(axes):
    assert check_axes(axes, len(axes)) == axes.lower()


@pytest.mark.parametrize("axes", ["xyx", "xyq", "zyy", "ztc"])
def test_refuses_an_order_that_is_none(axes):
    with pytest.raises(FormatError, match=f"axes is '{axes}'"):
        check_axes(axes, len(axes))


@pytest.mark.parametrize(
    ("last", "orders"),
    [("zyx", ["yx", "zyx", "czyx", "tczyx"]), ("xyz", ["xy", "xyz", "xyzc", "tczyx"])],
)
def test_the_order_of_a_file_that_names_none(last, orders):
    assert [usual_axes(ndim, last) for ndim in (2, 3, 4, 5)] == orders


@pytest.mark.parametrize(("axes", "leading"), [("zyx", ()), ("tzyx", (1,))])
def test_slabs_end_where_chunks_end(monkeypatch, axes, leading):
    image = np.arange(7 * 5 * 23, dtype=np.uint16).reshape(7, 5, 23)
    stored = Stored(image.T.reshape(*leading, 23, 5, 7), chunks=(*leading, 4, 5, 7))
    monkeypatch.setattr(module, "SLAB_VOXELS", 300)  # ten layers of 28 voxels, two chunks
    told = []
    crop = (slice(None), slice(1, 5), slice(3, 21))
    labels = take(stored, axes, crop, lambda *counts: told.append(counts))
    assert labels.dtype == image.dtype
    assert np.array_equal(labels, image[crop])
    assert stored.read == [(3, 8), (8, 16), (16, 21)]
    assert told == [(5 * 28, 18 * 28), (13 * 28, 18 * 28), (18 * 28, 18 * 28)]


@pytest.mark.parametrize("depth", [slice(0, 1), slice(None), slice(1)])
def test_a_flat_image_is_one_voxel_deep(depth):
    image = np.arange(12).reshape(3, 4)
    assert np.array_equal(take(image, "xy", (slice(1, 3), slice(4), depth)), image[1:])


@pytest.mark.parametrize(
    ("crop", "start"),
    [
        (None, (0, 0, 0)),
        ((slice(3, 5),), (3, 0, 0)),
        ((slice(3, 5), slice(2, 4)), (3, 2, 0)),
        ((slice(None, 5), slice(2, None), slice(7, 9)), (0, 2, 7)),
    ],
)
def test_where_a_part_begins(crop, start):
    assert crop_start(crop) == start


@pytest.mark.parametrize("depth", [slice(3, 5), slice(2), slice(1, None), slice(-1, 1)])
def test_a_part_of_a_flat_image_at_another_depth_is_refused(depth):
    with pytest.raises(FormatError, match=r"crop asks for z from .*, but z runs from 0 to 1\."):
        take(np.zeros((3, 4), int), "xy", (slice(3), slice(4), depth))


def test_what_is_read_must_fit_into_the_free_memory(monkeypatch):
    array = SimpleNamespace(shape=(1024, 1024, 1024), dtype=np.dtype(np.uint32))
    monkeypatch.setattr(memory, "free_memory", lambda: 3 * 2**30)
    with pytest.raises(OutOfMemoryError, match=r"a\.h5 takes 4\.0 GiB, but 3\.0 GiB of memory"):
        check_room(array, "zyx", None, "a.h5")
    check_room(array, "zyx", (slice(256, 1024),), "a.h5")
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    check_room(array, "zyx", None, "a.h5")
