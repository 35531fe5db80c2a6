"""The command `grantwell`."""

import sys

# What Python has on some systems only, and the server needs.
OF_THE_SYSTEM = {"fcntl"}


def main() -> int:
    """Run the command line of this process; its exit code."""
    try:
        from grantwell.cli.program import run  # noqa: PLC0415 - a bare installation lacks what it needs
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("grantwell"):
            raise
        sys.stderr.write(f"grantwell: {advice(error.name)}\n")
        return 1
    return run(sys.argv[1:])


def advice(missing: str) -> str:
    """What to do about a module that is not there."""
    if missing in OF_THE_SYSTEM:
        return "the server and its commands need Linux or macOS; grantwell.sdk and grantwell.resource run here, too"
    return f"{missing} is missing: install the server with pip install grantwell[server]"
