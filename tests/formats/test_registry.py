"""Finding the format, and what happens where there is none."""

import numpy as np
import pytest

from kimimaro.errors import InputError, KimimaroError
from kimimaro.formats import (
    SKELETON_FORMATS,
    VOLUME_FORMATS,
    FormatError,
    check_destination,
    find_skeleton_format,
    find_volume_format,
    read_skeletons,
    read_volume,
    write_skeletons,
)


@pytest.mark.parametrize("read", [read_volume, read_skeletons])
def test_a_missing_file_is_named(tmp_path, read):
    with pytest.raises(FormatError, match=r"nothing\.npz does not exist"):
        read(tmp_path / "nothing.npz")


@pytest.mark.parametrize("read", [read_volume, read_skeletons])
def test_an_unknown_suffix_lists_the_known_ones(tmp_path, read):
    (tmp_path / "a.xyz").write_text("")
    with pytest.raises(FormatError, match=r"no known kind.*known are"):
        read(tmp_path / "a.xyz")


def test_a_format_without_suffix_is_known_by_its_title(tmp_path):
    (tmp_path / "a.xyz").write_text("")
    with pytest.raises(FormatError, match=r"a Precomputed volume\.$"):
        read_volume(tmp_path / "a.xyz")


def test_formats_without_levels_refuse_one(tmp_path, labels):
    np.save(tmp_path / "a.npy", labels)
    np.savez(tmp_path / "a.npz", labels)
    for name in ("a.npy", "a.npz"):
        assert read_volume(tmp_path / name, level=0).labels.shape == labels.shape
        with pytest.raises(FormatError, match=rf"level is 3, but .*{name} has one level only"):
            read_volume(tmp_path / name, level=3)


@pytest.mark.parametrize("inner", ["labels", "/0", ""])
@pytest.mark.parametrize("known", VOLUME_FORMATS, ids=lambda known: known.name)
def test_formats_without_arrays_inside_refuse_a_name(tmp_path, known, inner):
    (tmp_path / "a").touch()
    with pytest.raises(KimimaroError) as caught:
        read_volume(f"{tmp_path / 'a'}::{inner}", format=known.name)
    refused = str(caught.value) == f"{tmp_path / 'a'} has no arrays inside; leave out ::{inner}."
    assert refused == (known.name not in ("npz", "hdf5", "zarr", "n5"))


@pytest.mark.parametrize("read", [read_volume, read_skeletons])
def test_an_empty_name_is_not_the_current_folder(tmp_path, monkeypatch, labels, read):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FormatError, match="the name '' is empty"):
        read("")
    for name in (" ", "::labels"):
        with pytest.raises(FormatError, match="is empty"):
            read(name)


def test_a_format_can_be_named(tmp_path, labels):
    with (tmp_path / "labels").open("wb") as file:
        np.save(file, labels)
    assert np.array_equal(read_volume(tmp_path / "labels", format="npy").labels, labels)
    with pytest.raises(FormatError, match="format is 'png'; known are npy"):
        read_volume(tmp_path / "labels", format="png")


def test_a_bare_name_is_a_folder_of_swc_files(tmp_path):
    assert find_skeleton_format(str(tmp_path / "out"), exists=False).name == "swc"
    with pytest.raises(FormatError, match="no known kind of skeletons"):
        write_skeletons({}, tmp_path / "out.xyz")


@pytest.mark.parametrize("known", [*VOLUME_FORMATS, *SKELETON_FORMATS], ids=lambda f: f.name)
def test_every_suffix_leads_to_its_format(tmp_path, known):
    for suffix in known.suffixes:
        path = tmp_path / f"A{suffix.upper()}"
        path.touch()
        if known in VOLUME_FORMATS:
            assert find_volume_format(str(path)).name == known.name
        else:
            assert find_skeleton_format(str(path), exists=True).name == known.name


def test_a_destination_is_checked_without_being_touched(tmp_path):
    assert check_destination(tmp_path / "deep" / "a.npz").name == "npz"
    assert check_destination(tmp_path / "a.swc", labels=[5]).name == "swc"
    with pytest.raises(FormatError, match=r"a\.swc holds one skeleton, but there are 2 labels"):
        check_destination(tmp_path / "a.swc", labels=[5, 6])
    with pytest.raises(FormatError, match="shard packs Precomputed skeletons"):
        check_destination(tmp_path / "a.npz", shard=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([7, 6, 5], r"A\.SWC holds one skeleton, but there are 3 labels \(5, 6, 7\); name"),
        (range(9, 5, -1), r"there are 4 labels \(6, 7, 8, \.\.\.\); name a folder"),
        ([], r"holds one skeleton, but there is none to write; name a folder"),
    ],
)
def test_a_file_of_one_skeleton_takes_no_other_number(tmp_path, labels, words):
    with pytest.raises(FormatError, match=words):
        check_destination(tmp_path / "A.SWC", labels=labels)


@pytest.mark.parametrize("label", [2.5, "2", None])
@pytest.mark.parametrize("name", ["out", "a.swc", "a.npz", "a.parquet", "layer"])
def test_labels_are_whole_numbers(tmp_path, skeletons, name, label):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    kind = "precomputed" if name == "layer" else None
    given = {label: skeletons[5]} if name == "a.swc" else {2: skeletons[5], label: skeletons[5]}
    with pytest.raises(InputError, match=f"skeletons has the label {label!r}; labels are whole"):
        write_skeletons(given, tmp_path / name, format=kind)
    assert list(tmp_path.iterdir()) == []


def test_whole_numbers_of_any_type_are_labels(tmp_path, skeletons):
    write_skeletons({np.uint64(2): skeletons[5], 3.0: skeletons[5]}, tmp_path / "out")
    assert list(read_skeletons(tmp_path / "out")) == [2, 3]


@pytest.mark.parametrize("labels", [[], [0], [2**64 - 1]])
def test_labels_of_precomputed_skeletons_are_not_negative(tmp_path, labels):
    place = tmp_path / "layer"
    assert check_destination(place, format="precomputed", labels=labels).name == "precomputed"
    with pytest.raises(FormatError, match="cannot have negative labels, such as -1;"):
        check_destination(place, format="precomputed", labels=[*labels, -1])


@pytest.mark.parametrize("name", ["out", "a.npz", "a.parquet", "layer"])
def test_every_writer_tells_of_each_skeleton(tmp_path, skeletons, name):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    told = []
    kind = "precomputed" if name == "layer" else None
    write_skeletons(
        skeletons, tmp_path / name, format=kind, advance=lambda *counts: told.append(counts)
    )
    assert told == [(1, 2), (2, 2)]


def test_a_destination_is_not_said_to_be_read(tmp_path):
    (tmp_path / "info").write_text("{")
    with pytest.raises(FormatError, match=r"cannot be written as Precomputed skeletons: .*; name"):
        check_destination(tmp_path, format="precomputed")
