"""The parameters of TEASAR: one set of defaults, checked before anything starts."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import kimimaro
from graphs import assert_same
from kimimaro import DEFAULT_TEASAR_PARAMS, InputError, InputTypeError, TeasarParams
from volumes import tissue


def skeletonize(params, **options):
    labels = tissue((24, 20, 16), labels=4, seed=0)
    return kimimaro.skeletonize(labels, params, dust_threshold=0, progress=False, **options)


def test_defaults_are_those_of_the_contract():
    assert DEFAULT_TEASAR_PARAMS == {
        "scale": 1.5,
        "const": 300,
        "pdrf_scale": 100000,
        "pdrf_exponent": 4,
        "soma_acceptance_threshold": 3500,
        "soma_detection_threshold": 750,
        "soma_invalidation_const": 300,
        "soma_invalidation_scale": 2,
    }
    assert TeasarParams().max_paths is None
    assert TeasarParams().invalidation == "ball"


def test_dict_dataclass_and_none_are_the_same():
    expected = skeletonize({"scale": 0.7, "const": 3})
    assert_same(skeletonize(TeasarParams(scale=0.7, const=3)), expected)
    assert_same(skeletonize(TeasarParams(scale=0.7, const=3).as_dict()), expected)
    assert_same(skeletonize(DEFAULT_TEASAR_PARAMS | {"scale": 0.7, "const": 3}), expected)
    assert_same(skeletonize(None), skeletonize({}))
    assert_same(skeletonize(DEFAULT_TEASAR_PARAMS), skeletonize({}))


def test_params_are_not_changed():
    params = {"const": 5}
    skeletonize(params)
    assert params == {"const": 5}
    with pytest.raises(dataclasses.FrozenInstanceError):
        TeasarParams().scale = 3


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("scal", "scale"),
        ("pdrf_exp", "pdrf_exponent"),
        ("soma_acceptance", "soma_acceptance_threshold"),
        ("maxpaths", "max_paths"),
        ("konst", "const"),
    ],
)
def test_unknown_keys_are_refused_with_the_nearest_one(key, meant):
    with pytest.raises(InputError, match=rf"'{key}'.*did you mean '{meant}'"):
        skeletonize({key: 1})


@pytest.mark.parametrize("key", [5, None, ("scale",)])
def test_keys_that_are_no_names(key):
    with pytest.raises(InputError, match="unknown key"):
        skeletonize({key: 1})


@pytest.mark.parametrize("key", DEFAULT_TEASAR_PARAMS)
@pytest.mark.parametrize("value", [-1, np.nan, "2", None, True, [1]])
def test_wrong_numbers(key, value):
    with pytest.raises(InputError, match=key):
        skeletonize({key: value})


@pytest.mark.parametrize("value", [0, -1, 1.5, "all", True, np.True_, np.array(1.5), np.ones(2)])
def test_wrong_max_paths(value):
    with pytest.raises(InputError, match="max_paths"):
        skeletonize({"max_paths": value})


@pytest.mark.parametrize("value", ["sphere", None, 5, np.array([1, 2])])
def test_wrong_invalidation(value):
    with pytest.raises(InputError, match="invalidation"):
        skeletonize({"invalidation": value})


@pytest.mark.parametrize("key", ["pdrf_scale", "pdrf_exponent"])
@pytest.mark.parametrize("value", [np.inf, 1e39, 1e300])
def test_penalties_beyond_what_the_engine_holds(key, value):
    with pytest.raises(InputError, match=rf"{key}.*from 0 to 1e\+38"):
        skeletonize({key: value})


@pytest.mark.parametrize("key", DEFAULT_TEASAR_PARAMS)
def test_whole_numbers_that_no_float_holds(key):
    with pytest.raises(InputError, match=key):
        skeletonize({key: 10**400})


@pytest.mark.parametrize("value", [2**63, 2**70])
def test_more_paths_than_can_be_counted(value):
    assert TeasarParams(max_paths=2**63 - 1).max_paths == 2**63 - 1
    with pytest.raises(InputError, match=r"max_paths.*there is no limit"):
        skeletonize({"max_paths": value})


@pytest.mark.parametrize("params", ["scale", 5, [("scale", 1)], {"scale"}])
def test_params_that_are_none(params):
    with pytest.raises(InputTypeError, match="teasar_params"):
        skeletonize(params)


@pytest.mark.parametrize("three", [Decimal(3), Fraction(3), 3.0, np.float16(3), np.array(3)])
def test_numbers_of_other_types(three):
    expected = skeletonize({"const": 3, "max_paths": 3})
    assert_same(skeletonize({"const": three, "max_paths": three}), expected)


def test_numpy_numbers():
    expected = skeletonize({"scale": 0.5, "const": 3, "max_paths": 4})
    found = {"scale": np.float32(0.5), "const": np.int64(3), "max_paths": np.uint8(4)}
    assert_same(skeletonize(found), expected)


@pytest.mark.parametrize("key", ["scale", "const", "soma_detection_threshold"])
def test_infinity_is_a_number(key):
    assert skeletonize({key: np.inf})


@pytest.mark.parametrize("key", ["scale", "const"])
@pytest.mark.parametrize("invalidation", ["ball", "cube"])
def test_huge_lengths_explain_everything(key, invalidation):
    shared = {"const": 3, "soma_detection_threshold": np.inf, "invalidation": invalidation}
    expected = skeletonize({**shared, key: np.inf})
    for value in (1e20, 1e38, 1e39, 1e300):
        assert_same(skeletonize({**shared, key: value}), expected)


@pytest.mark.parametrize("key", ["soma_invalidation_scale", "soma_invalidation_const"])
def test_huge_somata_explain_everything(key):
    shared = {"soma_detection_threshold": 0, "soma_acceptance_threshold": 0}
    expected = skeletonize({**shared, key: np.inf}, fix_borders=False)
    assert not any(len(skeleton.edges) for skeleton in expected.values())
    for value in (1e20, 1e38, 1e39, 1e300):
        assert_same(skeletonize({**shared, key: value}, fix_borders=False), expected)


@pytest.mark.parametrize("key", ["soma_acceptance_threshold", "soma_detection_threshold"])
def test_huge_thresholds_mean_no_soma(key):
    shared = {"const": 3, "soma_detection_threshold": 0, "soma_acceptance_threshold": 0}
    expected = skeletonize({**shared, key: np.inf})
    assert_same(skeletonize({**shared, key: 1e300}), expected)


@pytest.mark.parametrize("key", ["pdrf_scale", "pdrf_exponent"])
@pytest.mark.parametrize("fix_branching", [True, False])
def test_penalties_up_to_the_bound_lead_everywhere(key, fix_branching):
    params = {"const": 0, "scale": 0}
    usual = skeletonize(params, fix_branching=fix_branching)
    for skeleton in skeletonize({**params, key: 1e38}, fix_branching=fix_branching).values():
        assert len(skeleton.vertices) > 0.8 * len(usual[skeleton.id].vertices)


@pytest.mark.parametrize("value", [0.0, 1e-30, 1e30, 1e38])
@pytest.mark.parametrize("key", ["scale", "const", "pdrf_scale", "pdrf_exponent"])
def test_extreme_numbers_still_give_trees(key, value):
    params = {"const": 3, "soma_detection_threshold": np.inf, key: value}
    for skeleton in skeletonize(params).values():
        assert np.isfinite(skeleton.vertices).all()
        assert len(skeleton.edges) < len(skeleton.vertices)
