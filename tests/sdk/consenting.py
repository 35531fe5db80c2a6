"""A person who decides by the API, as a consent page would."""

from urllib.parse import parse_qs, urlsplit

import httpx
from tests.support.server import API_KEY


def consent_token_at(authorization_url: str) -> str:
    """The consent token that a browser is sent on with."""
    answer = httpx.get(authorization_url)
    assert answer.status_code == 302, answer.text
    (token,) = parse_qs(urlsplit(answer.headers["location"]).query)["consent_token"]
    return token


def consented(authorization_url: str, base_url: str, *, allowed: bool = True) -> str:
    """Where the browser goes when the administrator has decided."""
    answer = httpx.post(
        f"{base_url}/oauth/grants",
        json={"allowed": allowed, "consent_token": consent_token_at(authorization_url)},
        headers={"Authorization": f"Bearer {API_KEY}"},
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["redirect_uri"])
