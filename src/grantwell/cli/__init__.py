"""The command `grantwell`."""

import sys


def main() -> int:
    """Run the command line of this process; its exit code."""
    try:
        from grantwell.cli.program import run  # noqa: PLC0415 - a bare installation lacks what it needs
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("grantwell"):
            raise
        sys.stderr.write(f"grantwell: {error.name} is missing: install the server with pip install grantwell[server]\n")
        return 1
    return run(sys.argv[1:])
