"""Authorization codes and refresh tokens: strings that are computed, never stored.

A string is prefix + lineage id + number + HMAC(server key, id, number, salt): 0 numbers the authorization code, 1, 2,
... the refresh tokens. Neither the database (it has the salt) nor the server key alone can make one, and every
ancestor of the head is recognised by arithmetic, however old.
"""

from hmac import compare_digest

from msgspec import Struct

from grantwell.protocol.encoding import decode_base64url, encode_base64url
from grantwell.protocol.generated_secret import AUTHORIZATION_CODE, REFRESH_TOKEN, payload_of, with_checksum
from grantwell.protocol.records import Lineage
from grantwell.protocol.server_secrets import PurposeKeys, mac

ID_BYTES = 16
NUMBER_BYTES = 4
MAC_BYTES = 32
MAXIMUM_LENGTH = 128


class LineageToken(Struct, frozen=True, gc=False):
    """A presented code or refresh token, taken apart; whether it is genuine is `is_genuine`'s to say."""

    lineage_id: str
    number: int
    mac: bytes


def _mac(key: bytes, identifier: bytes, number: bytes, salt: str) -> bytes:
    return mac(key, identifier + number + salt.encode())


def write_lineage_token(lineage: Lineage, number: int, keys: PurposeKeys) -> str:
    """The string that stands for `number` in this lineage, the same one at every call."""
    identifier = decode_base64url(lineage.lineage_id)
    assert identifier is not None
    assert len(identifier) == ID_BYTES
    encoded = number.to_bytes(NUMBER_BYTES)
    payload = identifier + encoded + _mac(keys.by_id[lineage.key_id], identifier, encoded, lineage.salt)
    return with_checksum(AUTHORIZATION_CODE if number == 0 else REFRESH_TOKEN, payload)


def read_lineage_token(text: str) -> LineageToken | None:
    """Take a presented string apart; None if it is neither a code nor a refresh token of this server's making."""
    if len(text) > MAXIMUM_LENGTH:
        return None
    prefix = REFRESH_TOKEN if text.startswith(REFRESH_TOKEN) else AUTHORIZATION_CODE
    payload = payload_of(prefix, text)
    if payload is None or len(payload) != ID_BYTES + NUMBER_BYTES + MAC_BYTES:
        return None
    number = int.from_bytes(payload[ID_BYTES : ID_BYTES + NUMBER_BYTES])
    # The prefix is part of the meaning: a code in a refresh token's clothes is nothing.
    if (number == 0) is not (prefix == AUTHORIZATION_CODE):
        return None
    return LineageToken(encode_base64url(payload[:ID_BYTES]), number, payload[ID_BYTES + NUMBER_BYTES :])


def is_genuine(presented: LineageToken, lineage: Lineage, keys: PurposeKeys) -> bool:
    """Did this server make the string? Compared in constant time; false too when its key is no longer known."""
    key = keys.by_id.get(lineage.key_id)
    identifier = decode_base64url(presented.lineage_id)
    if key is None or identifier is None:
        return False
    expected = _mac(key, identifier, presented.number.to_bytes(NUMBER_BYTES), lineage.salt)
    return compare_digest(expected, presented.mac)
