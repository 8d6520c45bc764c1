"""Crackle files, plain and gzipped."""

import sys

import numpy as np
import pytest

from kimimaro.formats import FormatError, MissingExtraError, read_volume

from .conftest import truncate

crackle = pytest.importorskip("crackle")


@pytest.mark.parametrize("suffix", [".ckl", ".ckl.gz"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_reads_what_crackle_wrote(tmp_path, labels, suffix, order):
    path = tmp_path / f"a{suffix}"
    crackle.save(np.asarray(labels, order=order), str(path))
    volume = read_volume(path)
    assert np.array_equal(volume.labels, labels)
    assert volume.labels.dtype == labels.dtype


def test_is_decompressed_slab_by_slab(tmp_path, labels, monkeypatch):
    crackle.save(labels, str(tmp_path / "a.ckl"))
    monkeypatch.setattr("kimimaro.formats.crackle.SLAB_VOXELS", 200)  # two slices of 77
    told = []
    volume = read_volume(tmp_path / "a.ckl", advance=lambda *counts: told.append(counts))
    assert np.array_equal(volume.labels, labels)
    assert told == [(2 * 77, 5 * 77), (4 * 77, 5 * 77), (5 * 77, 5 * 77)]


@pytest.mark.parametrize("suffix", [".ckl", ".ckl.gz"])
@pytest.mark.parametrize("share", [0, 0.3, 0.9, 0.99])
def test_damaged_files_give_one_sentence(tmp_path, labels, suffix, share):
    path = tmp_path / f"a{suffix}"
    crackle.save(labels, str(path))
    truncate(path, share)
    with pytest.raises(FormatError, match=r"cannot be read as Crackle|checksum of its labels"):
        read_volume(path)


def test_names_the_extra_to_install(tmp_path, labels, monkeypatch):
    crackle.save(labels, str(tmp_path / "a.ckl"))
    monkeypatch.setitem(sys.modules, "crackle", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'kimimaro\[crackle\]'"):
        read_volume(tmp_path / "a.ckl")
