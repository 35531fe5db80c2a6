from uuid import UUID

from tests.support.values import NOW, Entropy, a_caller, a_context, a_server

from grantwell.protocol.records import AuditEvent


def test_an_identifier_is_a_random_uuid() -> None:
    context = a_context()
    one, other = UUID(context.identifier()), UUID(context.identifier())
    assert one.version == 4
    assert one.variant == "specified in RFC 4122"
    assert one != other


def test_all_randomness_comes_from_the_entropy_that_was_given() -> None:
    assert a_context().identifier() == a_context().identifier()
    assert a_context().identifier() != a_context(entropy=Entropy("other")).identifier()


def test_a_token_identifier_holds_128_bits() -> None:
    assert len(a_context().token_identifier()) == 22


def test_an_event_says_who_did_it_when_and_from_where() -> None:
    event = a_context(caller=a_caller()).record("client.created", subject="client-1", reason="r", detail="d").event
    assert event == AuditEvent(
        event.event_id, NOW, "client.created", "org-1", "user-1", "api_key key-1", "client-1",
        "request-1", "192.0.2.7", "r", "d",
    )  # fmt: skip


def test_an_event_of_a_client_names_the_client_not_the_user_it_acts_for() -> None:
    caller = a_caller(kind="client", client_id="client-9")
    assert a_context(caller=caller).record("client.created").event.actor == "client-9"


def test_whoever_is_named_goes_before_whoever_calls() -> None:
    event = a_context(caller=a_caller()).record("x", org_id="org-2", actor="a", credential="password").event
    assert (event.org_id, event.actor, event.credential) == ("org-2", "a", "password")


def test_an_address_is_made_of_the_base_and_a_path() -> None:
    assert a_server().url("/oauth/token") == "https://auth.example.test/v2/oauth/token"
