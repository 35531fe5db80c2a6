"""The commands. What they do is imported when they do it: an HTTP client takes as long to load as half the server."""

from pathlib import Path
from typing import Annotated

import typer

from grantwell.cli.options import Json
from grantwell.cli.output import lines, tell

Server = Annotated[
    str,
    typer.Argument(metavar="SERVER", envvar="GRANTWELL_BASE_URL", help="Its address, as in https://auth.example.com."),
]
Scopes = Annotated[
    list[str] | None, typer.Option("--scope", metavar="NAME", help="May be repeated. Default: all that there are.")
]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", metavar="PATH", help="Where the login is kept, for whoever has several."),
]
Keyring = Annotated[
    bool, typer.Option("--keyring", help="Keep it in the system's keyring instead (pip install keyring).")
]


def login(  # noqa: PLR0913 - each is an option of its own
    server: Server,
    *,
    scope: Scopes = None,
    resource: Annotated[
        str | None, typer.Option(metavar="URI", help="The API that the tokens are for (RFC 8707).")
    ] = None,
    client_id: Annotated[
        str | None, typer.Option(metavar="ID", help="A public client. Default: one registers itself (RFC 7591).")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only show the address to open.")] = False,
    timeout: Annotated[int, typer.Option(min=1, metavar="SECONDS", help="How long to wait for you.")] = 300,
    token_file: TokenFile = None,
    keyring: Keyring = False,
    as_json: Json = False,
) -> None:
    """Log in to a server in your browser. The login is kept for `token`, and replaces one that was kept before."""
    from grantwell.cli.login import work  # noqa: PLC0415 - see above

    facts = work.log_in(
        work.storage(token_file, keyring=keyring),
        work.base_url_of(server),
        scope=" ".join(scope or ()) or None,
        resource=resource,
        client_id=client_id,
        with_browser=not no_browser,
        timeout_seconds=timeout,
    )
    tell(facts, f"Logged in.\n{lines(facts)}", as_json=as_json)


def logout(token_file: TokenFile = None, keyring: Keyring = False, as_json: Json = False) -> None:
    """End the login that is kept, here and at the server."""
    from grantwell.cli.login import work  # noqa: PLC0415 - see above

    server = work.log_out(work.storage(token_file, keyring=keyring))
    words = f"Logged out of {server}." if server else "Nobody was logged in."
    tell({"logged_out": server is not None, "server": server}, words, as_json=as_json)


def token(token_file: TokenFile = None, keyring: Keyring = False, as_json: Json = False) -> None:
    """Print an access token that is good for a minute at least, renewed if need be, and nothing else."""
    from grantwell.cli.login import work  # noqa: PLC0415 - see above

    facts = work.access_token(work.storage(token_file, keyring=keyring))
    tell(facts, facts["access_token"], as_json=as_json)


def whoami(token_file: TokenFile = None, keyring: Keyring = False, as_json: Json = False) -> None:
    """Say whose login is kept, and what for; it is renewed, so that the server says whether it still is one."""
    from grantwell.cli.login import work  # noqa: PLC0415 - see above

    facts = work.who_is_logged_in(work.storage(token_file, keyring=keyring))
    tell(facts, lines(facts), as_json=as_json)
