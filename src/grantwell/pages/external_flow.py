"""One sign-in at another provider, from here and back: what this browser alone must be able to show again.

A random value in a cookie, from which `state`, `nonce` and the PKCE verifier are derived, and where the person wants to
go. So nothing is stored here, and an answer counts only in the browser in which it was asked for (RFC 9700 4.7).
"""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.cookies import drop_cookie, read_cookie, set_cookie
from grantwell.pages.return_to import own_path

COOKIE = "grantwell_login"
SEED_CHARACTERS = 43
# A browser keeps 4 KiB a cookie, and where one wants to go may hold a consent token.
PART_CHARACTERS = 3000
MAXIMUM_PARTS = 4


@dataclass(frozen=True, slots=True)
class Flow:
    """A sign-in that is under way in one browser."""

    seed: str = field(repr=False)
    return_to: str

    @property
    def state(self) -> str:
        """What the answer must bring back."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """What the ID token must say (OpenID Connect Core, section 3.1.2.1)."""
        return self._derived("nonce")

    @property
    def code_verifier(self) -> str:
        """What the code is exchanged with (RFC 7636 section 4.1)."""
        return self._derived("code_verifier")

    def _derived(self, what: str) -> str:
        return _encode(hmac.digest(self.seed.encode(), f"grantwell login {what}".encode(), "sha256"))


def begin_flow(return_to: str) -> Flow:
    """A new one."""
    return Flow(secrets.token_urlsafe(32), return_to)


def keep_flow(request: Request, response: Response, flow: Flow) -> None:
    """Have the browser remember it, and forget another one."""
    forget_flow(request, response)
    value = flow.seed + _encode(flow.return_to.encode())
    for number in range(0, len(value), PART_CHARACTERS):
        set_cookie(request, response, _name(number // PART_CHARACTERS), value[number : number + PART_CHARACTERS])


def read_flow(request: Request) -> Flow | None:
    """The one that is under way in this browser."""
    value = "".join(read_cookie(request, _name(number)) for number in range(MAXIMUM_PARTS))
    seed, return_to = value[:SEED_CHARACTERS], value[SEED_CHARACTERS:]
    if len(seed) < SEED_CHARACTERS:
        return None
    try:
        decoded = urlsafe_b64decode(return_to + "=" * (-len(return_to) % 4)).decode()
    except ValueError:
        decoded = ""
    # Without https a neighbour may have planted it.
    return Flow(seed, own_path(decoded))


def forget_flow(request: Request, response: Response) -> None:
    """It is over: its answer was taken, and is good for nothing else."""
    for number in range(MAXIMUM_PARTS):
        if read_cookie(request, _name(number)):
            drop_cookie(request, response, _name(number))


def _name(number: int) -> str:
    return f"{COOKIE}_{number}"


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
