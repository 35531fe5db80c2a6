"""Consent: a client asks, a person answers (RFC 6749 section 4.1.1, RFC 9700 section 4.1)."""

import hmac
import re

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages import sign_in, sign_out
from grantwell.pages.consent_view import view_of
from grantwell.pages.errors import PageError, sentence
from grantwell.pages.forms import read_form
from grantwell.pages.leaving import leave
from grantwell.pages.person import Person, person_of
from grantwell.pages.rendering import page, see_other
from grantwell.pages.return_to import with_return_to
from grantwell.pages.site import site_of
from grantwell.sdk import UnprocessableEntityError
from grantwell.sdk.types import Consent

PATH = "/consent"
DECISIONS = {"allow": True, "deny": False}
NOT_STARTED_HERE = "This link was not started in this browser"
START_HERE = (
    "For your safety, an app can ask you only in the browser in which you have just opened it. Nothing was decided. "
    "Go to the app and start again from there, in this browser."
)
# What a compact JWE consists of (RFC 7516 section 7.1): nothing that could lead elsewhere as part of a path.
CONSENT_TOKEN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,8191}")


async def show(request: Request) -> Response:
    """Ask, or answer at once where the server says that the person has answered before."""
    token = request.query_params.get("consent_token", "")
    if not CONSENT_TOKEN.fullmatch(token):
        raise not_started_here(request)
    person = await person_of(request)
    # Before asking whose browser this is: SDKs follow the authorization endpoint to here without cookies, and take an
    # error page for a failure of their call. Signing in decides nothing, and afterwards it is asked.
    if person is None:
        return see_other(with_return_to(sign_in.PATH, path_for(token)))
    refuse_unless_started_here(request, token)
    consent = await retrieve(request, person, token)
    # HEAD must not decide anything.
    if consent.extra.get("consent_required") is False and request.method == "GET":
        return await decide(request, person, token, allowed=True)
    return page(
        request,
        "consent.html",
        leaves=True,
        person=person,
        consent=view_of(consent, site_of(request).issuer),
        consent_token=token,
        consent_path=path_for(token),
        form_token=person.form_token(PATH),
        sign_out_token=person.form_token(sign_out.PATH),
    )


async def submit(request: Request) -> Response:
    """Take the answer. The same one again, by a double click, leads to the same place."""
    fields = await read_form(request)
    token = fields.get("consent_token", "")
    refuse_unless_started_here(request, token)
    person = await person_of(request)
    if person is None:
        return see_other(with_return_to(sign_in.PATH, path_for(token)))
    if not person.sent(fields, PATH):
        message = "Nothing was decided. Open the page again, and answer there."
        raise PageError(403, "This page was open for too long", message, then=(path_for(token), "Open it again"))
    if fields.get("decision") not in DECISIONS:
        raise PageError(400, "That is no answer", "Nothing was decided. Choose Allow or Deny.")
    return await decide(request, person, token, allowed=DECISIONS[fields["decision"]])


def refuse_unless_started_here(request: Request, token: str) -> None:
    """Raises PageError if this browser did not ask for this consent token: somebody else's link decides nothing."""
    name, value = site_of(request).consent_binding(token)
    bound = hmac.compare_digest(request.cookies.get(name, "").encode(), value.encode())
    if not bound or not CONSENT_TOKEN.fullmatch(token):
        raise not_started_here(request)


def not_started_here(request: Request) -> PageError:
    """The page for somebody else's link."""
    # One computer's names share no cookies, and which of them is ours is easily overlooked while developing.
    hint = "" if site_of(request).secure else f" This server goes by {site_of(request).issuer}, and no other name."
    return PageError(400, NOT_STARTED_HERE, f"{START_HERE}{hint}")


async def retrieve(request: Request, person: Person, token: str) -> Consent:
    """What is asked. Raises PageError for a consent token that can no longer be answered."""
    try:
        return (await person.server(request).oauth.retrieve(token)).data
    except UnprocessableEntityError as e:
        raise start_again(e) from e


async def decide(request: Request, person: Person, token: str, *, allowed: bool) -> Response:
    """Tell the server, and send the browser where it says. Raises PageError as `retrieve` does."""
    try:
        answered = await person.server(request).oauth.grants(allowed=allowed, consent_token=token)
    except UnprocessableEntityError as e:
        raise start_again(e) from e
    return leave(request, person, token, answered.redirect_uri, allowed=allowed)


def start_again(error: UnprocessableEntityError) -> PageError:
    """The page for a consent token that is used, expired, outdated or none."""
    why = sentence(error.error_description or "The request is not valid")
    return PageError(422, "Please start again", f"{why} Go back to the app and start again from there.")


def path_for(token: str) -> str:
    """Where a consent token is answered."""
    return f"{PATH}?consent_token={token}"
