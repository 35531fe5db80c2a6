"""Making accounts: what they start as, and what the audit log gets to know of it."""

from tests.support.values import NOW, Entropy, a_context

from grantwell.protocol.accounts import account_events, new_api_key, new_organization, new_password, new_user
from grantwell.protocol.generated_secret import API_KEY, hash_secret, payload_of
from grantwell.protocol.records import CAPABILITIES

CONTEXT = a_context()
ACME = new_organization("Acme", CONTEXT)
ADA = new_user(ACME.organization, "ada@example.com", "a hash", "admin", CONTEXT)


def test_a_user_begins_enabled_in_the_organization() -> None:
    user = ADA.user
    assert (user.org_id, user.email, user.password_hash) == (ACME.organization.org_id, "ada@example.com", "a hash")
    assert (user.role, user.enabled, user.valid_after, user.created_at) == ("admin", True, 0, NOW)


def test_a_users_id_is_never_that_of_a_client() -> None:
    assert ADA.user.user_id.startswith("user_")
    assert not CONTEXT.identifier().startswith("user_")


def test_no_two_accounts_share_an_id() -> None:
    others = [new_user(ACME.organization, "ada@example.com", None, "member", CONTEXT).user.user_id for _ in range(3)]
    assert len({ADA.user.user_id, *others}) == 4


def test_of_an_api_key_only_the_hash_is_kept() -> None:
    added, secret = new_api_key(ADA.user, "deployments", CONTEXT)
    assert payload_of(API_KEY, secret) is not None
    assert added.api_key.key_hash == hash_secret(secret)
    assert secret not in repr(added)


def test_an_api_key_belongs_to_its_user_and_may_do_everything_for_ever_unless_told_otherwise() -> None:
    key = new_api_key(ADA.user, "deployments", CONTEXT)[0].api_key
    assert (key.user_id, key.org_id) == (ADA.user.user_id, ADA.user.org_id)
    assert (key.capabilities, key.expires_at, key.revoked_at, key.last_used_at) == (CAPABILITIES, None, None, None)
    bounded = new_api_key(ADA.user, "less", CONTEXT, capabilities=["grants"], expires_at=NOW + 5)[0].api_key
    assert (bounded.capabilities, bounded.expires_at) == (("grants",), NOW + 5)


def test_an_api_key_that_the_operator_chose_is_taken_as_it_is() -> None:
    added, secret = new_api_key(ADA.user, "bootstrap", CONTEXT, key="a key that somebody chose")
    assert secret == "a key that somebody chose"
    assert added.api_key.key_hash == hash_secret("a key that somebody chose")


def test_passwords_are_of_fresh_randomness() -> None:
    made = [new_password(a_context(entropy=Entropy(seed))) for seed in ("one", "two")]
    assert made[0] != made[1]
    assert [len(password) for password in made] == [20, 20]


def test_each_account_has_its_event_which_names_it_and_tells_no_secret() -> None:
    added, secret = new_api_key(ADA.user, "deployments", CONTEXT, capabilities=["grants", "consent"])
    events = [each.event for each in account_events((ACME, ADA, added), CONTEXT)]
    assert [(event.kind, event.subject, event.detail) for event in events] == [
        ("organization.created", ACME.organization.org_id, ""),
        ("user.created", ADA.user.user_id, "admin"),
        ("api_key.created", added.api_key.api_key_id, "grants consent"),
    ]
    assert {(event.actor, event.org_id) for event in events} == {("cli", ACME.organization.org_id)}
    assert secret not in repr(events)
    assert "a hash" not in repr(events)
