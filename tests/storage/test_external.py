"""The contract: whom an identity at another provider stands for."""

import pytest
from tests.storage import examples as an

from grantwell.protocol.changes import AddUser
from grantwell.protocol.external_records import AddExternalIdentity, ExternalFacts, ExternalIdentity, identity_id
from grantwell.protocol.store import Backend, Conflict

KEY = identity_id("https://login.example", "248289761001")
LINKED = ExternalIdentity(KEY, "https://login.example", "248289761001", "user-1", "org-1", an.T0)


async def test_an_identity_finds_its_user_and_nobody_elses(backend: Backend) -> None:
    await backend.apply([AddExternalIdentity(LINKED)])
    assert await backend.external_identity(KEY, "", "") == ExternalFacts(an.user())
    assert await backend.external_identity(identity_id("https://other.example", LINKED.subject), "", "") == (
        ExternalFacts()
    )


async def test_with_it_come_whoever_has_the_address_and_the_organization_of_that_name(backend: Backend) -> None:
    ben = an.user(user_id="user-2", email="Ben@example.com")
    await backend.apply([AddUser(ben), AddExternalIdentity(LINKED)])
    name = an.organization().name
    found = await backend.external_identity(KEY, "bEN@example.com", name)
    assert found == ExternalFacts(an.user(), ben, an.organization())
    assert await backend.external_identity("x", "BEN@example.com", "x") == ExternalFacts(None, ben, None)


async def test_an_identity_stands_for_one_user(backend: Backend) -> None:
    await backend.apply([AddExternalIdentity(LINKED)])
    other = ExternalIdentity(KEY, LINKED.issuer, LINKED.subject, "user-2", "org-1", an.T0)
    with pytest.raises(Conflict):
        await backend.apply([AddExternalIdentity(other)])
    assert (await backend.external_identity(KEY, "", "")).user == an.user()


def test_neither_issuer_nor_subject_can_be_cut_differently_to_look_alike() -> None:
    assert identity_id("https://a.example", "b") != identity_id("https://a.example\nb", "")
