"""What is no image of labels is refused with advice; what is one is let through."""

import numpy as np
import pytest

from kimimaro.formats import FormatError, read_volume


@pytest.fixture
def save(tmp_path):
    def save_array(array):
        np.save(tmp_path / "a.npy", array)
        return tmp_path / "a.npy"

    return save_array


@pytest.fixture
def tissue():
    """What a microscope sees: smooth brightness with noise, 8 bits deep."""
    rng = np.random.default_rng(0)
    x, y, z = np.meshgrid(*[np.arange(40)] * 3, indexing="ij")
    smooth = 120 + 40 * np.sin(x / 5) * np.cos(y / 7) + z
    return np.clip(smooth + rng.normal(0, 8, smooth.shape), 0, 255).astype(np.uint8)


def test_refuses_raw_microscopy_and_says_how_to_insist(save, tissue):
    path = save(tissue)
    words = r"looks like raw microscopy: only \d\d? % of .*--no-check-labels"
    with pytest.raises(FormatError, match=words):
        read_volume(path)
    assert np.array_equal(read_volume(path, check=False).labels, tissue)


def test_refuses_raw_microscopy_in_2d_and_16_bits(save, tissue):
    with pytest.raises(FormatError, match="looks like raw microscopy"):
        read_volume(save(tissue[:, :, 0].astype(np.uint16) * 200))


def test_refuses_rgb(save):
    rng = np.random.default_rng(1)
    colors = rng.integers(0, 256, (20, 3), dtype=np.uint8)
    segments = np.kron(rng.integers(0, 20, (8, 8)), np.ones((8, 8), dtype=int))
    with pytest.raises(FormatError, match="looks like an RGB picture"):
        read_volume(save(colors[segments]))


def test_takes_a_thin_stack_of_labels(save):
    rng = np.random.default_rng(1)
    segments = np.kron(rng.integers(0, 20, (8, 8, 1)), np.ones((8, 8, 3), dtype=np.uint8))
    assert read_volume(save(segments.astype(np.uint8))).labels.shape == (64, 64, 3)


def test_takes_many_small_labels_of_more_than_16_bits(save):
    noise = np.random.default_rng(3).integers(0, 2**20, (20, 20, 20), dtype=np.uint32)
    assert np.array_equal(read_volume(save(noise)).labels, noise)


def test_floats_that_are_no_numbers_are_no_labels(save):
    for value in (np.inf, np.nan, 0.5):
        image = np.ones((4, 5, 6))
        image[1, 2, 3] = value
        with pytest.raises(FormatError, match="looks like a probability map or raw image"):
            read_volume(save(image), cast_floats=True)


def test_refuses_probabilities(save):
    with pytest.raises(FormatError, match=r"floating-point values.*threshold"):
        read_volume(save(np.random.default_rng(2).random((8, 8, 8))))


@pytest.mark.parametrize("order", ["C", "F"])
def test_takes_whole_floats_only_when_told(save, labels, order):
    path = save(labels.astype(np.float32, order=order))
    with pytest.raises(FormatError, match=r"whole numbers: pass --cast-floats"):
        read_volume(path)
    volume = read_volume(path, cast_floats=True)
    assert volume.labels.dtype == np.int64
    assert np.array_equal(volume.labels, labels)


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.zeros((3, 3, 3), dtype=complex), "type complex128"),
        (np.zeros((3, 3), dtype="U3"), "type <U3"),
        (np.zeros((3, 3), dtype=[("r", "u1"), ("g", "u1"), ("b", "u1")]), "RGB"),
        (np.zeros(3, dtype=int), "dimensions"),
        (np.zeros((2, 2, 2, 2, 2, 2), dtype=int), "dimensions"),
    ],
)
def test_refuses_what_is_no_image(save, array, reason):
    with pytest.raises(FormatError, match=reason):
        read_volume(save(array))


def test_takes_every_real_segmentation(data):
    for path in data.glob("*.npz"):
        assert read_volume(path).labels.size, path
