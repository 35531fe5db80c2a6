"""External sign-in: issuer and subject say who it is; a verified address only at first, and if the operator wants."""

from typing import Any

import pytest
from tests.support.refusals import refused, refused_without_consequence
from tests.support.values import NOW, OTHER_SECRETS, SECRETS, a_context, a_json_call, a_user, finish

from grantwell.extensions.external_sessions import CREATE_EXTERNAL_SESSION, Vouched
from grantwell.protocol.changes import AddUser, RecordEvent
from grantwell.protocol.errors import AccessDenied, InvalidToken, Unprocessable
from grantwell.protocol.external_identity import Identity, open_identity, seal_identity
from grantwell.protocol.external_records import AddExternalIdentity, ExternalFacts, identity_id
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.people_changes import AddSession
from grantwell.protocol.records import Organization
from grantwell.protocol.server_secrets import server_secrets
from grantwell.protocol.session_bodies import SessionResponse
from grantwell.storage.dictionary import DictionaryBackend

ISSUER = "https://login.example"
HER = Identity(ISSUER, "248289761001", "ann@example.test", True, NOW)
KEY = identity_id(ISSUER, HER.subject)
ORG = Organization("org-1", "Main", 0)


def sign_in(facts: ExternalFacts, identity: Identity = HER, **policy: Any) -> Outcome:
    context = a_context(**policy)
    text = seal_identity(identity, SECRETS.identities)
    request = CREATE_EXTERNAL_SESSION.read(a_json_call({"identity": text, "user_agent": "Browser"}), context)
    return CREATE_EXTERNAL_SESSION.decide(request, facts, context)


def kinds(outcome: Outcome) -> list[str]:
    return [each.event.kind if isinstance(each, RecordEvent) else type(each).__name__ for each in outcome.changes]


def identity_with(**fields: Any) -> Identity:
    return Identity(**{name: fields.get(name, getattr(HER, name)) for name in Identity.__struct_fields__})


def test_whoever_is_linked_gets_a_session_whatever_the_address_says() -> None:
    outcome = sign_in(ExternalFacts(a_user()), identity_with(email="", email_verified=False))
    assert kinds(outcome) == ["AddSession", "user.signed_in"]
    session, event = outcome.changes
    assert isinstance(session, AddSession)
    assert isinstance(event, RecordEvent)
    assert (session.session.user_id, session.session.user_agent) == ("user-1", "Browser")
    assert event.event.credential == "external https://login.example"
    assert isinstance(outcome.reply, Reply)
    assert isinstance(outcome.reply.body, SessionResponse)
    assert outcome.reply.body.session not in repr(outcome.changes)


def test_a_linked_identity_counts_before_the_address_of_somebody_else() -> None:
    facts = ExternalFacts(a_user(), a_user(user_id="user-2"), ORG)
    outcome = sign_in(facts, login_link_by_email=True, login_sign_up="Main")
    assert kinds(outcome) == ["AddSession", "user.signed_in"]
    assert isinstance(outcome.changes[0], AddSession)
    assert outcome.changes[0].session.user_id == "user-1"


def test_a_known_address_is_linked_once_if_the_operator_allows_it() -> None:
    outcome = sign_in(ExternalFacts(by_email=a_user()), login_link_by_email=True)
    assert kinds(outcome) == [
        "AddExternalIdentity",
        "user.external_identity_linked",
        "AddSession",
        "user.signed_in",
    ]
    linked = outcome.changes[0]
    assert isinstance(linked, AddExternalIdentity)
    assert (linked.identity.identity_id, linked.identity.user_id, linked.identity.org_id) == (KEY, "user-1", "org-1")


def test_somebody_new_becomes_a_member_of_the_organization_for_that() -> None:
    outcome = sign_in(ExternalFacts(organization=ORG), login_sign_up="Main")
    assert kinds(outcome)[:2] == ["AddUser", "user.created"]
    added = outcome.changes[0]
    assert isinstance(added, AddUser)
    user = added.user
    assert (user.org_id, user.email, user.role, user.password_hash) == ("org-1", "ann@example.test", "member", None)
    assert {"AddExternalIdentity", "AddSession"} < set(kinds(outcome))


@pytest.mark.parametrize(
    ("facts", "identity", "reason"),
    [
        (ExternalFacts(by_email=a_user(), organization=ORG), {}, "external_not_linked"),
        (ExternalFacts(), {}, "external_no_account"),
        (ExternalFacts(a_user(enabled=False)), {}, "external_user_disabled"),
        (ExternalFacts(organization=ORG), {"email_verified": False}, "external_email_unverified"),
        (ExternalFacts(organization=ORG), {"email": ""}, "external_email_unverified"),
        (ExternalFacts(organization=ORG), {"email": "no address"}, "external_email_unverified"),
    ],
)
def test_everybody_else_is_refused_and_it_is_written_down(
    facts: ExternalFacts, identity: dict[str, Any], reason: str
) -> None:
    with refused(AccessDenied, reason) as found:
        sign_in(facts, identity_with(**identity))
    (event,) = found.error.changes
    assert isinstance(event, RecordEvent)
    assert (event.event.kind, event.event.reason) == ("user.sign_in_refused", reason)


@pytest.mark.parametrize("facts", [ExternalFacts(by_email=a_user()), ExternalFacts(organization=ORG)])
def test_an_address_that_nobody_has_verified_neither_links_nor_signs_up(facts: ExternalFacts) -> None:
    unverified = identity_with(email_verified=False)
    with refused(AccessDenied, "external_email_unverified"):
        sign_in(facts, unverified, login_link_by_email=True, login_sign_up="Main")


def test_a_disabled_user_is_not_linked_either() -> None:
    facts = ExternalFacts(by_email=a_user(enabled=False))
    with refused(AccessDenied, "external_user_disabled"):
        sign_in(facts, login_link_by_email=True)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "a.b.c",
        seal_identity(HER, OTHER_SECRETS.identities),
        # The right key of another purpose is the wrong key.
        seal_identity(HER, SECRETS.tickets),
        seal_identity(identity_with(sealed_at=NOW - 61), SECRETS.identities),
        seal_identity(identity_with(subject=""), SECRETS.identities),
        seal_identity(identity_with(subject="s" * 256), SECRETS.identities),
    ],
)
def test_what_our_pages_have_not_sealed_just_now_opens_nothing(text: str) -> None:
    with refused_without_consequence(InvalidToken, "external_identity_invalid"):
        CREATE_EXTERNAL_SESSION.read(a_json_call({"identity": text}), a_context())


def test_a_sealed_identity_cannot_be_changed() -> None:
    payload, rest = seal_identity(HER, SECRETS.identities).split(".", 1)
    other = seal_identity(identity_with(subject="another"), SECRETS.identities).partition(".")[0]
    assert open_identity(f"{payload}.{rest}", SECRETS.identities, NOW) == HER
    assert open_identity(f"{other}.{rest}", SECRETS.identities, NOW) is None


def test_what_was_sealed_under_the_former_secret_can_be_opened() -> None:
    before, after = b"a" * 16 + b"b" * 16, b"c" * 16 + b"d" * 16
    sealed = seal_identity(HER, server_secrets((before,)).identities)
    assert open_identity(sealed, server_secrets((after, before)).identities, NOW) == HER


@pytest.mark.parametrize("body", [{}, {"identity": ""}, {"identity": 1}])
def test_without_an_identity_there_is_nobody_to_sign_in(body: dict[str, Any]) -> None:
    with refused_without_consequence(Unprocessable, "external_identity_malformed"):
        CREATE_EXTERNAL_SESSION.read(a_json_call(body), a_context())


def test_it_is_looked_up_by_issuer_and_subject() -> None:
    asked: list[tuple[str, str, str]] = []

    class Lookups(DictionaryBackend):
        async def external_identity(self, identity_id: str, email: str, organization: str) -> ExternalFacts:
            asked.append((identity_id, email, organization))
            return ExternalFacts()

    store: Any = Lookups()
    finish(CREATE_EXTERNAL_SESSION.load(store, Vouched(HER, ""), a_context(login_sign_up="Main")))
    assert asked == [(KEY, "ann@example.test", "Main")]
