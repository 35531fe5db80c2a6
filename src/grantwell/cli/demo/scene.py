"""Who takes part in the demo, and what they hold."""

import base64
import hashlib
import http.client
import secrets
import select
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from msgspec import Struct

from grantwell.cli.demo.orders_api import SCOPE, OrdersApi, listening
from grantwell.cli.demo.server import Running
from grantwell.cli.output import Failure
from grantwell.sdk import Grantwell
from grantwell.sdk.types import OAuthTokenResponse

REDIRECT_URI = "http://127.0.0.1:9999/callback"


class Step(Struct, frozen=True):
    """One step of the story: what happened, in a line, and what there was to see."""

    name: str
    told: str
    facts: dict[str, Any]


class Scene:
    """Ada, who owns orders; an agent, who would like to see them; the API that has them; and the server between."""

    def __init__(self, server: Running, browser: httpx.Client, api: OrdersApi) -> None:
        base_url = f"{server.url}/v2"
        self.server = server
        self.browser = browser
        self.api = api
        self.ada = Grantwell(api_key=server.api_key, base_url=base_url, http_client=browser)
        self.agent = Grantwell(api_key="", base_url=base_url, http_client=browser, max_retries=0)
        self.client_id = ""
        self.verifier = secrets.token_urlsafe(32)
        self.state = secrets.token_urlsafe(16)
        self.consent_token = ""
        self.code = ""
        self.received: list[OAuthTokenResponse] = []

    @property
    def tokens(self) -> OAuthTokenResponse:
        """The tokens that the agent received last."""
        return self.received[-1]

    @property
    def refresh_token(self) -> str:
        """The refresh token that the agent received last."""
        return self.tokens.refresh_token or ""

    def challenge(self) -> str:
        """The S256 challenge of the verifier (RFC 7636 section 4.2)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def authorization_address(self) -> str:
        """Where the agent sends Ada's browser (RFC 6749 section 4.1.1)."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "scope": SCOPE,
            "state": self.state,
            "code_challenge": self.challenge(),
            "code_challenge_method": "S256",
            "resource": self.api.resource,
        }
        return f"{self.server.url}/v2/oauth/authorize?{urlencode(asked)}"

    def refresh(self, refresh_token: str) -> OAuthTokenResponse:
        """What the agent's refresh brings."""
        return self.agent.oauth.token(grant_type="refresh_token", client_id=self.client_id, refresh_token=refresh_token)

    def send_refresh_and_hang_up(self) -> None:
        """A refresh whose answer is sent, and never read."""
        form = {"grant_type": "refresh_token", "client_id": self.client_id, "refresh_token": self.refresh_token}
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=30)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/v2/oauth/token", urlencode(form), headers)
        select.select([connection.sock], [], [], 30)
        connection.close()

    def ask_for_orders(self, access_token: str = "") -> int:
        """The status that the API answers a request with."""
        headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}
        return self.browser.get(self.api.resource, headers=headers).status_code


@contextmanager
def scene(server: Running) -> Iterator[Scene]:
    """Everybody in place. Whatever proxy this machine has, all of it happens on this machine."""
    with ExitStack() as opened:
        browser = opened.enter_context(httpx.Client(trust_env=False, timeout=30))
        ada = Grantwell(api_key=server.api_key, base_url=f"{server.url}/v2", http_client=browser)
        api = OrdersApi(ada)
        opened.enter_context(listening(api))
        client = ada.oauth_clients.create(
            name="Orders API",
            client_type="confidential",
            allowed_scopes=[SCOPE],
            allowed_grant_types=["client_credentials"],
        ).data
        api.client_id, api.client_secret = client.client_id, client.client_secret or ""
        yield Scene(server, browser, api)


def parameters(address: str) -> dict[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def expect(met: object, words: str) -> None:
    """The story must be true: raise Failure where it is not."""
    if not met:
        raise Failure(f"the demo went wrong: expected that {words}")


def shortened(secret: str) -> str:
    """Enough of a secret to recognise it by: its kind, and its end."""
    return f"{secret[: secret.rindex('_', 0, 12) + 1]}...{secret[-8:]}"
