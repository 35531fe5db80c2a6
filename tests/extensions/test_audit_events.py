from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.refusals import refused
from tests.support.values import NOW, a_call, a_caller, a_context, finish

from grantwell.extensions.audit_events import LIST_AUDIT_EVENTS, AuditFacts
from grantwell.protocol.audit_bodies import AuditEventList
from grantwell.protocol.audit_log import LOGS, AuditRequest, cursor_after
from grantwell.protocol.changes import AddOrganization, RecordEvent
from grantwell.protocol.context import Caller
from grantwell.protocol.errors import AccessDenied, InvalidRequest
from grantwell.protocol.operator_store import FOREVER, AuditFilter, AuditView
from grantwell.protocol.outcome import Reply
from grantwell.protocol.records import AuditEvent, Organization
from grantwell.protocol.tokens import NO_STORE
from grantwell.storage.dictionary import DictionaryBackend

ADMIN = a_caller(kind="session")
ELSEWHERE = a_caller(kind="session", org_id="org-2")
EVENT = AuditEvent(
    "event-1", NOW, "client.updated", "org-1", "user-1", "session s", "client-1", "r", "192.0.2.7", "", ""
)


def read(caller: Caller = ADMIN, **query: Any) -> AuditRequest:
    named = {
        f"{'page' if name in ('size', 'after') else 'filter'}[{name.rstrip('_')}]": value
        for name, value in query.items()
    }
    request = LIST_AUDIT_EVENTS.read(a_call(query=named), a_context(caller=caller))
    assert isinstance(request, AuditRequest)
    return request


def shown(request: AuditRequest, facts: AuditFacts, caller: Caller = ADMIN) -> AuditEventList:
    reply = LIST_AUDIT_EVENTS.decide(request, facts, a_context(caller=caller)).reply
    assert isinstance(reply, Reply)
    assert (reply.status, reply.headers) == (200, NO_STORE)
    assert isinstance(reply.body, AuditEventList)
    return reply.body


def views(number: int) -> tuple[AuditView, ...]:
    return tuple(AuditView(replace(EVENT, event_id=f"e{n}", at=NOW - n), "ann", None) for n in range(number))


def test_without_a_query_it_is_the_newest_of_ones_own_organization() -> None:
    assert read() == AuditRequest("organization", AuditFilter(), 20)


def test_every_filter_is_handed_on_and_an_empty_one_is_none() -> None:
    exact: dict[str, Any] = {
        name: f"a {name}" for name in ("kind", "actor", "subject", "about", "reason", "request_id")
    }
    assert read(**exact).chosen == AuditFilter(**exact)
    assert read(ADMIN, **dict.fromkeys(exact, "")).chosen == AuditFilter()


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2027-01-15", NOW - 8 * 3600, NOW + 16 * 3600),
        ("2027-01-15T08:00:00Z", NOW, NOW),
        ("2027-01-15T10:00:00+02:00", NOW, NOW),
        ("2027-01-15T08:00", NOW, NOW),
        ("", 0, FOREVER),
        ("0001-01-01", 0, 0),
    ],
)
def test_a_date_is_a_whole_day_of_utc_and_a_time_is_itself(text: str, since: int, until: int) -> None:
    assert (read(from_=text).chosen.since, read(to=text).chosen.before_at) == (since, until)


@pytest.mark.parametrize("text", ["yesterday", "2027-13-01", "1800000000", "9999-12-31", "2027-01-15T99:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with refused(InvalidRequest, "time_malformed"):
        read(to=text)


def test_a_page_goes_on_after_the_event_that_the_one_before_it_ended_with() -> None:
    chosen = read(after=cursor_after(NOW, "event-1"), kind="k").chosen
    assert chosen == AuditFilter(kind="k", before_at=NOW, before_id="event-1")


def test_a_page_never_goes_beyond_the_filter() -> None:
    chosen = read(after=cursor_after(NOW, "event-1"), to="2027-01-01").chosen
    assert (chosen.before_at, chosen.before_id) == (NOW - 13 * 86400 - 8 * 3600 - 86400 + 86400, "")


@pytest.mark.parametrize(
    "cursor", ["", "x", "!!", "MTIz", "LmV2ZW50", "MS4", cursor_after(-1, "e"), cursor_after(1, "e" * 65)]
)
def test_a_cursor_that_no_answer_named_is_refused(cursor: str) -> None:
    with refused(InvalidRequest, "cursor_invalid"):
        read(after=cursor)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"log": "everybody's"}, "filter_invalid"),
        ({"kind": "k" * 513}, "filter_too_long"),
        ({"size": "101"}, "page_out_of_range"),
    ],
)
def test_a_query_that_cannot_be_is_refused(query: dict[str, Any], reason: str) -> None:
    with refused(InvalidRequest, reason):
        read(**query)


def test_members_do_not_look_into_the_log() -> None:
    with refused(AccessDenied, "administrator_required"):
        read(a_caller(kind="session", role="member"))


def test_an_event_is_shown_with_names_and_nothing_is_next_on_the_last_page() -> None:
    body = shown(read(), AuditFacts((AuditView(EVENT, "ann@example.test", "Fleet"),), "org-1"))
    (event,) = body.data
    assert (event.id, event.at, event.actor_name, event.subject_name) == (
        "event-1",
        "2027-01-15T08:00:00Z",
        "ann@example.test",
        "Fleet",
    )
    assert (body.meta.next, body.meta.page_size) == (None, 20)


def test_one_event_more_than_the_page_has_says_that_there_is_a_next_one() -> None:
    request = read(size="2")
    body = shown(request, AuditFacts(views(3), "org-1"))
    assert [event.id for event in body.data] == ["e0", "e1"]
    assert body.meta.next is not None
    assert read(after=body.meta.next).chosen == AuditFilter(before_at=NOW - 1, before_id="e1")
    assert shown(request, AuditFacts(views(2), "org-1")).meta.next is None


async def test_the_servers_own_log_is_for_whoever_runs_it() -> None:
    backend = DictionaryBackend()
    await backend.apply([AddOrganization(Organization("org-1", "First", NOW))])
    said = {"own": "org-1", "server": "", "registered": "org_registered"}
    await backend.apply([RecordEvent(replace(EVENT, event_id=name, org_id=org)) for name, org in said.items()])

    async def found(log: str, caller: Caller) -> list[str]:
        request = read(caller, log=log)
        facts = await LIST_AUDIT_EVENTS.load(backend, request, a_context(caller=caller))
        return [event.id for event in shown(request, facts, caller).data]

    assert [await found(log, ADMIN) for log in LOGS] == [["own"], ["server"], ["registered"]]
    assert await found("organization", ELSEWHERE) == []
    for log in ("server", "registered"):
        with refused(AccessDenied, "operator_required"):
            await found(log, ELSEWHERE)


def test_what_nobody_may_see_is_not_even_looked_up() -> None:
    backend: Any = DictionaryBackend()
    finish(
        backend.apply([AddOrganization(Organization("org-1", "First", NOW)), RecordEvent(replace(EVENT, org_id=""))])
    )
    request = read(ELSEWHERE, log="server")
    assert finish(LIST_AUDIT_EVENTS.load(backend, request, a_context(caller=ELSEWHERE))) == AuditFacts((), "org-1")


def test_which_logs_there_are_for_the_caller_is_told() -> None:
    assert shown(read(), AuditFacts((), "org-1")).meta.logs == LOGS
    assert shown(read(ELSEWHERE), AuditFacts((), "org-1"), ELSEWHERE).meta.logs == ("organization",)
