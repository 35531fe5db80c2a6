"""The pages' composition: their routes in one list, and who answers when one of them cannot."""

from collections.abc import Mapping
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route

from grantwell.pages import (
    brand_files,
    consent,
    external_sign_in,
    footer,
    home,
    language_switch,
    reasons_page,
    reference_page,
    sign_in,
    sign_in_ticket,
    sign_out,
)
from grantwell.pages.brand import Brand
from grantwell.pages.console import (
    api_keys,
    apps,
    clients,
    operator,
    password,
    playground,
    refused,
    sessions,
    user,
    users,
)
from grantwell.pages.console.shell import SignInFirst, answer_sign_in_first
from grantwell.pages.errors import (
    PageError,
    answer_http_exception,
    answer_page_error,
    answer_sdk_error,
    answer_unexpected,
)
from grantwell.pages.external_login import ExternalLogin
from grantwell.pages.routing import page_at
from grantwell.pages.site import ConsentBinding, Site
from grantwell.pages.static_files import ForeverStaticFiles
from grantwell.pages.texts import Catalogue, shipped_catalogue
from grantwell.sdk import APIError

OUR_BRAND = Brand()
ROUTES = (
    page_at("/", get=home.show),
    page_at("/sign-in", get=sign_in.show, post=sign_in.submit),
    page_at(sign_in_ticket.PATH, get=sign_in_ticket.show, post=sign_in_ticket.submit),
    page_at("/sign-out", post=sign_out.submit),
    page_at("/consent", get=consent.show, post=consent.submit),
    page_at("/docs", get=reference_page.show),
    page_at(footer.PATH, get=language_switch.choose),
    Route(brand_files.STYLE, brand_files.show_style),
    Route(brand_files.LOGO, brand_files.show_logo),
    *apps.ROUTES,
    *clients.ROUTES,
    *refused.ROUTES,
    *reasons_page.ROUTES,
    *external_sign_in.ROUTES,
    *playground.ROUTES,
    *sessions.ROUTES,
    *password.ROUTES,
    *api_keys.ROUTES,
    *users.ROUTES,
    *user.ROUTES,
    *operator.ROUTES,
    Mount("/static", ForeverStaticFiles(), name="static"),
)
TROUBLE: Mapping[Any, Any] = {
    PageError: answer_page_error,
    SignInFirst: answer_sign_in_first,
    APIError: answer_sdk_error,
    HTTPException: answer_http_exception,
    Exception: answer_unexpected,
}


def create_pages(
    *,
    issuer: str,
    transport: httpx.AsyncBaseTransport,
    consent_binding: ConsentBinding,
    brand: Brand = OUR_BRAND,
    external_login: ExternalLogin | None = None,
    password_sign_in: bool = True,
    sign_in_url: str | None = None,
) -> Starlette:
    """The pages as an ASGI application.

    Args:
        issuer: the server's issuer, a bare origin; https decides about `Secure` and `__Host-` cookies.
        transport: carries the pages' calls to the server. It is told the person's network address and the request's id
            in the headers `x-grantwell-address` and `x-request-id`, both read from the ASGI scope's `state`. An answer
            may have the extension `grantwell_reason`; why a page refuses stands in the `state` afterwards: `reason`.
        consent_binding: name and value of the cookie that the authorization endpoint sets beside a consent token.
        brand: what the operator has made of the pages.
        external_login: the provider at which people may sign in.
        password_sign_in: whether they may sign in here, with a password.
        sign_in_url: a page of the operator's that signs people in instead of ours.
    """
    app = Starlette(routes=list(ROUTES), exception_handlers=TROUBLE)
    # A path that only resembles one of ours is none. The redirect would be a 307 to where the request says it came.
    app.router.redirect_slashes = False
    catalogue = Catalogue(brand.texts) if brand.texts else shipped_catalogue()
    app.state.site = Site(
        issuer, brand.name, transport, consent_binding, catalogue, brand, external_login, password_sign_in, sign_in_url
    )
    return app
