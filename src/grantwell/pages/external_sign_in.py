"""Signing in at another provider (OpenID Connect Core, section 3.1): there, back, and a session here."""

import hmac
import logging

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages import sign_in
from grantwell.pages.cookies import SESSION, set_cookie
from grantwell.pages.errors import PageError
from grantwell.pages.external_flow import Flow, begin_flow, forget_flow, keep_flow, read_flow
from grantwell.pages.external_login import CALLBACK, PATH, ExternalLogin, LoginFailed
from grantwell.pages.language import texts_of
from grantwell.pages.refusing import reason_of
from grantwell.pages.rendering import see_other
from grantwell.pages.return_to import own_path, with_return_to
from grantwell.pages.routing import page_at
from grantwell.pages.site import site_of, state_of
from grantwell.sdk import AuthenticationError, PermissionDeniedError

LOGGER = logging.getLogger("grantwell")
MAXIMUM_CODE = 4096
NO_ACCOUNT = "external_login.no_account"
# What the operation refuses with, and the text that says it to the person.
REFUSALS = {
    "the email address is not verified": "external_login.unverified",
    "this account is not linked": "external_login.not_linked",
    "there is no account here": NO_ACCOUNT,
    "this account is disabled": "external_login.disabled",
}


async def begin(request: Request) -> Response:
    """Send the browser to the provider. HEAD starts nothing."""
    login = _login(request)
    flow = begin_flow(own_path(request.query_params.get("return_to")))
    try:
        url = await login.provider.authorization_url(flow.state, flow.nonce, flow.code_verifier)
    except LoginFailed as e:
        raise _failed(request, login, e, flow.return_to) from e
    response = see_other(url)
    keep_flow(request, response, flow)
    return response


async def finish(request: Request) -> Response:
    """Take the provider's answer, whatever it is, once."""
    login, flow = _login(request), read_flow(request)
    state = request.query_params.get("state", "")
    if flow is None or not hmac.compare_digest(state.encode(), flow.state.encode()):
        t = texts_of(request)
        raise PageError(
            400,
            t("external_login.not_started_title"),
            t("external_login.not_started"),
            reason="external_login_not_started",
            then=(sign_in.PATH, t("external_login.again")),
        )
    response = await _finish(request, login, flow)
    forget_flow(request, response)
    return response


async def _finish(request: Request, login: ExternalLogin, flow: Flow) -> Response:
    t, asked = texts_of(request), request.query_params
    if "error" in asked or not 0 < len(asked.get("code", "")) <= MAXIMUM_CODE:
        return await sign_in.form(request, flow.return_to, message=t("external_login.refused", name=login.name))
    try:
        found = await login.provider.identify(asked["code"], flow.nonce, flow.code_verifier, asked.get("iss"))
    except LoginFailed as e:
        raise _failed(request, login, e, flow.return_to) from e
    identity = login.vouch(login.issuer, found.subject, found.email, found.email_verified)
    body = {"identity": identity, "user_agent": request.headers.get("user-agent", "")}
    try:
        opened = await site_of(request).server(request).post("/sessions/external", body=body)
    except PermissionDeniedError as e:
        title, key = t("external_login.no_entry_title"), REFUSALS.get(e.error_description or "", NO_ACCOUNT)
        then = (sign_in.PATH, t("external_login.again"))
        raise PageError(403, title, t(key), reason=reason_of(e), then=then) from e
    except AuthenticationError as e:
        refused = LoginFailed("the identity was refused here")
        raise _failed(request, login, refused, flow.return_to, reason_of(e)) from e
    await sign_in.end_previous(request)
    response = see_other(flow.return_to)
    set_cookie(request, response, SESSION, opened["session"])
    return response


def _login(request: Request) -> ExternalLogin:
    login = site_of(request).external_login
    if login is None:
        t = texts_of(request)
        raise PageError(404, t("errors.not_found_title"), t("errors.not_found"), reason="path_unknown")
    return login


def _failed(request: Request, login: ExternalLogin, error: LoginFailed, return_to: str, reason: str = "") -> PageError:
    """The page for trouble between the provider and us, which the person cannot help; the log knows more."""
    LOGGER.warning("external login: %s (request %s)", error, state_of(request, "request_id"))
    t = texts_of(request)
    again = with_return_to(sign_in.PATH, return_to)
    return PageError(
        502,
        t("external_login.failed_title"),
        t("external_login.failed", name=login.name),
        reason=reason or "external_login_failed",
        then=(again, t("external_login.again")),
    )


ROUTES = (page_at(PATH, get=begin), page_at(CALLBACK, get=finish))
