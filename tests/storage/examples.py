"""Records to begin with, and a world of them: whoever reads a test sees only what matters to it."""

from typing import Any

from msgspec.structs import replace

from grantwell.protocol import changes as made
from grantwell.protocol import records
from grantwell.protocol.people_changes import AddSession
from grantwell.protocol.refused_request import RefusedRequest
from grantwell.protocol.store import Backend

T0 = 1_700_000_000


def organization(**fields: Any) -> records.Organization:
    return replace(records.Organization("org-1", "Acme", T0), **fields)


def user(**fields: Any) -> records.User:
    return replace(records.User("user-1", "org-1", "ann@example.com", "argon2", "admin", True, 0, T0), **fields)


def api_key(**fields: Any) -> records.ApiKey:
    key = records.ApiKey("key-1", "user-1", "org-1", "laptop", "hash-1", ("clients", "grants"), T0, None, None, None)
    return replace(key, **fields)


def client(**fields: Any) -> records.Client:
    found = records.Client(
        client_id="client-1",
        org_id="org-1",
        user_id="user-1",
        name="Fleet Manager",
        client_type="confidential",
        origin="management",
        token_endpoint_auth_method="client_secret_basic",
        allowed_scopes=("read", "write"),
        allowed_grant_types=("authorization_code", "refresh_token"),
        redirect_uris=("https://client.example/cb",),
        require_pkce=True,
        logo_uri=None,
        policy_uri="https://client.example/policy",
        tos_uri=None,
        verified=False,
        enabled=True,
        valid_after=0,
        secret_hash="secret-1",
        secret_last_used_at=None,
        older_secret_hash=None,
        older_secret_expires_at=None,
        older_secret_last_used_at=None,
        revision=0,
        created_at=T0,
        updated_at=T0,
        last_used_at=None,
        authorized_at=None,
        introspection=None,
    )
    return replace(found, **fields)


def authenticating(found: records.Client) -> records.AuthenticatingClient:
    """The part of a client that decides when it presents itself."""
    fields = records.AuthenticatingClient.__struct_fields__
    return records.AuthenticatingClient(**{name: getattr(found, name) for name in fields})


def self_registered(**fields: Any) -> records.Client:
    return client(**{"origin": "registration", "org_id": records.REGISTERED_ORG_ID, "user_id": ""} | fields)


def grant(**fields: Any) -> records.Grant:
    consented = records.Consented("https://api.example/", ("read",), "digest")
    found = records.Grant("grant-1", "org-1", "user-1", "client-1", ("read",), (consented,), 0, T0, None)
    return replace(found, **fields)


def lineage(**fields: Any) -> records.Lineage:
    found = records.Lineage(
        lineage_id="lineage-1",
        grant_id="grant-1",
        org_id="org-1",
        client_id="client-1",
        user_id="user-1",
        scopes=("read",),
        resource="https://api.example/",
        redirect_uri="https://client.example/cb",
        code_challenge="challenge",
        code_challenge_method="S256",
        salt="salt",
        key_id="k1",
        generation=0,
        rotated_at=T0,
        expires_at=T0 + 60,
        ends_at=T0 + 7_776_000,
        created_at=T0,
        revoked_at=None,
    )
    return replace(found, **fields)


def decision(**fields: Any) -> records.ConsentDecision:
    return replace(
        records.ConsentDecision("consent-1", "user-1", "client-1", True, "lineage-1", T0, T0 + 600), **fields
    )


def session(**fields: Any) -> records.Session:
    return replace(records.Session("session-1", "session-hash-1", "user-1", "org-1", T0, T0 + 3600, None), **fields)


def signing_key(**fields: Any) -> records.SigningKeyRow:
    return replace(records.SigningKeyRow("kid-1", 1, "ES256", "ciphertext", T0, T0 + 60, None), **fields)


def event(**fields: Any) -> records.AuditEvent:
    found = records.AuditEvent(
        "event-1", T0, "client.created", "org-1", "user-1", "api_key:key-1", "client-1", "r-1", "127.0.0.1", "", ""
    )
    return replace(found, **fields)


def refused(reference: str = "ref-1", **fields: Any) -> RefusedRequest:
    sent = (("client_id", "client-1"), ("state", "…"))
    found = RefusedRequest(
        reference, T0, "client-1", "authorize", "invalid_request", "redirect_uri_unknown", "words", "https://a/…", sent
    )
    return replace(found, **fields)


WORLD = (
    made.AddOrganization(organization()),
    made.AddUser(user()),
    made.AddApiKey(api_key()),
    made.AddClient(client()),
    made.AddGrant(grant()),
    made.AddLineage(lineage()),
    made.AddConsentDecision(decision()),
    AddSession(session()),
    made.AddSigningKey(signing_key()),
    made.RecordEvent(event()),
)


async def populate(backend: Backend) -> None:
    """One record of each kind, related to each other."""
    await backend.apply(WORLD)


async def lineage_in(backend: Backend, lineage_id: str = "lineage-1") -> records.Lineage | None:
    return (await backend.redemption("", lineage_id)).lineage


async def generation_in(backend: Backend, lineage_id: str = "lineage-1") -> int:
    found = await lineage_in(backend, lineage_id)
    assert found is not None
    return found.generation


def advance(generation: int = 0, lineage_id: str = "lineage-1") -> made.AdvanceLineage:
    return made.AdvanceLineage(lineage_id, generation, T0 + 30, T0 + 9000, f"request-{generation}")
