"""The contract: the audit log is read newest first, narrowed in every way, and always through an index."""

from typing import Any

import pytest
from tests.storage import examples as an
from tests.storage.examples import T0

from grantwell.protocol.changes import AddOrganization, RecordEvent
from grantwell.protocol.operator_store import AuditFilter
from grantwell.protocol.records import AuditEvent
from grantwell.protocol.store import Backend
from grantwell.storage.sqlite import SqliteBackend
from grantwell.storage.statements import audit

INDEXES = {
    "request_id": ["audit_events_by_request (org_id=? AND request_id=? AND "],
    "subject": ["audit_events_by_subject (org_id=? AND subject=? AND "],
    "about": [
        "audit_events_by_subject (org_id=? AND subject=? AND ",
        "audit_events_by_actor (org_id=? AND actor=? AND ",
    ],
    "actor": ["audit_events_by_actor (org_id=? AND actor=? AND "],
    "reason": ["audit_events_by_reason (org_id=? AND reason=? AND "],
    "kind": ["audit_events_by_kind (org_id=? AND kind=? AND "],
    "": ["audit_events_of_organization (org_id=? AND "],
}


def event(number: int, **fields: Any) -> AuditEvent:
    return an.event(event_id=f"e{number}", at=T0 + number, org_id="org-9", request_id=f"r{number}", **fields)


EVENTS = (
    event(1, kind="user.signed_in", actor="user-9", subject="user-9"),
    event(2, kind="user.sign_in_refused", actor="", subject="user-9", reason="sign_in_wrong_password"),
    event(3, kind="client.updated", actor="user-9", subject="client-1"),
    event(4, kind="client.updated", actor="user-8", subject="client-1"),
    event(5, kind="lineage.revoked", actor="client-1", subject="lineage-9"),
    event(6, kind="client.updated", actor="cli", subject="client-8"),
)


@pytest.fixture
async def told(backend: Backend) -> Backend:
    await backend.apply([RecordEvent(each) for each in EVENTS])
    return backend


async def ids(backend: Backend, limit: int = 100, org_id: str = "org-9", **chosen: Any) -> list[str]:
    return [view.event.event_id for view in await backend.audit_page(org_id, AuditFilter(**chosen), limit)]


async def test_an_organizations_events_come_newest_first(told: Backend) -> None:
    assert await ids(told) == ["e6", "e5", "e4", "e3", "e2", "e1"]
    assert await ids(told, limit=2) == ["e6", "e5"]
    assert [view.event for view in await told.audit_page("org-9", AuditFilter(), 9)] == list(reversed(EVENTS))


async def test_another_organizations_are_not_among_them(told: Backend) -> None:
    assert await ids(told, org_id="org-8") == []
    assert "e1" not in await ids(told, org_id="org-1")


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"kind": "client.updated"}, ["e6", "e4", "e3"]),
        ({"actor": "user-9"}, ["e3", "e1"]),
        ({"subject": "client-1"}, ["e4", "e3"]),
        ({"about": "client-1"}, ["e5", "e4", "e3"]),
        ({"about": "user-9"}, ["e3", "e2", "e1"]),
        ({"reason": "sign_in_wrong_password"}, ["e2"]),
        ({"reason": ""}, []),
        ({"request_id": "r4"}, ["e4"]),
        ({"about": "client-1", "kind": "client.updated"}, ["e4", "e3"]),
        ({"subject": "client-1", "actor": "user-8"}, ["e4"]),
        ({"actor": "user-9", "about": "client-1"}, ["e3"]),
        ({"kind": "user.signed_in", "reason": "sign_in_wrong_password"}, []),
        ({"request_id": "r4", "kind": "user.signed_in"}, []),
        ({"kind": "nothing"}, []),
        ({"since": T0 + 5}, ["e6", "e5"]),
        ({"before_at": T0 + 3}, ["e2", "e1"]),
        ({"before_at": T0 + 3, "before_id": "e3"}, ["e2", "e1"]),
        ({"before_at": T0 + 3, "before_id": "e4"}, ["e3", "e2", "e1"]),
        ({"kind": "client.updated", "since": T0 + 4, "before_at": T0 + 6}, ["e4"]),
        ({"about": "user-9", "since": T0 + 2, "before_at": T0 + 3}, ["e2"]),
    ],
)
async def test_a_list_has_what_fits_every_filter(told: Backend, chosen: dict[str, Any], expected: list[str]) -> None:
    assert await ids(told, **chosen) == expected


async def test_pages_of_events_of_one_second_have_each_event_once(backend: Backend) -> None:
    await backend.apply([RecordEvent(an.event(event_id=f"e{n}", at=T0, org_id="org-9")) for n in range(9)])
    seen: list[str] = []
    chosen = AuditFilter()
    while page := await backend.audit_page("org-9", chosen, 4):
        seen += [view.event.event_id for view in page]
        chosen = AuditFilter(before_at=page[-1].event.at, before_id=seen[-1])
    assert seen == [f"e{n}" for n in reversed(range(9))]


async def test_an_event_names_those_it_is_about_as_they_are_called_now(backend: Backend) -> None:
    subjects = ("user-1", "client-1", "key-1", "org-1", "gone")
    await backend.apply([RecordEvent(an.event(event_id=each, subject=each, actor="user-1")) for each in subjects])
    views = {view.event.event_id: view for view in await backend.audit_page("org-1", AuditFilter(), 9)}
    assert [views[each].subject_name for each in subjects] == [
        an.user().email,
        an.client().name,
        an.api_key().name,
        an.organization().name,
        None,
    ]
    assert views["gone"].actor_name == an.user().email


async def test_an_event_names_nobody_of_another_organization(backend: Backend) -> None:
    await backend.apply([RecordEvent(event(1, actor="user-1", subject="key-1"))])
    (view,) = await backend.audit_page("org-9", AuditFilter(), 9)
    assert (view.actor_name, view.subject_name) == (None, None)


async def test_an_export_has_all_organizations_oldest_first_and_goes_on_where_it_was(told: Backend) -> None:
    seen: list[str] = []
    after = (T0, "~")
    while page := await told.audit_export(after, T0 + 6, 2):
        seen += [each.event_id for each in page]
        after = (page[-1].at, page[-1].event_id)
    assert seen == ["e1", "e2", "e3", "e4", "e5"]


async def test_the_first_organization_runs_the_server(backend: Backend) -> None:
    await backend.apply([AddOrganization(an.organization(org_id="org-0", name="Later", created_at=T0 + 1))])
    assert await backend.operator_org_id() == "org-1"
    older = an.organization(org_id="org-z", name="Older", created_at=T0 - 1)
    await backend.apply([AddOrganization(older)])
    assert await backend.operator_org_id() == "org-z"


@pytest.mark.parametrize("leads", audit.AUDIT_PAGES)
async def test_a_page_is_cut_from_the_index_of_the_filter_that_leads(sqlite: SqliteBackend, leads: str) -> None:
    statement = audit.AUDIT_PAGES[leads]
    values = (None,) * len(statement.parameters)
    rows = sqlite.write_connection.execute(f"EXPLAIN QUERY PLAN {statement.sqlite}", values).fetchall()
    found = [plan for *_, plan in rows if plan.startswith("SEARCH event ")]
    assert [index in plan for index, plan in zip(INDEXES[leads], found, strict=True)] == [True] * len(found)
    # Where it begins is looked up as well: the millionth page is as near as the first.
    assert all("(at,event_id)<(?,?)" in plan for plan in found)
