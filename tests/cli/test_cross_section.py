"""kimimaro cross-section does what the library does."""

import inspect

import numpy as np
import pytest
from osteoid import Skeleton

import kimimaro
from kimimaro.cli import cross_section
from kimimaro.formats import LabelVolume, read_skeletons, read_unit, write_skeletons

from .conftest import ANISOTROPY, KEYWORDS
from .test_forge import options_of

SIZE = "16,16,40"


@pytest.fixture
def skeletons(labels):
    return kimimaro.skeletonize(labels, anisotropy=ANISOTROPY, progress=False, **KEYWORDS)


def test_every_parameter_is_an_option_with_its_default():
    options = options_of(cross_section.command)
    for name, parameter in inspect.signature(kimimaro.cross_sectional_area).parameters.items():
        if name not in ("all_labels", "skeletons", "anisotropy", "progress"):
            assert options[name].default == parameter.default
    assert {"anisotropy", "progress"} <= options.keys()


@pytest.mark.parametrize("name", ["out.npz", "out.parquet"])
def test_areas_are_written(tmp_path, run_json, volume, labels, skeletons, name):
    write_skeletons({**skeletons, 5: skeletons[7].clone()}, tmp_path / "in.npz")
    summary = run_json(
        "cross-section", volume, tmp_path / "in.npz", "-o", tmp_path / name, "-a", SIZE,
        "--smoothing-window", 3, "--parallel", 2,
    )  # fmt: skip
    assert summary["skeletons"] == len(skeletons) + 1
    assert summary["absent"] == 1
    found = read_skeletons(tmp_path / name)
    kimimaro.cross_sectional_area(labels, skeletons, ANISOTROPY, smoothing_window=3)
    for label, skeleton in skeletons.items():
        assert np.array_equal(found[label].vertices, skeleton.vertices)
        assert np.array_equal(found[label].cross_sectional_area, skeleton.cross_sectional_area)
        contacts = skeleton.cross_sectional_area_contacts
        assert np.array_equal(found[label].cross_sectional_area_contacts, contacts)
    assert (found[5].cross_sectional_area == -1).all()


@pytest.mark.parametrize(("unit", "noted"), [("um", None), (None, "um")])
def test_the_unit_is_that_of_the_volume_or_the_skeletons(
    tmp_path, run_json, labels, skeletons, unit, noted
):
    known = {} if unit is None else {"unit": unit}
    np.savez(tmp_path / "a.npz", labels=labels, anisotropy=ANISOTROPY, **known)
    write_skeletons(skeletons, tmp_path / "in.npz", unit=noted)
    args = [tmp_path / "a.npz", tmp_path / "in.npz", "-o", tmp_path / "out.npz"]
    run_json("cross-section", *args)
    assert read_unit(tmp_path / "out.npz") == "um"


@pytest.mark.parametrize(
    ("size", "more", "outside"),
    [
        (SIZE, [], 0),
        (SIZE, ["--step", "3"], 0),
        (SIZE, ["--crop", "0:30,0:50,0:24"], None),
        ("160,160,400", [], None),
    ],
)
def test_skeletons_that_lie_elsewhere_are_pointed_out(
    tmp_path, run, run_json, volume, labels, skeletons, size, more, outside
):
    write_skeletons(skeletons, tmp_path / "in.npz")
    args = ["cross-section", volume, tmp_path / "in.npz", "-o", tmp_path / "out.npz", *more]
    code, _, err = run(*args, "-a", size, "-q")
    assert code == 0
    areas = [s.cross_sectional_area for s in read_skeletons(tmp_path / "out.npz").values()]
    vertices = sum(map(len, areas))
    if outside is None:
        outside = sum(np.count_nonzero(area == 0) for area in areas)
        assert 0 < outside <= vertices
        assert f"Warning: {outside:,} of {vertices:,} vertices lie outside the volume" in err
        assert "--anisotropy and --offset" in err
    else:
        assert err == ""
    assert run_json(*args, "-a", size)["outside"] == outside


def test_skeletons_may_count_from_the_part_that_is_read(tmp_path, run_json, volume, labels):
    part = labels[8:, 3:, 2:]
    drawn = kimimaro.skeletonize(part, anisotropy=ANISOTROPY, progress=False, **KEYWORDS)
    write_skeletons(drawn, tmp_path / "in.npz")
    args = ["cross-section", volume, tmp_path / "in.npz", "-o", tmp_path / "out.npz", "-a", SIZE]
    assert run_json(*args, "--crop", "8:,3:,2:")["outside"] > 0
    assert run_json(*args, "--crop", "8:,3:,2:", "--no-offset")["outside"] == 0
    kimimaro.cross_sectional_area(part, drawn, ANISOTROPY)
    for label, skeleton in read_skeletons(tmp_path / "out.npz").items():
        assert np.array_equal(skeleton.vertices, drawn[label].vertices)
        assert np.array_equal(skeleton.cross_sectional_area, drawn[label].cross_sectional_area)


def test_the_outside_begins_half_a_voxel_from_the_last_voxel():
    volume = LabelVolume(np.ones((2, 3, 4), dtype=np.uint8), (2.0, 2.0, 4.0), None, "a test")
    inside = [(-0.5, 0, 0), (1.49, 2.49, 3.49), (0, -0.5, -0.5)]
    outside = [(-0.51, 0, 0), (1.5, 0, 0), (0, 2.5, 0), (0, 0, 3.5), (0, 0, -9)]
    skeleton = Skeleton(np.array(inside + outside) * (2, 2, 4), space="physical")
    skeleton.cross_sectional_area = np.zeros(8, dtype=np.float32)
    assert cross_section._outside(1, skeleton, volume) == 5
    assert cross_section._outside(2, skeleton, volume) == 8
    skeleton.cross_sectional_area[-3:] = 1
    assert cross_section._outside(1, skeleton, volume) == 2


def test_a_skeleton_of_nothing_is_not_absent():
    skeleton = Skeleton(space="physical")
    skeleton.cross_sectional_area = np.zeros(0, dtype=np.float32)
    assert not cross_section._is_absent(skeleton)


def test_vertices_on_another_label_are_pointed_out(tmp_path, run, volume, skeletons):
    write_skeletons({7: skeletons[2**40], 5: skeletons[7]}, tmp_path / "in.npz")
    args = [tmp_path / "in.npz", "-o", tmp_path / "out.npz", "-a", SIZE, "-q"]
    _, _, err = run("cross-section", volume, *args)
    wrong, absent = len(skeletons[2**40].vertices), len(skeletons[7].vertices)
    assert f"{wrong} of {wrong + absent} vertices lie outside the volume or their label" in err
    assert "Warning: 1 skeleton of labels that the volume does not have." in err


def test_a_flat_image_has_flat_skeletons(tmp_path, run_json, labels):
    np.save(tmp_path / "flat.npy", labels[:, :, 12])
    args = [tmp_path / "flat.npy", "-a", "16,16,1", "-o"]
    run_json("forge", *args, tmp_path / "in.npz", "--const", "60")
    args = [tmp_path / "flat.npy", tmp_path / "in.npz", "-a", "16,16,1"]
    assert run_json("cross-section", *args, "-o", tmp_path / "out.npz")["outside"] == 0


@pytest.mark.parametrize("name", ["out", "out.swc"])
def test_areas_have_no_room_in_swc_files(tmp_path, run, name):
    # Neither of the sources is there: it is refused before anything is read.
    code, _, err = run("cross-section", "no.npy", "no.npz", "-o", tmp_path / name)
    assert code == 2
    assert f"{name} is to hold SWC files, which have no room for areas" in err
    assert "NumPy archive (.npz), Parquet tables (.parquet), Precomputed skeletons (--f" in err
    assert not (tmp_path / name).exists()


def test_a_part_of_the_volume_repairs_nothing_outside_it(tmp_path, run_json, volume, skeletons):
    write_skeletons(skeletons, tmp_path / "in.npz")
    run_json(
        "cross-section", volume, tmp_path / "in.npz", "-o", tmp_path / "out.npz", "-a", SIZE,
        "--crop", "30:60,0:50,0:24",
    )  # fmt: skip
    found = read_skeletons(tmp_path / "out.npz")
    for label, skeleton in skeletons.items():
        inside = skeleton.vertices[:, 0] >= 30 * 16
        assert np.array_equal(found[label].vertices, skeleton.vertices)
        assert ((found[label].cross_sectional_area > 0) == inside).all()
