"""Consent: a client asks, a person answers (RFC 6749 section 4.1.1, RFC 9700 section 4.1)."""

import re
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages import sign_in, sign_out
from grantwell.pages.consent_cookies import forget_surplus, is_bound
from grantwell.pages.consent_view import view_of
from grantwell.pages.errors import PageError
from grantwell.pages.forms import read_form
from grantwell.pages.language import asked_locales, texts_of
from grantwell.pages.leaving import leave
from grantwell.pages.person import Person, person_of
from grantwell.pages.refusing import reason_of
from grantwell.pages.rendering import page, see_other
from grantwell.pages.return_to import with_return_to
from grantwell.pages.site import site_of
from grantwell.sdk import UnprocessableEntityError
from grantwell.sdk.types import Consent

PATH = "/consent"
DECISIONS = {"allow": True, "deny": False}
# The server's words for a consent token that is over, and ours for people.
OVER = {
    "the consent token was already used": "consent.token_used",
    "the consent token has expired": "consent.token_expired",
    "the client does not exist any more": "consent.client_gone",
    "the client has changed; start again from it": "consent.client_changed",
    "the redirect URI is not registered any more": "consent.client_changed",
    "the client may not ask for this any more": "consent.client_changed",
}
# What a compact JWE consists of (RFC 7516 section 7.1): nothing that could lead elsewhere as part of a path.
CONSENT_TOKEN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,8191}")


async def show(request: Request) -> Response:
    """Ask, or answer at once where the server says that the person has answered before."""
    token = request.query_params.get("consent_token", "")
    if not CONSENT_TOKEN.fullmatch(token):
        raise not_started_here(request)
    response = await ask(request, token)
    forget_surplus(request, response, token)
    return response


async def ask(request: Request, token: str) -> Response:
    """The question; or the answer; or first the sign-in. Raises PageError."""
    person = await person_of(request)
    # Before asking whose browser this is: SDKs follow the authorization endpoint to here without cookies, and take an
    # error page for a failure of their call. Signing in decides nothing, and afterwards it is asked.
    if person is None:
        return see_other(with_return_to(sign_in.PATH, path_for(request, token)))
    refuse_unless_started_here(request, token)
    consent = await retrieve(request, person, token)
    # HEAD must not decide anything.
    if consent.extra.get("consent_required") is False and request.method == "GET":
        return await decide(request, person, token, allowed=True)
    view = view_of(consent, site_of(request).issuer, texts_of(request))
    return page(
        request,
        "consent.html",
        leaves=True,
        image_origin=view.logo.origin if view.logo else "",
        person=person,
        consent=view,
        consent_token=token,
        consent_path=path_for(request, token),
        ui_locales=asked_locales(request),
        form_token=person.form_token(PATH),
        sign_out_token=person.form_token(sign_out.PATH),
    )


async def submit(request: Request) -> Response:
    """Take the answer. The same one again, by a double click, leads to the same place."""
    fields = await read_form(request)
    t = texts_of(request)
    token = fields.get("consent_token", "")
    refuse_unless_started_here(request, token)
    person = await person_of(request)
    if person is None:
        return see_other(with_return_to(sign_in.PATH, path_for(request, token)))
    if not person.sent(fields, PATH):
        again = (path_for(request, token), t("consent.open_again"))
        title, message = t("errors.outdated_title"), t("consent.outdated")
        raise PageError(403, title, message, reason="form_token_wrong", then=again)
    if fields.get("decision") not in DECISIONS:
        raise PageError(400, t("consent.no_answer_title"), t("consent.no_answer"), reason="decision_malformed")
    return await decide(request, person, token, allowed=DECISIONS[fields["decision"]])


def refuse_unless_started_here(request: Request, token: str) -> None:
    """Raises PageError if this browser did not ask for this consent token: somebody else's link decides nothing."""
    if not is_bound(request, token) or not CONSENT_TOKEN.fullmatch(token):
        raise not_started_here(request)


def not_started_here(request: Request) -> PageError:
    """The page for somebody else's link."""
    # One computer's names share no cookies, and which of them is ours is easily overlooked while developing.
    t, site = texts_of(request), site_of(request)
    hint = "" if site.secure else " " + t("consent.only_name", issuer=site.issuer)
    title, message = t("consent.not_started_here_title"), t("consent.not_started_here") + hint
    return PageError(400, title, message, reason="consent_not_started_here")


async def retrieve(request: Request, person: Person, token: str) -> Consent:
    """What is asked. Raises PageError for a consent token that can no longer be answered."""
    try:
        return (await person.server(request).oauth.retrieve(token)).data
    except UnprocessableEntityError as e:
        raise start_again(request, e) from e


async def decide(request: Request, person: Person, token: str, *, allowed: bool) -> Response:
    """Tell the server, and send the browser where it says. Raises PageError as `retrieve` does."""
    try:
        answered = await person.server(request).oauth.grants(allowed=allowed, consent_token=token)
    except UnprocessableEntityError as e:
        raise start_again(request, e) from e
    return leave(request, person, token, answered.redirect_uri, allowed=allowed)


def start_again(request: Request, error: UnprocessableEntityError) -> PageError:
    """The page for a consent token that is used, expired, outdated or none."""
    t = texts_of(request)
    why = t(OVER.get(error.error_description or "", "consent.token_invalid"))
    message = f"{why} {t('consent.start_again')}"
    return PageError(422, t("consent.start_again_title"), message, reason=reason_of(error))


def path_for(request: Request, token: str) -> str:
    """Where a consent token is answered, in the languages that the client asked for."""
    locales = asked_locales(request)
    return f"{PATH}?{urlencode({'consent_token': token} | ({'ui_locales': locales} if locales else {}))}"
