import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kimimaro.binary import extract_skeleton_from_binary_image
from kimimaro.errors import DimensionError, InputTypeError
from kimimaro.measure.cross_section import cross_sectional_area


@settings(deadline=None)
@given(
    hnp.arrays(
        st.sampled_from([np.bool_, np.uint8, np.int16, ">u4", np.uint64]),
        hnp.array_shapes(min_dims=2, max_dims=3, max_side=5),
        elements=st.integers(0, 1),
    ),
    st.booleans(),
)
def test_touching_voxels_are_joined_and_no_others(image, fortran):
    image = np.asfortranarray(image) if fortran else image
    skel = extract_skeleton_from_binary_image(image)
    voxels = [tuple(v) for v in np.argwhere(image.reshape(*image.shape, *[1] * (3 - image.ndim)))]
    assert [tuple(v) for v in skel.vertices] == voxels
    touching = [
        [a, b]
        for a, b in itertools.combinations(range(len(voxels)), 2)
        if np.abs(np.subtract(voxels[a], voxels[b])).max() == 1
    ]
    assert skel.edges.tolist() == touching


def test_types_and_conventions():
    skel = extract_skeleton_from_binary_image(np.eye(4, dtype=bool)[:, ::-1, np.newaxis])
    assert (skel.vertices.dtype, skel.edges.dtype) == (np.float32, np.uint32)
    assert skel.space == "voxel"
    assert skel.vertices.tolist() == [[0, 3, 0], [1, 2, 0], [2, 1, 0], [3, 0, 0]]
    assert skel.edges.tolist() == [[0, 1], [1, 2], [2, 3]]
    assert skel.radii.tolist() == [-1, -1, -1, -1]


def test_trailing_axes_of_length_one_are_dropped():
    skel = extract_skeleton_from_binary_image(np.eye(4, dtype=bool)[..., None, None])
    assert skel.vertices.tolist() == [[0, 0, 0], [1, 1, 0], [2, 2, 0], [3, 3, 0]]


def test_one_voxel_and_none():
    image = np.zeros((3, 3, 3), bool)
    assert len(extract_skeleton_from_binary_image(image).vertices) == 0
    assert extract_skeleton_from_binary_image(image).space == "voxel"
    image[2, 1, 0] = True
    skel = extract_skeleton_from_binary_image(image)
    assert skel.vertices.tolist() == [[2, 1, 0]]
    assert skel.edges.shape == (0, 2)


def test_an_image_without_voxels():
    assert len(extract_skeleton_from_binary_image(np.zeros((0, 3, 3), bool)).vertices) == 0


@pytest.mark.parametrize("shape", [(), (3,), (2, 2, 2, 2)])
def test_other_dimensions_are_refused(shape):
    with pytest.raises(DimensionError, match=rf"image has {len(shape)} dimensions"):
        extract_skeleton_from_binary_image(np.zeros(shape, bool))


@pytest.mark.parametrize("dtype", [float, complex, "U1", object])
def test_other_types_are_refused(dtype):
    with pytest.raises(InputTypeError, match=r"image is an array of .*; use bool or integers"):
        extract_skeleton_from_binary_image(np.zeros((2, 2, 2), dtype))


def test_a_voxel_is_a_voxel_whatever_its_size():
    labels = np.zeros((9, 5, 5), bool)
    labels[:, 1:4, 1:4] = True
    thinned = np.zeros_like(labels)
    thinned[:, 2, 2] = True
    skel = extract_skeleton_from_binary_image(thinned)
    skel.id = 1
    measured = cross_sectional_area(labels, skel, anisotropy=(4, 4, 40))
    assert measured.cross_sectional_area.tolist() == [12 * 120] * 9
