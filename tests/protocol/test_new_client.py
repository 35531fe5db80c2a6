from typing import Any

from tests.support.values import NOW, a_context

from grantwell.protocol.generated_secret import CLIENT_SECRET, hash_secret, payload_of
from grantwell.protocol.new_client import new_client
from grantwell.protocol.records import Client, ClientType

FIELDS: dict[str, Any] = {"name": "Fleet Manager"}


def make(client_type: ClientType = "confidential", **fields: Any) -> tuple[Client, str | None]:
    return new_client({**FIELDS, **fields}, client_type, a_context(), org_id="org-1", user_id="user-1")


def test_a_confidential_client_gets_a_secret_of_which_only_the_hash_stays() -> None:
    client, secret = make()
    assert secret is not None
    assert payload_of(CLIENT_SECRET, secret) is not None
    assert client.secret_hash == hash_secret(secret)
    assert secret not in repr(client)


def test_a_public_client_gets_no_secret() -> None:
    client, secret = make("public")
    assert secret is None
    assert client.secret_hash is None


def test_a_client_starts_unverified_enabled_and_unused() -> None:
    client, _ = make()
    assert (client.verified, client.enabled, client.valid_after, client.revision) == (False, True, 0, 0)
    assert (client.created_at, client.updated_at) == (NOW, NOW)
    assert (client.last_used_at, client.authorized_at, client.older_secret_hash) == (None, None, None)


def test_what_is_not_said_is_nothing() -> None:
    client, _ = make()
    assert (client.allowed_scopes, client.allowed_grant_types, client.redirect_uris) == ((), (), ())
    assert (client.require_pkce, client.logo_uri, client.policy_uri, client.tos_uri) == (False, None, None, None)


def test_what_is_said_is_kept() -> None:
    said: dict[str, Any] = {
        "allowed_scopes": ("read",),
        "allowed_grant_types": ("authorization_code",),
        "redirect_uris": ("https://a.test/",),
        "require_pkce": True,
        "logo_uri": "https://a.test/l",
        "policy_uri": "https://a.test/p",
        "tos_uri": "https://a.test/t",
    }
    client, _ = make(**said)
    assert {name: getattr(client, name) for name in said} == said
    assert (client.org_id, client.user_id, client.origin) == ("org-1", "user-1", "management")


def test_every_client_has_an_id_of_its_own_that_no_user_has() -> None:
    context = a_context()
    ids = [new_client(FIELDS, "public", context, org_id="o", user_id="u")[0].client_id for _ in range(2)]
    assert ids[0] != ids[1]
    assert not ids[0].startswith("user_")
