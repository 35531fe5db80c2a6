"""What a person does in a browser, in one call: follows the address, decides, and is sent back."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx

from grantwell.sdk.client import Grantwell


class NoConsent(AssertionError):
    """The server shows an error page instead of asking the person; the text says which."""


def decide(
    http: httpx.Client, person: Grantwell, authorization_url: str, *, allowed: bool, reason_of: Callable[[str], str]
) -> str:
    """Where the browser goes after the person's decision: the client's redirect URI, with the answer in its query.

    Args:
        http: the browser's; follows no redirect.
        person: decides.
        authorization_url: the whole address that the client sends the browser to.
        allowed: what the person decides.
        reason_of: the server's reason code for a request, by its id.

    Raises:
        NoConsent: the server has shown an error page.
    """
    answer = http.get(authorization_url)
    if not answer.is_redirect:
        reason = reason_of(answer.headers.get("x-request-id", "")) or "no address for people"
        raise NoConsent(f"the server does not ask: {answer.status_code}, {reason} (docs/reasons.md)")
    target = answer.headers["location"]
    tokens = parse_qs(urlsplit(target).query).get("consent_token")
    if not tokens:
        # A refusal that travels by redirect: the client hears of it, and the person was not asked.
        return str(target)
    return person.oauth.grants(allowed=allowed, consent_token=tokens[0]).redirect_uri


def visit(address: str) -> None:
    """Go there as a browser would, over the network of this machine: to where a program waits for the answer."""
    with httpx.Client(trust_env=False) as browser:
        browser.get(address)
