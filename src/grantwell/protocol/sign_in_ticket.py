"""Sign-in tickets: somebody's own login vouches for a person, and hands the browser over to our pages.

A ticket is its data and a MAC (HMAC-SHA-256, RFC 2104) of this server: asking for one writes nothing. It names the
session that it may open, and that session can be opened only once, so a ticket works once.
"""

from hmac import compare_digest

import msgspec
from msgspec import Struct

from grantwell.protocol.encoding import decode_base64url, encode_base64url
from grantwell.protocol.server_secrets import PurposeKeys, mac

PREFIX = "gw_ticket_"
MAXIMUM_LENGTH = 4096


class SignInTicket(Struct, frozen=True):
    """Who may be signed in, as which session, and where the browser goes then. Times are epoch seconds."""

    session_id: str
    user_id: str
    org_id: str
    return_to: str
    issued_at: int
    expires_at: int


def write_ticket(ticket: SignInTicket, keys: PurposeKeys) -> str:
    """The ticket as text, of characters that an address can hold as they are."""
    payload = encode_base64url(msgspec.json.encode(ticket))
    return f"{PREFIX}{payload}.{keys.primary_id}.{encode_base64url(_mac(keys.primary, payload))}"


def read_ticket(text: str, keys: PurposeKeys) -> SignInTicket | None:
    """The ticket, if this server has written it; None for anything else."""
    payload, _, rest = text.removeprefix(PREFIX).partition(".")
    key_id, _, proof = rest.partition(".")
    key = keys.by_id.get(key_id)
    if not text.startswith(PREFIX) or len(text) > MAXIMUM_LENGTH or key is None:
        return None
    if not compare_digest(encode_base64url(_mac(key, payload)).encode(), proof.encode()):
        return None
    return msgspec.json.decode(decode_base64url(payload) or b"", type=SignInTicket)


def _mac(key: bytes, payload: str) -> bytes:
    return mac(key, f"sign-in ticket {payload}".encode())
