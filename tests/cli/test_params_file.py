"""Parameters from files: what is saved is what is read, what is unknown is named."""

import click
import pytest

from kimimaro.cli.options import teasar_options
from kimimaro.cli.params_file import load, params_options, save
from kimimaro.cli.values import POINT, TRIPLE
from kimimaro.errors import InputError
from kimimaro.params import TeasarParams


@click.command()
@click.argument("source", required=False)
@params_options
@click.option("--anisotropy", type=TRIPLE)
@click.option("--smooth/--no-smooth", default=True)
@click.option("--places", type=POINT, multiple=True)
@click.option("--number", type=int)
@click.option("--graph", type=click.Path())
@teasar_options
def command(**options):
    return options


def run(*args):
    return command.main([str(arg) for arg in args], standalone_mode=False)


@pytest.mark.parametrize("suffix", [".toml", ".JSON"])
def test_what_is_saved_is_read_again(tmp_path, suffix):
    path = tmp_path / f"used{suffix}"
    used = run("--scale", "3.25", "--no-smooth", "--places", "1,2,3", "--max-paths", "5")
    names = ("anisotropy", "smooth", "places")
    params = TeasarParams(scale=3.25, max_paths=5)
    save(path, params, {name: used[name] for name in names})
    assert run("--params", path) == used


@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_infinity_is_saved_as_its_format_has_it(tmp_path, suffix):
    path = tmp_path / f"used{suffix}"
    save(path, TeasarParams(soma_detection_threshold=float("inf")), {})
    text = path.read_text()
    assert "soma_detection_threshold = inf\n" in text or '_threshold": "inf"' in text
    assert "scale = 1.5\n" in text or '"scale": 1.5,\n' in text
    assert run("--params", path)["soma_detection_threshold"] == float("inf")


@pytest.mark.parametrize(
    "text",
    [
        *("scale = {a = 1}", "scale = [1]", "smooth = [1, 2]", "smooth = {a = 1}"),
        *("number = 2.5", "max_paths = 2.5", "max_paths = inf", "graph = 5"),
    ],
)
def test_refuses_what_an_option_would_take_for_something_else(tmp_path, text):
    path = tmp_path / "a.toml"
    path.write_text(text)
    name = text.split()[0]
    option = f"--{name.replace('_', '-')}"
    with pytest.raises(InputError, match=rf"a\.toml: {name} is .*; give it a value of {option}"):
        run("--params", path)


def test_whole_numbers_may_be_written_as_fractions(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text("number = 2.0")
    assert run("--params", path)["number"] == 2


def test_teasar_parameters_may_stand_in_their_table_or_outside(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("anisotropy = [16, 16, 40]\nconst = 7\n[teasar_params]\nscale = 2\n")
    options = run("--params", path)
    assert options["anisotropy"] == (16.0, 16.0, 40.0)
    assert (options["const"], options["scale"]) == (7, 2)


def test_options_of_the_command_line_win(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("scale = 2\nsmooth = false\n")
    for args in (["--scale", "9", "--params", path], ["--params", path, "--scale", "9"]):
        options = run(*args)
        assert options["scale"] == 9
        assert options["smooth"] is False


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.toml", "scal = 2", "unknown parameter 'scal'; did you mean 'scale'"),
        ("a.toml", "zzz = 2", "unknown parameter 'zzz'; did you mean"),
        ("a.toml", "source = 'a.npy'", "unknown parameter 'source'"),
        ("a.toml", "save_params = 'used.toml'", "unknown parameter 'save_params'"),
        ("a.toml", "scale = ", "no valid TOML"),
        ("a.json", '{"scale": ', "no valid JSON"),
        ("a.json", "[1, 2]", "holds a list"),
        ("a.json", '{"teasar_params": 3}', "teasar_params is 3"),
        ("a.yaml", "scale: 2", r"\*\.toml or \*\.json"),
        ("a.toml", b"\xff\xfe", "not a text file"),
    ],
)
def test_refuses_with_a_reason(tmp_path, name, text, reason):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=reason):
        run("--params", path)


def test_refuses_values_of_another_kind(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text('scale = "wide"\n')
    with pytest.raises(click.BadParameter, match="'wide' is not a valid float"):
        run("--params", path)


def test_reads_json_nulls_as_defaults(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"scale": null}')
    assert load(path) == {}
