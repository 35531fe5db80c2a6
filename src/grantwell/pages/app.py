"""The pages' composition: their routes in one list, and who answers when one of them cannot."""

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route

from grantwell.pages import consent, home, reference_page, sign_in, sign_out
from grantwell.pages.errors import (
    PageError,
    answer_http_exception,
    answer_page_error,
    answer_sdk_error,
    answer_unexpected,
)
from grantwell.pages.site import ConsentBinding, Site
from grantwell.pages.static_files import ForeverStaticFiles
from grantwell.sdk import APIError

ROUTES = (
    Route("/", home.show, methods=["GET"]),
    Route("/sign-in", sign_in.show, methods=["GET"]),
    Route("/sign-in", sign_in.submit, methods=["POST"]),
    Route("/sign-out", sign_out.submit, methods=["POST"]),
    Route("/consent", consent.show, methods=["GET"]),
    Route("/consent", consent.submit, methods=["POST"]),
    Route("/docs", reference_page.show, methods=["GET"]),
    Mount("/static", ForeverStaticFiles(), name="static"),
)


def create_pages(
    *, issuer: str, transport: httpx.AsyncBaseTransport, consent_binding: ConsentBinding, site_name: str = "Grantwell"
) -> Starlette:
    """The pages as an ASGI application.

    Args:
        issuer: the server's issuer, a bare origin; https decides about `Secure` and `__Host-` cookies.
        transport: carries the pages' calls to the server. It is told the person's network address and the request's id
            in the headers `x-grantwell-address` and `x-request-id`, both read from the ASGI scope's `state`.
        consent_binding: name and value of the cookie that the authorization endpoint sets beside a consent token.
        site_name: what the pages call this server.
    """
    app = Starlette(
        routes=list(ROUTES),
        exception_handlers={
            PageError: answer_page_error,
            APIError: answer_sdk_error,
            HTTPException: answer_http_exception,
            Exception: answer_unexpected,
        },
    )
    app.state.site = Site(issuer, site_name, transport, consent_binding)
    return app
