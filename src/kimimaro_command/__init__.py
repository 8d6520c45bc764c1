"""Where the command ``kimimaro`` begins.

It is a package of its own because ``import kimimaro`` takes a third of a second, in which Ctrl-C
is to end the command as it does later.
"""

import sys


def main() -> int:
    """Load the command line, run it and return its exit code: 130 for an interruption."""
    try:
        from kimimaro.cli import main as run

        return run()
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
