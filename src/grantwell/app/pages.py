"""The pages of this server: made when they are first needed, with what they know of it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from grantwell import __version__
from grantwell.app.branding import brand_of
from grantwell.app.external import external_login_of
from grantwell.app.parts import Clock
from grantwell.app.registered import ALL_OPERATIONS
from grantwell.asgi.dispatcher import Dispatcher
from grantwell.asgi.documents import Documents
from grantwell.asgi.http import ASGIApp
from grantwell.asgi.later import Later
from grantwell.asgi.openapi import openapi_document
from grantwell.protocol.authorization_errors import AuthorizationPageError
from grantwell.protocol.consent_token import browser_binding
from grantwell.protocol.context import Server
from grantwell.settings import Settings

if TYPE_CHECKING:
    from starlette.applications import Starlette


class Pages:
    """The pages. `dispatcher` tells who answers their calls, once there is one."""

    def __init__(self, dispatcher: Callable[[], Dispatcher], server: Server, settings: Settings, clock: Clock) -> None:
        self._dispatcher = dispatcher
        self._clock = clock
        self._server = server
        self._settings = settings
        self._pages: Starlette | None = None
        self.app = Later(self._make)

    def _make(self) -> ASGIApp:
        from grantwell.asgi.in_process import InProcessTransport  # noqa: PLC0415 - see Later
        from grantwell.pages import create_pages  # noqa: PLC0415 - see Later

        issuer = self._server.issuer
        document = openapi_document(ALL_OPERATIONS, issuer, __version__)
        self._pages = create_pages(
            issuer=issuer,
            transport=InProcessTransport(self._dispatcher(), {"/openapi.json": document}),
            consent_binding=lambda token: browser_binding(token, secure=issuer.startswith("https:")),
            brand=brand_of(self._settings),
            external_login=external_login_of(self._settings, self._server, self._clock),
            password_sign_in=self._settings.password_sign_in,
            sign_in_url=self._settings.sign_in_url,
        )
        return Documents(document, self._pages)

    def refusal(
        self, error: AuthorizationPageError, request_id: str, query_string: bytes, headers: Mapping[bytes, bytes]
    ) -> str:
        """The HTML for an authorization request that is refused by no redirect, in the language of who reads it."""
        from grantwell.pages import render_authorization_error  # noqa: PLC0415 - see Later

        self.app.made()
        scope = {
            "type": "http",
            "app": self._pages,
            "query_string": query_string,
            "headers": list(headers.items()),
            "state": {"request_id": request_id},
        }
        return render_authorization_error(scope, error.page_status, error.page_error, error.description, error.reason)
