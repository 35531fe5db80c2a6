"""Plain values to try rules on: whoever reads a test sees only what matters to it.

Every builder takes what is different by the record's own field names. The clock stands at `NOW` unless a test says
otherwise, and randomness comes from a counter, so that the same test always sees the same strings.
"""

import json
from base64 import b64encode
from collections.abc import Awaitable
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import urlencode

from msgspec.structs import replace

from grantwell.protocol import records
from grantwell.protocol.access_token import AccessTokenClaims, sign_access_token
from grantwell.protocol.call import FORM, JSON, Call
from grantwell.protocol.consent_rules import metadata_digest
from grantwell.protocol.consent_token import seal_consent_request
from grantwell.protocol.context import NOBODY, Caller, Context, Scope, Server
from grantwell.protocol.generated_secret import hash_secret
from grantwell.protocol.key_life import KeyPolicy
from grantwell.protocol.keys import KeySet, SigningKey, generate_private_key
from grantwell.protocol.lineage_token import write_lineage_token
from grantwell.protocol.outcome import ConsentRequest
from grantwell.protocol.pkce import challenge_of
from grantwell.protocol.server_secrets import ServerSecrets, server_secrets
from grantwell.protocol.store import ApiKeyFacts, RedemptionFacts, TokenFacts

NOW = 1_800_000_000
ISSUER = "https://auth.example.test"
RESOURCE = "https://api.example.test/mcp"
CALLBACK = "https://client.example.test/callback"
PUBLIC_CALLBACK = "http://127.0.0.1:7777/callback"
CLIENT_SECRET = "gw_secret_of-a-client"
OLDER_CLIENT_SECRET = "gw_secret_of-a-client-before"
API_KEY = "gw_key_of-a-user"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = challenge_of(VERIFIER, "S256")
SECRETS = server_secrets((b"a server secret for tests, of 32+",))
OTHER_SECRETS = server_secrets((b"some other server's own secret, 32",))
CATALOGUE = (
    Scope("admin", "Administration", "Manage clients"),
    Scope("read", "Reading", "See your things"),
    Scope("write", "Writing", "Change your things"),
)

Answer = TypeVar("Answer")


class Entropy:
    """As `os.urandom`, and yet the same at every run."""

    def __init__(self, seed: str = "") -> None:
        self.seed = seed
        self.calls = 0

    def __call__(self, size: int) -> bytes:
        self.calls += 1
        blocks = (sha256(f"{self.seed} {self.calls} {block}".encode()).digest() for block in range(size // 32 + 1))
        return b"".join(blocks)[:size]


@cache
def a_signing_key(kid: str = "key-1", alg: str = "ES256", activates_at: int = 0) -> SigningKey:
    """The same key for the same name, all the time that the tests run."""
    return SigningKey(kid, alg, generate_private_key(alg), activates_at)


def a_server(secrets: ServerSecrets = SECRETS, **fields: Any) -> Server:
    defaults: dict[str, Any] = {
        "issuer": ISSUER,
        "base": f"{ISSUER}/v2",
        "consent_url": f"{ISSUER}/consent",
        "scopes": CATALOGUE,
        "management_scope": "admin",
        "registration": "open",
        "registration_scopes": ("read", "write"),
        "default_resource": ISSUER,
        "resources": (),
        "allow_plain_pkce": False,
        "access_token_seconds": 1800,
        "code_seconds": 60,
        "consent_token_seconds": 600,
        "refresh_token_seconds": 30 * 86400,
        "lineage_seconds": 90 * 86400,
        "retry_seconds": 600,
        "session_seconds": 43200,
        "session_token_seconds": 300,
        "jwks_max_age": 300,
        "key_policy": KeyPolicy("ES256", 90 * 86400, 660, 1800),
        "grant_types": records.GRANT_TYPE_NAMES,
        "endpoints": (),
        "metadata": (),
    }
    given = {**defaults, **fields}
    return Server(secrets=secrets, scope_ids=tuple(scope.id for scope in given["scopes"]), **given)


def a_context(
    *,
    now: int = NOW,
    caller: Caller = NOBODY,
    keys: tuple[SigningKey, ...] | None = None,
    server: Server | None = None,
    entropy: Entropy | None = None,
    request_id: str = "request-1",
    **fields: Any,
) -> Context:
    """The circumstances; `fields` are the server's."""
    known = KeySet((a_signing_key(),) if keys is None else keys)
    return Context(server or a_server(**fields), known, now, entropy or Entropy(), request_id, "192.0.2.7", caller)


def a_caller(**fields: Any) -> Caller:
    """A user's API key, an administrator's, with every right."""
    caller = Caller("api_key", "user-1", "org-1", "admin", records.CAPABILITIES, "api_key key-1")
    return replace(caller, **fields)


def a_user(**fields: Any) -> records.User:
    user = records.User("user-1", "org-1", "ann@example.test", None, "admin", True, 0, NOW - 9999)
    return replace(user, **fields)


def an_api_key(**fields: Any) -> records.ApiKey:
    key = records.ApiKey(
        "key-1", "user-1", "org-1", "laptop", hash_secret(API_KEY), records.CAPABILITIES, NOW - 999, None, None, None
    )
    return replace(key, **fields)


def api_key_facts(user: records.User | None = None, **fields: Any) -> ApiKeyFacts:
    """An API key and its user; `fields` are the key's."""
    return ApiKeyFacts(an_api_key(**fields), user or a_user())


def a_client(**fields: Any) -> records.Client:
    """A confidential client that an organization made, and that may do everything."""
    client = records.Client(
        client_id="client-1",
        org_id="org-1",
        user_id="user-1",
        name="Fleet Manager",
        client_type="confidential",
        origin="management",
        token_endpoint_auth_method="",
        allowed_scopes=("admin", "read", "write"),
        allowed_grant_types=records.GRANT_TYPE_NAMES,
        redirect_uris=(CALLBACK,),
        require_pkce=False,
        logo_uri=None,
        policy_uri=None,
        tos_uri=None,
        verified=False,
        enabled=True,
        valid_after=0,
        secret_hash=hash_secret(CLIENT_SECRET),
        secret_last_used_at=None,
        older_secret_hash=None,
        older_secret_expires_at=None,
        older_secret_last_used_at=None,
        revision=0,
        created_at=NOW - 5000,
        updated_at=NOW - 5000,
        last_used_at=None,
        authorized_at=None,
        introspection=None,
    )
    return replace(client, **fields)


def a_public_client(**fields: Any) -> records.Client:
    """A client on a person's machine, without a secret."""
    return a_client(
        **{
            "client_id": "public-1",
            "client_type": "public",
            "redirect_uris": (PUBLIC_CALLBACK,),
            "secret_hash": None,
            **fields,
        }
    )


def a_self_registered_client(**fields: Any) -> records.Client:
    """A client that nobody vouches for (RFC 7591)."""
    return a_public_client(
        **{
            "client_id": "registered-1",
            "org_id": records.REGISTERED_ORG_ID,
            "user_id": records.REGISTERED_ORG_ID,
            "origin": "registration",
            "token_endpoint_auth_method": "none",
            "allowed_scopes": ("read", "write"),
            "allowed_grant_types": ("authorization_code", "refresh_token"),
            **fields,
        }
    )


def a_grant(**fields: Any) -> records.Grant:
    grant = records.Grant("grant-1", "org-1", "user-1", "client-1", ("read",), (), 0, NOW - 100, None)
    return replace(grant, **fields)


def a_lineage(**fields: Any) -> records.Lineage:
    """An approval of a moment ago, whose code nobody has redeemed yet."""
    lineage = records.Lineage(
        lineage_id="AAAAAAAAAAAAAAAAAAAAAA",
        grant_id="grant-1",
        org_id="org-1",
        client_id="client-1",
        user_id="user-1",
        scopes=("read", "write"),
        resource=RESOURCE,
        redirect_uri=CALLBACK,
        code_challenge=CHALLENGE,
        code_challenge_method="S256",
        salt="salt-1",
        key_id=SECRETS.lineage.primary_id,
        generation=0,
        rotated_at=NOW,
        expires_at=NOW + 60,
        ends_at=NOW + 90 * 86400,
        created_at=NOW,
        revoked_at=None,
    )
    return replace(lineage, **fields)


def a_refreshed_lineage(generation: int = 1, **fields: Any) -> records.Lineage:
    """An approval whose code was redeemed, and which was refreshed until its head bears this number."""
    return a_lineage(**{"generation": generation, "expires_at": NOW + 30 * 86400, **fields})


def a_session(**fields: Any) -> records.Session:
    session = records.Session("session-1", "hash-of-a-session", "user-1", "org-1", NOW - 60, NOW + 3600, None)
    return replace(session, **fields)


def redemption_facts(
    client: records.AuthenticatingClient | None, lineage: records.Lineage | None, /, **fields: Any
) -> RedemptionFacts:
    """What is found about a presented code or refresh token, when nothing has been revoked."""
    facts = RedemptionFacts(client, lineage, None, a_user() if lineage else None)
    return replace(facts, **fields)


def token_facts(**fields: Any) -> TokenFacts:
    """What is found about the token of `claims()`: everything that it stands on stands."""
    facts = TokenFacts(
        client_org_id="org-1",
        client_user_id="user-1",
        client_type="confidential",
        client_origin="management",
        client_enabled=1,
        client_valid_after=0,
        owner_role="admin",
        owner_enabled=1,
        user_org_id="org-1",
        user_role="admin",
        user_enabled=1,
        user_valid_after=0,
        lineage_id="AAAAAAAAAAAAAAAAAAAAAA",
    )
    return replace(facts, **fields)


def claims(**fields: Any) -> AccessTokenClaims:
    """What a token says that a user granted to a client, for an API elsewhere."""
    said = AccessTokenClaims(
        ISSUER, "user-1", RESOURCE, "client-1", NOW, NOW + 1800, "jti-1", "read write", "AAAAAAAAAAAAAAAAAAAAAA"
    )
    return replace(said, **fields)


def own_claims(**fields: Any) -> AccessTokenClaims:
    """What a token says that a client got for itself, for this server."""
    return claims(**{"sub": "client-1", "aud": ISSUER, "scope": "admin read", "lineage": "", **fields})


def session_claims(**fields: Any) -> AccessTokenClaims:
    """What a token says that our own pages got for a signed-in user."""
    own = {"client_id": "grantwell-pages", "aud": ISSUER, "scope": "", "lineage": "", "sid": "session-1"}
    return claims(**{**own, **fields})


def an_access_token(said: AccessTokenClaims | None = None, key: SigningKey | None = None) -> str:
    return sign_access_token(said or claims(), key or a_signing_key())


def a_code(lineage: records.Lineage | None = None) -> str:
    return write_lineage_token(lineage or a_lineage(), 0, SECRETS.lineage)


def a_refresh_token(number: int = 1, lineage: records.Lineage | None = None) -> str:
    return write_lineage_token(lineage or a_lineage(), number, SECRETS.lineage)


def a_consent_request(client: records.Client | None = None, **fields: Any) -> ConsentRequest:
    """What a person was asked a moment ago."""
    client = client or a_client()
    request = ConsentRequest(
        consent_id="consent-1",
        client_id=client.client_id,
        metadata_digest=metadata_digest(client),
        redirect_uri=client.redirect_uris[0],
        scopes=("read", "write"),
        resource=RESOURCE,
        state="of the client",
        code_challenge=CHALLENGE,
        code_challenge_method="S256",
        prompt=None,
        issued_at=NOW - 10,
        expires_at=NOW + 590,
    )
    return replace(request, **fields)


def a_consent_token(request: ConsentRequest | None = None) -> str:
    return seal_consent_request(request or a_consent_request(), SECRETS.consent)


def a_call(method: str = "GET", query: dict[str, str] | None = None, *, authorization: str = "", **path: str) -> Call:
    """A request without a body."""
    return Call(method, path, urlencode(query or {}).encode(), "", authorization, b"")


def a_form_call(parameters: dict[str, str], *, authorization: str = "") -> Call:
    return Call("POST", {}, b"", FORM, authorization, urlencode(parameters).encode())


def a_json_call(body: Any, *, authorization: str = "", method: str = "POST", **path: str) -> Call:
    return Call(method, path, b"", JSON, authorization, json.dumps(body).encode())


def basic(client_id: str, secret: str) -> str:
    """The Authorization header of HTTP Basic."""
    return f"Basic {b64encode(f'{client_id}:{secret}'.encode()).decode()}"


def bearer(credential: str) -> str:
    """The Authorization header of a bearer."""
    return f"Bearer {credential}"


def finish(awaitable: Awaitable[Answer]) -> Answer:
    """Run what never waits, as nothing does over dictionaries, without an event loop."""
    try:
        next(awaitable.__await__())
    except StopIteration as end:
        answer: Answer = end.value
        return answer
    raise AssertionError("it waits for something")
