"""SWC files as other programs read them: MorphIO and NeuroM, made for neurons rooted in a soma."""

from __future__ import annotations

import numpy as np
import pytest

import kimimaro
from kimimaro.formats import write_skeletons
from kimimaro.testing import shapes

SIZE = (8.0, 8.0, 8.0)
PARAMS = {
    "scale": 1.5,
    "const": 30,
    "soma_detection_threshold": 60,
    "soma_acceptance_threshold": 100,
    "soma_invalidation_const": 20,
    "soma_invalidation_scale": 1,
}
RODS = 5
SYNAPSE = 6


@pytest.fixture(scope="module")
def neuron():
    """A ball with rods: a soma in the middle, a synapse on the tip of the first rod."""
    shape = shapes.ball_with_rods(
        ball_radius=160, rods=RODS, length=480, radius=32, anisotropy=SIZE
    )
    tip = shape.centerline[0][-1] - np.array(SIZE)
    voxels = np.argwhere(shape.labels)
    nearest = voxels[((voxels * np.array(SIZE) - tip) ** 2).sum(axis=1).argmin()]
    synapse = tuple(nearest.tolist())
    made = kimimaro.skeletonize(
        shape.labels.astype(np.uint8) * 9,
        PARAMS,
        SIZE,
        extra_targets_after={synapse: SYNAPSE},
        fix_borders=False,
        dust_threshold=10,
        progress=False,
    )
    return made[9], np.array(synapse) * np.array(SIZE)


@pytest.fixture
def file(tmp_path, neuron):
    write_skeletons({9: neuron[0]}, tmp_path, soma_radius=PARAMS["soma_acceptance_threshold"])
    return tmp_path / "9.swc"


def test_the_type_of_a_synapse_is_at_its_vertex(neuron):
    skeleton, synapse = neuron
    typed = np.flatnonzero(skeleton.vertex_types == SYNAPSE)
    assert skeleton.vertices[typed].tolist() == [synapse.tolist()]
    assert (np.delete(skeleton.vertex_types, typed) == 0).all()


def test_synapse_types_survive_postprocessing_and_joining(neuron):
    skeleton, synapse = neuron
    apart = skeleton.clone()
    apart.vertices = apart.vertices + np.float32(9999)
    for made in (
        kimimaro.postprocess(skeleton, 0, 0),
        kimimaro.join_close_components([skeleton, apart]),
    ):
        typed = made.vertices[made.vertex_types == SYNAPSE]
        assert typed[0].tolist() == synapse.tolist()
        assert len(typed) == len(made.components()) * len(made.vertices) // len(skeleton.vertices)


def test_several_types_land_on_their_own_vertices():
    labels = np.zeros((60, 20, 20), dtype=np.uint8)
    labels[2:58, 6:14, 6:14] = 3
    targets = {(10, 7, 7): 5, (30, 12, 12): 6, (50, 7, 12): 7}
    skeleton = kimimaro.skeletonize(
        labels, {"const": 2}, (4, 4, 40), extra_targets_before=targets, progress=False
    )[3]
    found = {
        tuple(np.rint(vertex / (4, 4, 40)).astype(int).tolist()): int(kind)
        for vertex, kind in zip(skeleton.vertices, skeleton.vertex_types, strict=True)
        if kind
    }
    assert found == targets


def test_parents_come_before_children_from_the_soma(file):
    table = np.loadtxt(file)
    assert table[0, [1, 6]].tolist() == [1, -1]
    assert (table[1:, 1] != 1).all()
    assert (table[1:, 6] >= 1).all()
    assert (table[1:, 6] < table[1:, 0]).all()


def test_morphio(file, neuron):
    morphio = pytest.importorskip("morphio")
    skeleton, synapse = neuron
    morphio.set_maximum_warnings(0)
    read = morphio.Morphology(file)
    centre = int(skeleton.radii.argmax())
    assert read.soma.points.tolist() == [skeleton.vertices[centre].tolist()]
    assert read.soma.diameters == pytest.approx([2 * skeleton.radii[centre]])
    assert 150 < read.soma.diameters[0] / 2 < 170  # in the units of the voxel size
    assert len(read.root_sections) == RODS
    places = {tuple(point) for point in read.points.tolist()}
    assert places == {tuple(v) for v in np.delete(skeleton.vertices, centre, axis=0).tolist()}
    by_place = {
        tuple(v): float(r) for v, r in zip(skeleton.vertices.tolist(), skeleton.radii, strict=True)
    }
    radii = [by_place[tuple(point)] for point in read.points.tolist()]
    assert read.diameters / 2 == pytest.approx(radii)
    ends = [s.points[-1].tolist() for s in read.iter() if int(s.type) == SYNAPSE]
    assert ends == [synapse.tolist()]


@pytest.mark.filterwarnings("ignore")  # those of its own dependencies
def test_neurom(file, neuron):
    neurom = pytest.importorskip("neurom")
    skeleton, _ = neuron
    read = neurom.load_morphology(file)
    assert read.soma.radius == pytest.approx(skeleton.radii.max())
    assert len(read.neurites) == RODS
    # The soma's own edges, from its centre to where the rods leave it, are no cable of neurites.
    centre = int(skeleton.radii.argmax())
    own = (skeleton.edges == centre).any(axis=1)
    ends = skeleton.vertices[skeleton.edges]
    lengths = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    total = sum(neurom.get("total_length_per_neurite", read))
    assert total == pytest.approx(lengths[~own].sum(), rel=1e-4)
