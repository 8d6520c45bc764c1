"""Options are what the library says: same names, defaults, words."""

import dataclasses

import click
import pytest

from kimimaro.cli import COMMANDS, group
from kimimaro.cli.options import (
    field_docs,
    parameter_docs,
    signature_options,
    split_teasar,
    teasar_options,
)
from kimimaro.errors import InputError
from kimimaro.params import TeasarParams

SHARE_A_FORMULA = {"scale", "const", "soma_invalidation_scale", "soma_invalidation_const"}
"""Options whose words say how they go together."""


def thicken(image, steps=3, width=2.5, *, smooth=True, name="ball", places=()):
    """Thicken an image.

    Parameters
    ----------
    image : array
        What to thicken.
    steps, width : number
        How often, and
        how far in ``units``.
    smooth : bool
        Whether to smooth, see :func:`scipy.ndimage.median_filter`.

    Returns
    -------
    steps : int
        Nothing about the parameter.
    """


def options_of(decorate):
    @click.command()
    @decorate
    def command(**options):
        return options

    return command


def run(command, *args):
    return command.main(list(args), standalone_mode=False)


def test_every_field_is_an_option_with_its_default():
    values = run(options_of(teasar_options))
    assert values == dataclasses.asdict(TeasarParams())


def test_every_field_has_its_words():
    docs = field_docs(TeasarParams)
    assert set(docs) == {field.name for field in dataclasses.fields(TeasarParams)}
    assert all(docs.values())


def test_fields_take_values_of_their_kind():
    command = options_of(teasar_options)
    values = run(command, "--scale", "2.5", "--max-paths", "7", "--invalidation", "cube")
    assert (values["scale"], values["max_paths"], values["invalidation"]) == (2.5, 7, "cube")
    with pytest.raises(click.BadParameter):
        run(command, "--invalidation", "sphere")
    with pytest.raises(click.BadParameter):
        run(command, "--max-paths", "1.5")


def test_every_parameter_is_an_option_with_its_default():
    decorate = signature_options(
        thicken, skip=["image"], special={"places": {"type": int, "multiple": True}}
    )
    command = options_of(decorate)
    assert run(command) == {
        "steps": 3,
        "width": 2.5,
        "smooth": True,
        "name": "ball",
        "places": (),
    }
    values = run(command, "--no-smooth", "--steps", "5", "--places", "1", "--places", "2")
    assert (values["smooth"], values["steps"], values["places"]) == (False, 5, (1, 2))


def test_what_is_special_wins():
    decorate = signature_options(
        thicken,
        skip=["image", "places"],
        special={"smooth": {"default": False}, "steps": {"help": "How often."}},
    )
    command = options_of(decorate)
    assert run(command)["smooth"] is False
    assert {option.name: option.help for option in command.params}["steps"] == "How often."


@pytest.mark.parametrize("name", COMMANDS)
def test_words_are_those_of_a_shell(name):
    command = group.get_command(click.Context(group), name)
    words = {}
    for part in getattr(command, "commands", {name: command}).values():
        for option in part.params:
            if isinstance(option, click.Option):
                assert option.help
                assert ":`" not in option.help
                assert "None" not in option.help
                assert words.setdefault((part.name, option.help), option.name) == option.name or (
                    option.name in SHARE_A_FORMULA or option.help.startswith("Accepted")
                )


def test_a_parameter_of_unknown_kind_is_noticed():
    with pytest.raises(TypeError, match="'places'"):
        options_of(signature_options(thicken, skip=["image"]))


def test_words_come_from_the_docstring():
    docs = parameter_docs(thicken)
    assert docs["steps"] == docs["width"] == "How often, and how far in units."
    assert docs["smooth"] == "Whether to smooth, see median_filter."


def test_divides_teasar_from_the_rest():
    params, rest = split_teasar({"scale": 4.0, "smooth": True})
    assert params == TeasarParams(scale=4.0)
    assert rest == {"smooth": True}
    with pytest.raises(InputError, match="scale"):
        split_teasar({"scale": -1.0})
