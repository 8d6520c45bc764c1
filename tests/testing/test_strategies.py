import numpy as np
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from kimimaro.testing import strategies

FIND = settings(
    max_examples=20_000,  # with 2,000 one of many runs found no largest label
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@given(strategies.label_volumes(max_side=9))
def test_volumes_are_labels_of_the_stated_size(labels):
    assert labels.ndim in (2, 3)
    assert all(1 <= n <= 9 for n in labels.shape)
    assert labels.dtype.kind in "biu"


@given(st.data())
def test_arguments_are_kept(data):
    labels = data.draw(
        strategies.label_volumes(
            min_side=3, ndims=[3], dtypes=st.just(np.dtype("u1")), any_layout=False
        )
    )
    assert labels.ndim == 3
    assert min(labels.shape) >= 3
    assert labels.dtype == np.uint8
    assert labels.flags.c_contiguous


@given(st.data())
def test_layouts_keep_the_values(data):
    array = np.arange(24, dtype=">i4").reshape(2, 3, 4)
    laid = data.draw(strategies.layouts(array))
    assert laid.dtype == array.dtype
    assert np.array_equal(laid, array)


def test_every_kind_of_layout_is_found():
    array = np.arange(60, dtype=np.uint16).reshape(3, 4, 5)

    def exists(condition):
        find(strategies.layouts(array), condition, settings=FIND)

    exists(lambda a: a.flags.c_contiguous and a.flags.writeable)
    exists(lambda a: a.flags.f_contiguous)
    exists(lambda a: not a.flags.writeable)
    exists(lambda a: min(a.strides) < 0)
    exists(lambda a: abs(min(a.strides, key=abs)) > a.itemsize)
    exists(lambda a: sorted(a.strides) not in (list(a.strides), list(a.strides)[::-1]))


def test_hard_cases_are_found():
    volumes = strategies.label_volumes()

    def exists(condition):
        find(volumes, condition, settings=FIND)

    exists(lambda a: not a.any())
    exists(lambda a: a.size > 600 and a.all() and len(np.unique(a)) == 1)
    exists(lambda a: a.dtype.kind == "i" and a.min() < 0)
    exists(lambda a: a.dtype == np.dtype("u8") and a.max() == 2**64 - 1)
    exists(lambda a: a.dtype == np.dtype(">u2"))
    exists(lambda a: a.dtype == bool)
    exists(lambda a: a.ndim == 3 and 1 in a.shape and max(a.shape) > 5)
    exists(lambda a: len(np.unique(a)) >= 4)


def test_blobs_rather_than_noise():
    """Most neighbors are alike."""
    alike = []

    @settings(max_examples=60, database=None, derandomize=True)
    @given(strategies.label_volumes(min_side=8, ndims=[3]))
    def collect(labels):
        alike.append(np.mean(labels[1:] == labels[:-1]))

    collect()
    assert np.mean(alike) > 0.75


@given(strategies.anisotropies())
def test_anisotropies_are_three_positive_sizes(sizes):
    assert len(sizes) == 3
    assert all(0.1 <= size <= 64 for size in sizes)


@given(strategies.anisotropies(smallest=2, largest=3))
def test_anisotropies_stay_within_the_given_bounds(sizes):
    assert all(2 <= size <= 3 for size in sizes)
