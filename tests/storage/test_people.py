"""The contract: changing users, guarded, and the lists of people, their sessions and their API keys."""

import asyncio
from typing import Any

import pytest
from tests.storage import examples as an
from tests.storage.examples import T0

from grantwell.protocol.changes import AddApiKey, AddGrant, AddOrganization, AddUser
from grantwell.protocol.outcome import Use
from grantwell.protocol.people_changes import AddSession, EndSession, EndSessions, ReplaceUser
from grantwell.protocol.people_store import Belongings, UserFilter
from grantwell.protocol.records import Session, User
from grantwell.protocol.store import Backend, Conflict
from grantwell.storage.sqlite import SqliteBackend
from grantwell.storage.statement import Statement
from grantwell.storage.statements import people

BEN = an.user(user_id="user-2", email="Ben@example.com")
CY = an.user(user_id="user-3", email="cy@example.com", role="member")


async def test_replacing_a_user_sets_password_role_enabled_and_valid_after_only(backend: Backend) -> None:
    changed = an.user(password_hash=None, role="member", enabled=False, valid_after=T0 + 5)
    fields = {name: getattr(changed, name) for name in ("password_hash", "role", "enabled", "valid_after")}
    await backend.apply([ReplaceUser(an.user(**fields, email="other@example.com", created_at=1), an.user())])
    assert await backend.user_by_email("ann@example.com") == changed
    assert await backend.user_by_email("other@example.com") is None


@pytest.mark.parametrize(
    "seen",
    [
        an.user(role="member"),
        an.user(enabled=False),
        an.user(valid_after=1),
        an.user(password_hash="another"),
        an.user(password_hash=None),
        an.user(user_id="user-9"),
    ],
)
async def test_of_two_who_change_a_user_at_once_neither_undoes_what_the_other_did(backend: Backend, seen: User) -> None:
    with pytest.raises(Conflict):
        await backend.apply([ReplaceUser(an.user(user_id=seen.user_id, password_hash="new"), seen)])
    assert await backend.user_by_email("ann@example.com") == an.user()


@pytest.mark.parametrize("fields", [{"enabled": False}, {"role": "member"}])
async def test_the_last_enabled_administrator_stays_one(backend: Backend, fields: dict[str, object]) -> None:
    disabled = an.user(user_id="user-4", email="dan@example.com", enabled=False)
    elsewhere = an.user(user_id="user-5", email="eve@example.com", org_id="org-2")
    await backend.apply([AddUser(disabled), AddUser(elsewhere), AddUser(CY)])
    change = ReplaceUser(an.user(**fields), an.user(), keeps_administrator=True)
    with pytest.raises(Conflict):
        await backend.apply([change])
    assert await backend.user("org-1", "user-1") == an.user()
    await backend.apply([AddUser(BEN)])
    await backend.apply([change])
    assert await backend.administrators("org-1") == 1


async def test_of_two_administrators_who_disable_each_other_at_once_one_is_left(backend: Backend) -> None:
    await backend.apply([AddUser(BEN)])
    changes = [
        ReplaceUser(an.user(enabled=False), an.user(), keeps_administrator=True),
        ReplaceUser(an.user(user_id="user-2", enabled=False), BEN, keeps_administrator=True),
    ]
    said = await asyncio.gather(*(backend.apply([change]) for change in changes), return_exceptions=True)
    assert sorted(isinstance(each, Conflict) for each in said) == [False, True]
    assert await backend.administrators("org-1") == 1


async def test_the_operator_may_take_the_last_administrator(backend: Backend) -> None:
    await backend.apply([ReplaceUser(an.user(enabled=False), an.user())])
    assert await backend.administrators("org-1") == 0


async def test_a_user_is_found_in_the_own_organization_only(backend: Backend) -> None:
    assert await backend.user("org-1", "user-1") == an.user()
    assert await backend.user("org-2", "user-1") is None
    assert await backend.user("org-1", "user-2") is None


async def test_users_are_listed_by_address_a_page_at_a_time(backend: Backend) -> None:
    await backend.apply([AddUser(CY), AddUser(BEN), AddUser(an.user(user_id="u9", email="x@y", org_id="org-2"))])
    assert await backend.users_of("org-1", UserFilter(), 0, 2) == ([an.user(), BEN], 3)
    assert await backend.users_of("org-1", UserFilter(), 2, 2) == ([CY], 3)
    assert await backend.users_of("org-1", UserFilter(), 9, 2) == ([], 3)
    assert await backend.users_of("org-3", UserFilter(), 0, 2) == ([], 0)


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (UserFilter(email_contains="BEN"), ["user-2"]),
        (UserFilter(email_contains="%"), []),
        (UserFilter(email_contains="x" * 60_000), []),
        (UserFilter(role="member"), ["user-3"]),
        (UserFilter(enabled=False), []),
        (UserFilter(email_contains="example", role="admin", enabled=True), ["user-1", "user-2"]),
    ],
)
async def test_a_list_of_users_is_narrowed(backend: Backend, chosen: UserFilter, found: list[str]) -> None:
    await backend.apply([AddUser(CY), AddUser(BEN)])
    users, total = await backend.users_of("org-1", chosen, 0, 10)
    assert ([user.user_id for user in users], total) == (found, len(found))


def sessions() -> list[Session]:
    """Of user 1: one before, three living ones, one ended, one expired; and somebody else's."""
    at = {"before": T0 - 1, "b": T0 + 2, "a": T0 + 2, "ended": T0 + 3, "expired": T0 + 4, "theirs": T0 + 5}
    more: dict[str, dict[str, Any]] = {
        "ended": {"ended_at": T0 + 9},
        "expired": {"expires_at": T0 + 10},
        "theirs": {"user_id": "user-2"},
    }
    return [an.session(session_id=k, session_hash=k, created_at=t, **more.get(k, {})) for k, t in at.items()]


async def test_living_sessions_are_listed_newest_first(backend: Backend) -> None:
    await backend.apply([AddUser(BEN), *map(AddSession, sessions())])
    await backend.apply([ReplaceUser(an.user(valid_after=T0), an.user())])
    found, total = await backend.user_sessions("user-1", T0 + 10, 0, 2)
    assert ([each.session_id for each in found], total) == (["b", "a"], 3)
    assert await backend.user_sessions("user-1", T0 + 10, 2, 2) == ([an.session()], 3)
    assert await backend.user_sessions("user-9", T0, 0, 2) == ([], 0)


async def test_a_session_is_found_by_its_id_in_the_own_organization(backend: Backend) -> None:
    marked = an.session(session_id="s2", session_hash="h2", address="192.0.2.1", user_agent="Firefox", ended_at=T0)
    await backend.apply([AddSession(marked)])
    assert await backend.session_by_id("org-1", "s2") == marked
    assert await backend.session_by_id("org-2", "s2") is None


async def test_all_sessions_of_a_user_but_one_end(backend: Backend) -> None:
    await backend.apply([AddUser(BEN), *map(AddSession, sessions())])
    await backend.apply([EndSessions("user-1", "a", T0 + 20)])
    found = {each.session_id: (await backend.session_by_id("org-1", each.session_id)) for each in sessions()}
    assert {key: each and each.ended_at for key, each in found.items()} == {
        "before": T0 + 20,
        "b": T0 + 20,
        "a": None,
        "ended": T0 + 9,
        "expired": T0 + 20,
        "theirs": None,
    }


async def test_the_last_use_of_a_session_is_noted(backend: Backend) -> None:
    await backend.note_uses([Use("session", "session-1", T0 + 9)])
    await backend.note_uses([Use("session", "session-1", T0 + 5), Use("session", "nobody", T0)])
    assert await backend.session_by_id("org-1", "session-1") == an.session(last_used_at=T0 + 9)


async def test_api_keys_of_a_user_are_listed_newest_first(backend: Backend) -> None:
    newer = an.api_key(api_key_id="key-2", key_hash="2", created_at=T0 + 1, revoked_at=T0 + 2)
    theirs = an.api_key(api_key_id="key-3", key_hash="3", user_id="user-2")
    await backend.apply([AddApiKey(newer), AddApiKey(theirs)])
    assert await backend.user_api_keys("user-1", 0, 1) == ([newer], 2)
    assert await backend.user_api_keys("user-1", 1, 5) == ([an.api_key()], 2)
    assert await backend.user_api_keys("user-9", 0, 5) == ([], 0)
    assert await backend.api_key_by_id("org-1", "key-3") == theirs
    assert await backend.api_key_by_id("org-2", "key-3") is None


async def test_what_a_user_has_is_counted_while_it_lives(backend: Backend) -> None:
    keys = [
        an.api_key(api_key_id="k2", key_hash="2", revoked_at=T0),
        an.api_key(api_key_id="k3", key_hash="3", expires_at=T0 + 10),
        an.api_key(api_key_id="k4", key_hash="4", expires_at=T0 + 11),
    ]
    other = an.organization(org_id="org-2", name="Other")
    await backend.apply([AddOrganization(other), *map(AddApiKey, keys), *map(AddSession, sessions())])
    await backend.apply([EndSession("b", T0), AddGrant(an.grant(grant_id="g2", user_id="user-2"))])
    assert await backend.belongings("user-1", T0 + 10) == Belongings(api_keys=2, sessions=3, grants=1)
    assert await backend.belongings("user-9", T0 + 10) == Belongings(0, 0, 0)


def plan_of(backend: SqliteBackend, statement: Statement) -> str:
    values = (None,) * len(statement.parameters)
    plan = backend.write_connection.execute(f"EXPLAIN QUERY PLAN {statement.sqlite}", values).fetchall()
    return "\n".join(detail for *_, detail in plan)


async def test_a_hundred_thousand_users_are_counted_and_skipped_without_being_read(sqlite: SqliteBackend) -> None:
    plan = plan_of(sqlite, people.USERS_OF)
    assert "USING COVERING INDEX users_in_order (org_id=?)" in plan
    assert "SEARCH person USING INDEX users_in_order (org_id=?)" in plan


@pytest.mark.parametrize("statement", [people.ADMINISTRATORS, people.REQUIRE_ADMINISTRATOR])
async def test_administrators_are_found_among_them_by_an_index(sqlite: SqliteBackend, statement: Statement) -> None:
    assert "INDEX users_administering (org_id=? AND role=? AND enabled=?)" in plan_of(sqlite, statement)
