"""The command ``kimimaro``: one file per command, imported when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

import click

from kimimaro.cli.terminal import DONE, INPUT_ERROR, INTERRUPTED, Interrupted, shown_warnings
from kimimaro.errors import KimimaroError

COMMANDS = (
    "demo",
    "forge",
    "connect",
    "info",
    "plot",
    "view",
    "postprocess",
    "join",
    "cross-section",
    "convert",
    "swc",
    "completion",
    "license",
)
"""The commands; each one's file has its name, with _ for -, and holds ``command``."""


class LazyGroup(click.Group):
    """A group that imports a command's file when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order in which a person meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"kimimaro.cli.{cmd_name.replace('-', '_')}")
        command = module.command
        assert isinstance(command, click.Command)
        return command


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="kimimaro COMMAND --help explains a command, with examples.",
)
@click.version_option(package_name="kimimaro", message="kimimaro %(version)s")
def group() -> None:
    """Draw skeletons of labeled images.

    \b
    kimimaro demo                                        see what it does
    kimimaro forge labels.npy -o skeletons -a 16,16,40   skeletonize a file
    """


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    0: done. 2: an input could not be worked with; one sentence on standard error says which.
    130: interrupted. Click itself exits with 1 where nobody reads standard output any more.
    """
    try:
        with shown_warnings():
            code = group.main(args=args, prog_name="kimimaro", standalone_mode=False)
    except Interrupted as error:
        return _fail(str(error), INTERRUPTED)
    except (click.Abort, KeyboardInterrupt):
        return _fail("Interrupted.", INTERRUPTED)
    except click.ClickException as error:
        error.show()
        return INPUT_ERROR
    except (KimimaroError, OSError, MemoryError) as error:
        return _fail(f"Error: {_sentence(error)}", INPUT_ERROR)
    return code if isinstance(code, int) else DONE


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror and not isinstance(error, KimimaroError):
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    return str(error) or "there is not enough memory."


def _fail(message: str, code: int) -> int:
    click.echo(message, err=True)
    return code
