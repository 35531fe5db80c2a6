"""The key set (RFC 7517 section 5): every key that a token in the world may be signed with."""

from msgspec import Struct

from grantwell.protocol.call import Call
from grantwell.protocol.context import Context
from grantwell.protocol.operation import Documentation, Operation, load_nothing
from grantwell.protocol.outcome import Outcome, Reply


class JsonWebKeySet(Struct, frozen=True):
    """RFC 7517 section 5."""

    keys: tuple[dict[str, str], ...]


def read(_call: Call, _context: Context) -> None:
    """Nothing is asked."""


def decide(_request: None, _facts: None, context: Context) -> Outcome:
    """Publish the keys; caches must let go of them sooner than a new one is used."""
    headers = (("Cache-Control", f"public, max-age={context.server.jwks_max_age}"),)
    return Outcome(Reply(200, JsonWebKeySet(tuple(context.keys.published())), headers))


GET_JWKS = Operation(
    "GetOAuthJWKS",
    "GET /oauth/jwks",
    "public",
    read,
    load_nothing,
    decide,
    Documentation(summary="The signing keys", tag="Protocol", response=JsonWebKeySet, advertised_as="jwks_uri"),
)
