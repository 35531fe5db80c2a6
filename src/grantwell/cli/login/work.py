"""What the commands do: the SDK's logins, and a place for their token."""

import json
import sys
import webbrowser
from base64 import urlsafe_b64decode
from binascii import Error as NoBase64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer

from grantwell import sdk
from grantwell.cli.output import Failure, when

BASE = "/v2"
NOBODY = "nobody is logged in: grantwell login SERVER"


def storage(path: Path | None, *, keyring: bool) -> sdk.TokenStorage:
    """Where the login is kept: in a file of this person's, unless told otherwise. Raises Failure."""
    if keyring and path is not None:
        raise Failure("--keyring and --token-file are two places: choose one")
    with told():
        if keyring:
            return sdk.KeyringStorage("cli")
        return sdk.FileStorage(path or Path(typer.get_app_dir("grantwell")) / "token.json")


def base_url_of(server: str) -> str:
    """The SDK's base URL of an address as people know it: without a path the API's own is meant."""
    address = server.rstrip("/")
    return address if urlsplit(address).path else address + BASE


def log_in(
    kept: sdk.TokenStorage,
    base_url: str,
    *,
    scope: str | None,
    resource: str | None,
    client_id: str | None,
    with_browser: bool,
    timeout_seconds: int,
) -> dict[str, Any]:
    """Whose login it is now. Raises Failure."""

    def send_the_person_to(address: str) -> None:
        sys.stderr.write(f"Open this address, if it does not open by itself:\n\n  {address}\n\n")
        sys.stderr.flush()
        if with_browser:
            webbrowser.open(address)

    with told(), sdk.Grantwell(api_key="", base_url=base_url) as client:
        token = sdk.log_in(
            client,
            kept,
            client_id=client_id,
            client_name="Grantwell's command line",
            scope=scope,
            resource=resource,
            open_browser=send_the_person_to,
            timeout_seconds=timeout_seconds,
        )
    return described(token)


def log_out(kept: sdk.TokenStorage) -> str | None:
    """The server of the login that was ended; None if there was none. Raises Failure."""
    with told():
        token = kept.load()
        if token is None:
            return None
        with sdk.Grantwell(api_key="", base_url=token.base_url) as client:
            try:
                sdk.log_out(client, kept)
            except sdk.APIError as error:
                raise Failure(f"the login is forgotten here, but the server could not be told: {error}") from None
    return token.base_url.removesuffix(BASE)


def access_token(kept: sdk.TokenStorage, *, renewed: bool = False) -> dict[str, Any]:
    """A token with some life left, or a new one. Raises Failure."""
    with told():
        before = required(kept)
        with sdk.Grantwell(api_key="", base_url=before.base_url) as client:
            rejected = before.access_token if renewed and before.refresh_token else None
            text = sdk.RenewingToken(client, kept).access_token(rejected=rejected)
    return {"access_token": text, "expires_at": when(required(kept).expires_at)}


def who_is_logged_in(kept: sdk.TokenStorage) -> dict[str, Any]:
    """Whose login is kept, as the server has just confirmed. Raises Failure."""
    access_token(kept, renewed=True)
    return described(required(kept))


def required(kept: sdk.TokenStorage) -> sdk.StoredToken:
    """The token that is kept. Raises Failure."""
    token = kept.load()
    if token is None:
        raise Failure(NOBODY)
    return token


def described(token: sdk.StoredToken) -> dict[str, Any]:
    """What there is to say of a login; nothing of it is secret."""
    facts = {
        "server": token.base_url.removesuffix(BASE),
        "user_id": subject_of(token.access_token),
        "client_id": token.client_id,
        "scope": token.scope,
        "resource": token.resource,
        "expires_at": when(token.expires_at),
    }
    return {name: value for name, value in facts.items() if value is not None}


def subject_of(token: str) -> str | None:
    """Whose token it is, to be shown and nothing else: to a client its tokens are opaque (RFC 9068 section 6)."""
    payload = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, NoBase64):
        return None
    return claims.get("sub") if isinstance(claims, dict) else None


@contextmanager
def told() -> Iterator[None]:
    """Tell what the SDK and the keyring refuse as a command's failure."""
    try:
        yield
    except sdk.LoginRequiredError as error:
        raise Failure(f"{error}: grantwell login SERVER") from None
    except Exception as error:
        if isinstance(error, (sdk.GrantwellError, *errors_of_the_keyring())):
            raise Failure(str(error)) from None
        raise


def errors_of_the_keyring() -> tuple[type[Exception], ...]:
    """Those of the `keyring` package, if it was ever asked."""
    errors = sys.modules.get("keyring.errors")
    return (errors.KeyringError,) if errors else ()
