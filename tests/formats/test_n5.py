"""N5: datasets, levels, voxel sizes in the ways that are in use, parts, damage."""

import json

import numpy as np
import pytest

from kimimaro.formats import FormatError, read_volume

tensorstore = pytest.importorskip("tensorstore")


def save(path, image, **metadata):
    """Write a dataset by TensorStore, and attributes that it does not know beside its own."""
    known = {key: metadata.pop(key) for key in ("resolution", "units") if key in metadata}
    spec = {
        "driver": "n5",
        "kvstore": {"driver": "file", "path": str(path)},
        "metadata": {
            "compression": {"type": "gzip"},
            "dataType": str(image.dtype),
            "dimensions": image.shape,
            "blockSize": [4] * image.ndim,
            **known,
        },
    }
    tensorstore.open(spec, create=True).result()[...] = image
    attributes = path / "attributes.json"
    attributes.write_text(json.dumps({**json.loads(attributes.read_text()), **metadata}))


def test_a_dataset_is_x_y_z(tmp_path, labels):
    save(tmp_path / "a.n5" / "cells", labels, resolution=[4, 5, 40], units=["nm"] * 3)
    for source in (
        tmp_path / "a.n5" / "cells",
        f"{tmp_path / 'a.n5'}::cells",
        f"{tmp_path / 'a.n5'}::/cells/",
        tmp_path / "a.n5",
    ):
        volume = read_volume(source)
        assert np.array_equal(volume.labels, labels)
        assert volume.anisotropy == (4, 5, 40)
        assert volume.unit == "nm"
    with pytest.raises(FormatError, match="holds cells; name the labels"):
        read_volume(tmp_path / "a.n5", level=1)


def test_levels_and_their_voxel_size(tmp_path, labels):
    path = tmp_path / "a.n5" / "cells"
    save(path / "s0", labels)
    save(path / "s1", labels[::2, ::2], downsamplingFactors=[2, 2, 1])
    pixel = {"dimensions": [0.25, 0.5, 2.0], "unit": "um"}
    (path / "attributes.json").write_text(json.dumps({"pixelResolution": pixel}))
    fine, coarse = read_volume(path), read_volume(path, level=1)
    assert np.array_equal(fine.labels, labels)
    assert fine.anisotropy == (0.25, 0.5, 2.0)
    assert np.array_equal(coarse.labels, labels[::2, ::2])
    assert coarse.anisotropy == (0.5, 1.0, 2.0)
    assert coarse.unit == "um"
    with pytest.raises(FormatError, match="levels 0 to 1"):
        read_volume(path, level=2)


def test_the_voxel_size_of_a_level_itself_is_not_that_of_the_finest(tmp_path, labels):
    pixel = {"dimensions": [8, 10, 40], "unit": "nm"}
    factors = {"downsamplingFactors": [2, 2, 1]}
    save(tmp_path / "a.n5" / "s0", labels, pixelResolution=pixel, **factors)
    assert read_volume(tmp_path / "a.n5").anisotropy == (8, 10, 40)
    with pytest.raises(FormatError, match=r"level is 1, but .* has one level only"):
        read_volume(tmp_path / "a.n5" / "s0", level=1)


def test_asks_which_of_several(tmp_path, labels):
    save(tmp_path / "a.n5" / "one", labels)
    save(tmp_path / "a.n5" / "deep" / "two", labels)
    for level in (None, 1):
        with pytest.raises(FormatError, match="deep/two, one; name the labels"):
            read_volume(tmp_path / "a.n5", level=level)
    assert np.array_equal(read_volume(f"{tmp_path / 'a.n5'}::deep").labels, labels)


def test_reads_a_part(tmp_path, labels):
    save(tmp_path / "a.n5", labels)
    crop = (slice(2, 9), slice(1, None), slice(None, 3))
    volume = read_volume(tmp_path / "a.n5", crop=crop)
    assert np.array_equal(volume.labels, labels[crop])
    assert volume.origin == (2, 1, 0)
    assert volume.anisotropy is None


@pytest.mark.parametrize("part", ["attributes.json", "0/0/0"])
@pytest.mark.parametrize("share", [0, 0.5])
def test_damaged_files_give_one_sentence(tmp_path, labels, part, share):
    save(tmp_path / "a.n5", labels)
    file = tmp_path / "a.n5" / part
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FormatError, match="cannot be read as N5") as caught:
        read_volume(tmp_path / "a.n5")
    assert "\n" not in str(caught.value)
