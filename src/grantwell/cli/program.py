"""All commands, and how each of them ends."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from grantwell import __version__
from grantwell.asgi.serving import CannotServe
from grantwell.cli import audit, clients, database, keys, move, openapi, restore, secrets, serve, signing_keys, users
from grantwell.cli.demo.command import demo
from grantwell.cli.login.commands import login, logout, token, whoami
from grantwell.cli.output import Failure, to_json
from grantwell.protocol.store import StorageUnavailable
from grantwell.settings import SettingsError
from grantwell.storage.errors import CannotOpen

FAILED, MISUSED = 1, 2

program = typer.Typer(
    name="grantwell",
    help="An OAuth 2.1 authorization server. Start it with `grantwell serve`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
program.command("serve")(serve.serve)
program.command("demo")(demo)
for command in (login, logout, token, whoami):
    program.command(command.__name__)(command)
program.add_typer(users.group, name="users")
program.add_typer(keys.group, name="keys")
program.add_typer(clients.group, name="clients")
program.add_typer(signing_keys.group, name="signing-keys")
program.add_typer(secrets.group, name="secrets")
program.add_typer(audit.group, name="audit")
program.command("migrate")(database.migrate)
program.command("backup")(database.backup)
program.command("restore")(restore.restore)
program.command("move")(move.move)
program.command("openapi")(openapi.openapi)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"grantwell {__version__}\n")
        raise typer.Exit


@program.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """An OAuth 2.1 authorization server. Start it with `grantwell serve`."""


def run(arguments: Sequence[str]) -> int:
    """Run one command; its exit code: 0, 1 where it failed, 2 where it was misused."""
    try:
        program(list(arguments), prog_name="grantwell")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED
    except SettingsError as error:
        return _refuse(str(error), arguments, MISUSED)
    except (Failure, CannotOpen, CannotServe, StorageUnavailable) as error:
        return _refuse(str(error), arguments, FAILED)
    except UnicodeEncodeError:
        return _refuse("an argument is not valid UTF-8", arguments, MISUSED)
    except OSError as error:
        return _refuse(f"{error.filename or 'error'}: {error.strerror or error}", arguments, FAILED)
    return 0


def _refuse(text: str, arguments: Sequence[str], code: int) -> int:
    if "--json" in arguments:
        sys.stdout.write(f"{to_json({'error': text})}\n")
    for line in text.splitlines():
        sys.stderr.write(f"grantwell: {line}\n")
    return code
