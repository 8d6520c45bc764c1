"""Skeletons as navis neurons."""

import numpy as np
import pytest

from kimimaro.formats import FormatWarning, from_navis, to_navis

pytestmark = pytest.mark.filterwarnings("default")
navis = pytest.importorskip("navis")


def test_a_neuron_has_what_the_skeleton_has(skeletons):
    neurons = to_navis(skeletons, unit="nm")
    assert [neuron.id for neuron in neurons] == list(skeletons)
    neuron = neurons[0]
    assert neuron.cable_length == pytest.approx(skeletons[5].cable_length())
    assert (neuron.n_leafs, neurons[1].n_trees) == (3, 2)
    assert str(neuron.units.units) == "nanometer"
    root = neuron.nodes.set_index("node_id").loc[neuron.root[0]]
    assert root.radius == 20


def test_the_root_can_be_chosen(skeletons):
    neurons = to_navis({5: skeletons[5]}, roots={5: (0, 0, 0)})
    assert neurons[0].root.tolist() == [0]


def test_there_and_back(skeletons):
    back = from_navis(to_navis(skeletons))
    assert list(back) == list(skeletons)
    for label, skeleton in skeletons.items():
        order = np.lexsort(skeleton.vertices.T)
        other = np.lexsort(back[label].vertices.T)
        assert np.array_equal(back[label].vertices[other], skeleton.vertices[order])
        assert np.array_equal(back[label].radii[other], skeleton.radii[order])
        assert np.array_equal(back[label].vertex_types[other], skeleton.vertex_types[order])
        assert back[label].cable_length() == pytest.approx(skeleton.cable_length())


def test_a_loop_is_cut_with_a_warning(skeletons):
    skeletons[5].edges = np.concatenate([skeletons[5].edges, [[3, 4]]]).astype(np.uint32)
    with pytest.warns(FormatWarning, match="label 5: 1 edge"):
        to_navis(skeletons)
