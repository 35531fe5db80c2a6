"""What somebody can do to a string of this server's who knows how it is made, and has none of its secrets."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from tests.support.tokens import reworded

from grantwell.protocol.generated_secret import REFRESH_TOKEN, payload_of, with_checksum
from grantwell.protocol.lineage_token import ID_BYTES, NUMBER_BYTES


def renumbered(refresh_token: str, number: int) -> str:
    """The token with another number, and a checksum that fits."""
    payload = payload_of(REFRESH_TOKEN, refresh_token)
    assert payload is not None
    identifier, code = payload[:ID_BYTES], payload[ID_BYTES + NUMBER_BYTES :]
    return with_checksum(REFRESH_TOKEN, identifier + number.to_bytes(NUMBER_BYTES) + code)


def sealed_with(token: str, secret: bytes) -> str:
    """The access token, as HS256 with a secret that is none."""
    signing_input = reworded(token, header={"alg": "HS256"}).rpartition(".")[0]
    code = hmac.new(secret, signing_input.encode(), sha256).digest()
    return f"{signing_input}.{urlsafe_b64encode(code).rstrip(b'=').decode()}"
