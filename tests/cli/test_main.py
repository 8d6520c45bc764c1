"""Exit codes and one-sentence errors, as a shell sees them."""

import os
import subprocess
import sys

import click
import pytest

from kimimaro.cli import COMMANDS, group, main
from kimimaro.cli.terminal import Interrupted
from kimimaro.errors import InputError
from kimimaro.formats.base import warn


@pytest.fixture
def fails(monkeypatch):
    """Make the command "license" raise what a test wants."""

    def install(error):
        @click.command(name="license")
        def command():
            raise error

        monkeypatch.setattr("kimimaro.cli.license.command", command)

    return install


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (InputError("scale is -1; use more."), 2, "Error: scale is -1; use more."),
        (FileNotFoundError(2, "No such file", "a.npy"), 2, "Error: a.npy: No such file."),
        (OSError(28, "No space left on device"), 2, "Error: No space left on device."),
        (MemoryError(), 2, "Error: there is not enough memory."),
        (click.UsageError("no."), 2, "no."),
        (Interrupted("Interrupted; 3 of 5 are kept."), 130, "Interrupted; 3 of 5 are kept."),
        (KeyboardInterrupt(), 130, "Interrupted."),
    ],
)
def test_errors_become_a_sentence_and_an_exit_code(fails, capsys, error, code, words):
    fails(error)
    assert main(["license"]) == code
    captured = capsys.readouterr()
    assert words in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_a_defect_of_ours_keeps_its_traceback(fails):
    fails(ZeroDivisionError("ours"))
    with pytest.raises(ZeroDivisionError):
        main(["license"])


@pytest.mark.parametrize("args", [["frobnicate"], ["license", "--loud"], ["--nothing"]])
def test_wrong_usage(capsys, args):
    assert main(args) == 2
    assert "No such" in capsys.readouterr().err


def test_help_lists_every_command(capsys):
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name in COMMANDS:
        assert f"\n  {name} " in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(capsys, name):
    assert main([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"Usage: kimimaro {name}")


def test_commands_and_options_complete_in_the_shell():
    from click.shell_completion import ShellComplete

    complete = ShellComplete(group, {}, "kimimaro", "_KIMIMARO_COMPLETE")
    assert [item.value for item in complete.get_completions([], "li")] == ["license"]
    assert [item.value for item in complete.get_completions(["license"], "--he")] == ["--help"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_that_a_shell_needs(capsys, shell):
    assert main(["completion", shell]) == 0
    assert f" _KIMIMARO_COMPLETE={shell}_complete" in capsys.readouterr().out


STOPPED = """
import sys

class Stop:
    def find_spec(self, name, *_):
        if name == "osteoid":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Stop())
from kimimaro_command import main
assert "numpy" not in sys.modules
sys.exit(main())
"""


def test_ctrl_c_while_modules_are_loaded():
    run = subprocess.run([sys.executable, "-c", STOPPED], capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr) == (130, "", "Interrupted.\n")


COMMAND = [sys.executable, "-c", "import sys, kimimaro_command; sys.exit(kimimaro_command.main())"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("args", [[], ["--json"]])
def test_a_full_disk_behind_standard_output(volume, args):
    with open("/dev/full", "w") as full:
        run = subprocess.run(
            [*COMMAND, "info", volume, *args], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert run.returncode == 2
    assert run.stderr == "Error: standard output: No space left on device.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise there")
def test_nobody_reads_standard_output(volume):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        run = subprocess.run(
            [*COMMAND, "info", volume], stdout=writing, stderr=subprocess.PIPE, text=True
        )
    finally:
        os.close(writing)
    assert (run.returncode, run.stderr) == (1, "")


def test_warnings_are_one_line_each(monkeypatch, capsys):
    @click.command(name="license")
    def command():
        for _ in range(2):
            warn("a loop was cut.")

    monkeypatch.setattr("kimimaro.cli.license.command", command)
    assert main(["license"]) == 0
    assert capsys.readouterr().err == "Warning: a loop was cut.\n"
