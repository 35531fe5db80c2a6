"""Who takes part in a conversation: clients and people, with what each of them knows."""

from base64 import b64encode
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

# The pair of RFC 7636 appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

CALLBACK = "https://client.example/callback"
LOOPBACK = "http://127.0.0.1/callback"


@dataclass(frozen=True)
class Client:
    client_id: str
    client_secret: str | None
    redirect_uri: str = CALLBACK

    @property
    def credentials(self) -> dict[str, str]:
        """As fields of a body."""
        secret = {"client_secret": self.client_secret} if self.client_secret else {}
        return {"client_id": self.client_id, **secret}

    @property
    def basic(self) -> dict[str, str]:
        """As a header."""
        return basic(self.client_id, self.client_secret or "")

    def with_secret(self, secret: str | None) -> "Client":
        return replace(self, client_secret=secret)


@dataclass(frozen=True)
class Person:
    user_id: str
    org_id: str
    email: str
    api_key: str

    @property
    def bearer(self) -> dict[str, str]:
        return bearer(self.api_key)


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
