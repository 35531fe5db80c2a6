"""Client authentication (RFC 6749 section 2.3): none, client_secret_basic, client_secret_post.

A bearer in the Authorization header is no client authentication and no error: SDKs send their API key everywhere.
"""

from base64 import b64decode
from urllib.parse import unquote

from msgspec import Struct

from grantwell.protocol.call import Call
from grantwell.protocol.context import Context
from grantwell.protocol.errors import InvalidClient, InvalidRequest
from grantwell.protocol.generated_secret import matches_hash
from grantwell.protocol.outcome import Use
from grantwell.protocol.records import AuthenticatingClient

MAXIMUM_LENGTH = 256


class ClientCredentials(Struct, frozen=True, gc=False):
    """What was presented. An empty `client_id` means: nothing."""

    client_id: str
    client_secret: str | None
    basic: bool


def read_client_credentials(call: Call, parameters: dict[str, str]) -> ClientCredentials:
    """Find the credentials of a request. Raises InvalidRequest for two of them, InvalidClient for malformed Basic."""
    client_id = parameters.get("client_id", "")
    secret = parameters.get("client_secret") or None
    if len(client_id) > MAXIMUM_LENGTH or len(secret or "") > MAXIMUM_LENGTH:
        raise InvalidRequest("client_id or client_secret is too long", reason="client_credentials_too_long")
    scheme, _, encoded = call.authorization.partition(" ")
    if scheme.lower() != "basic":
        return ClientCredentials(client_id, secret, False)
    basic = _read_basic(encoded)
    if secret is not None:
        raise InvalidRequest("use one method of client authentication", reason="client_two_methods")
    if client_id and client_id != basic.client_id:
        raise InvalidRequest("the request names two clients", reason="client_two_identities")
    return basic


def _read_basic(encoded: str) -> ClientCredentials:
    try:
        pair = b64decode(encoded.strip(), validate=True).decode("utf-8")
    except ValueError as e:
        raise InvalidClient("the Basic credentials are malformed", reason="client_basic_malformed", basic=True) from e
    # Some clients percent-encode the parts (RFC 6749 2.3.1), the SDKs do not: our own alphabet reads alike both ways.
    client_id, colon, secret = (unquote(part) for part in pair.partition(":"))
    if not colon or max(len(client_id), len(secret)) > MAXIMUM_LENGTH or "\0" in client_id:
        raise InvalidClient("the Basic credentials are malformed", reason="client_basic_malformed", basic=True)
    return ClientCredentials(client_id, secret or None, True)


def authenticate_client(
    client: AuthenticatingClient | None, credentials: ClientCredentials, context: Context
) -> tuple[Use, ...]:
    """Say which credential proved the client. Raises InvalidClient.

    An unknown client, a disabled one and a wrong secret read alike on the wire; the reason code tells them apart.
    """
    if not credentials.client_id:
        raise _refusal("client_missing", credentials)
    if client is None:
        raise _refusal("client_unknown", credentials)
    if not client.enabled:
        raise _refusal("client_disabled", credentials)
    if client.client_type == "public":
        # Its id is all that a public client has; a secret with it shows a mistaken client, which is told so.
        if credentials.client_secret is not None:
            raise _refusal("client_public_with_secret", credentials)
        return (Use("client", client.client_id, context.now, noted_at=client.last_used_at),)
    if credentials.client_secret is None:
        raise _refusal("client_secret_missing", credentials)
    return (_matching_secret(client, credentials, context),)


def _matching_secret(client: AuthenticatingClient, credentials: ClientCredentials, context: Context) -> Use:
    secret, newest, older = credentials.client_secret or "", client.secret_hash, client.older_secret_hash
    if newest is not None and matches_hash(secret, newest):
        # Whoever replaces a secret watches which of the two is still used.
        noted_at = None if older_secret_lives(client, context.now) else client.secret_last_used_at
        return Use("client_secret", client.client_id, context.now, newest, noted_at)
    if older is None or not matches_hash(secret, older):
        raise _refusal("client_secret_wrong", credentials)
    if not older_secret_lives(client, context.now):
        raise _refusal("client_secret_expired", credentials)
    return Use("client_secret", client.client_id, context.now, older)


def older_secret_lives(client: AuthenticatingClient, now: int) -> bool:
    """Whether a client's secret before the newest one still proves it at `now`, in epoch seconds."""
    if client.older_secret_hash is None:
        return False
    return client.older_secret_expires_at is None or now < client.older_secret_expires_at


def _refusal(reason: str, credentials: ClientCredentials) -> InvalidClient:
    return InvalidClient("client authentication failed", reason=reason, basic=credentials.basic)
