"""Signing a person in to a program that runs on their own machine, and out again."""

from __future__ import annotations

import time
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING

from grantwell.sdk.errors import LoginError, NotFoundError, UnprocessableEntityError
from grantwell.sdk.login.authorization_request import AuthorizationRequest
from grantwell.sdk.login.loopback import LoopbackReceiver
from grantwell.sdk.login.stored_token import StoredToken
from grantwell.sdk.types import WellKnownRetrieveAuthorizationServerMetadataResponse as Metadata

if TYPE_CHECKING:
    from grantwell.sdk.client import Grantwell
    from grantwell.sdk.login.storage import TokenStorage


def log_in(
    client: Grantwell,
    storage: TokenStorage,
    *,
    client_id: str | None = None,
    client_name: str = "A command-line program",
    scope: str | None = None,
    resource: str | None = None,
    open_browser: Callable[[str], object] = webbrowser.open,
    timeout_seconds: float = 300,
) -> StoredToken:
    """Signs a person in: opens their browser, waits for their consent, and keeps the tokens (RFC 8252).

    Args:
        client: of the server; needs no API key.
        storage: where the tokens are kept.
        client_id: whose tokens they are: a public client with `http://127.0.0.1/callback` among its redirect URIs. If
            not said, the client of the token that is kept, or one that registers itself (RFC 7591).
        client_name: what the person is shown, where a client registers itself.
        scope: what for, separated by blanks.
        resource: whose tokens these shall be (RFC 8707).
        open_browser: takes the person to an address; may show it as well. False says that it cannot.
        timeout_seconds: how long to wait for the person.

    Raises:
        AuthorizationDeniedError: the person said no, or the server did.
        LoginError: no browser could be opened, or nobody came back in time.
        APIError: the server could not be asked, or refused.
    """
    metadata = client.well_known.retrieve_authorization_server_metadata()
    with LoopbackReceiver() as receiver:
        who = client_id or known_client(client, storage, receiver.redirect_uri)
        who = who or register(client, client_name, receiver.redirect_uri, scope)
        request = begin(client, metadata, who, receiver.redirect_uri, scope, resource)
        callback_url = receiver.ask(request, open_browser=open_browser, timeout_seconds=timeout_seconds)
    answer = client.oauth.exchange(request, callback_url)
    base_url = client.settings.base_url
    token = StoredToken.issued(answer, time.time(), client_id=who, base_url=base_url, resource=resource)
    storage.save(token)
    return token


def known_client(client: Grantwell, storage: TokenStorage, redirect_uri: str) -> str | None:
    """The client of an earlier login, if this server still knows it: a browser would end on a page that says no."""
    kept = storage.load()
    if kept is None or kept.base_url != client.settings.base_url:
        return None
    try:
        client.oauth.retrieve_authorize(client_id=kept.client_id, redirect_uri=redirect_uri, follow_redirects=False)
    except (NotFoundError, UnprocessableEntityError):
        return None
    return kept.client_id


def register(client: Grantwell, client_name: str, redirect_uri: str, scope: str | None) -> str:
    registered = client.oauth.register(
        client_name=client_name,
        redirect_uris=[redirect_uri],
        grant_types=["authorization_code", "refresh_token"],
        token_endpoint_auth_method="none",  # noqa: S106 -- a method, no secret
        scope=scope,
    )
    return registered.client_id


def begin(
    client: Grantwell, metadata: Metadata, client_id: str, redirect_uri: str, scope: str | None, resource: str | None
) -> AuthorizationRequest:
    return client.oauth.authorization_url(
        client_id=client_id,
        redirect_uri=redirect_uri,
        scope=scope,
        resource=resource,
        issuer=metadata.issuer,
        # RFC 9207, section 3: a server that says this always says who answers.
        issuer_required=metadata.extra.get("authorization_response_iss_parameter_supported") is True,
    )


def log_out(client: Grantwell, storage: TokenStorage) -> bool:
    """Ends the token that is kept, at the server and here.

    Returns:
        Whether there was one.

    Raises:
        LoginError: it is from another server than the client's.
        APIError: the server could not be told. The token is forgotten here all the same.
    """
    kept = storage.load()
    if kept is None:
        return False
    if kept.base_url != client.settings.base_url:
        raise LoginError(f"the token that is kept is from {kept.base_url}, not from {client.settings.base_url}")
    storage.clear()
    client.oauth.revoke(token=kept.refresh_token or kept.access_token, client_id=kept.client_id)
    return True
