"""Sign-in tickets: somebody's own login vouches for a person, and hands the browser over to our pages.

A ticket is its data and a MAC (HMAC-SHA-256, RFC 2104): asking for one writes nothing. The MAC needs the server's
secret and what the database keeps of the API key that vouches, so that a thief of one of the two writes none. It names
the session that it may open, and that session can be opened only once, so a ticket works once.
"""

from hmac import compare_digest

import msgspec
from msgspec import Struct

from grantwell.protocol.encoding import decode_base64url, encode_base64url
from grantwell.protocol.records import ApiKey
from grantwell.protocol.server_secrets import PurposeKeys, mac

PREFIX = "gw_ticket_"
MAXIMUM_LENGTH = 4096


class SignInTicket(Struct, frozen=True):
    """Who may be signed in, as which session, where the browser goes then, and which API key vouches.

    Times are epoch seconds.
    """

    session_id: str
    user_id: str
    org_id: str
    api_key_id: str
    return_to: str
    issued_at: int
    expires_at: int


class PresentedTicket(Struct, frozen=True):
    """A ticket taken apart. Nothing of it is true before `is_genuine` says so."""

    ticket: SignInTicket
    payload: str
    key_id: str
    proof: str


def write_ticket(ticket: SignInTicket, voucher: ApiKey, keys: PurposeKeys) -> str:
    """The ticket as text, of characters that an address can hold as they are."""
    payload = encode_base64url(msgspec.json.encode(ticket))
    return f"{PREFIX}{payload}.{keys.primary_id}.{_proof(keys.primary, voucher, payload)}"


def read_ticket(text: str) -> PresentedTicket | None:
    """Take a ticket apart; None for what has another form."""
    parts = text.removeprefix(PREFIX).split(".")
    if not text.startswith(PREFIX) or len(text) > MAXIMUM_LENGTH or len(parts) != 3:
        return None
    try:
        ticket = msgspec.json.decode(decode_base64url(parts[0]) or b"", type=SignInTicket)
    except msgspec.DecodeError:
        return None
    return PresentedTicket(ticket, *parts)


def is_genuine(presented: PresentedTicket, voucher: ApiKey, keys: PurposeKeys) -> bool:
    """Whether this server has written the ticket for that API key."""
    key = keys.by_id.get(presented.key_id)
    if key is None or presented.ticket.api_key_id != voucher.api_key_id:
        return False
    return compare_digest(_proof(key, voucher, presented.payload).encode(), presented.proof.encode())


def _proof(key: bytes, voucher: ApiKey, payload: str) -> str:
    return encode_base64url(mac(mac(key, voucher.key_hash.encode()), f"sign-in ticket {payload}".encode()))
