from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.refusals import refused
from tests.support.values import NOW, a_call, a_caller, a_context, finish

from grantwell.extensions.numbers import GET_NUMBERS, NumbersFacts
from grantwell.protocol.changes import AddOrganization
from grantwell.protocol.errors import AccessDenied, InvalidRequest
from grantwell.protocol.numbers import BUCKETS, NOTHING_COUNTED, Counted, Slot
from grantwell.protocol.numbers_bodies import NumbersResponse, Refusals, ShownNumbers
from grantwell.protocol.outcome import Reply
from grantwell.protocol.records import Organization
from grantwell.storage.dictionary import DictionaryBackend

OPERATOR = a_caller(kind="session")
LAST = NOW // 10 - 1


def shown(counted: Counted, step: int = 60, **caller: Any) -> NumbersResponse:
    context = a_context(caller=replace(OPERATOR, **caller))
    reply = GET_NUMBERS.decide(step, NumbersFacts(counted, "org-1"), context).reply
    assert isinstance(reply, Reply)
    assert isinstance(reply.body, NumbersResponse)
    return reply.body


def counted(**slots: Slot) -> Counted:
    """Slots by how many come after them."""
    return Counted({LAST - int(name[1:]): slot for name, slot in slots.items()}, NOW - 7200, 2, shared=True)


def test_minute_and_hour_and_steps_are_told_of() -> None:
    fast = [0, 0, 10, *[0] * (BUCKETS - 3)]
    body = shown(
        counted(
            s0=Slot(10, 3, fast, {"grant_unknown": 2}, {"refresh_token": 4}),
            s6=Slot(1, 0, [0] * BUCKETS, {"client_unknown": 1, "grant_unknown": 1}, {"client_credentials": 1}),
        )
    )
    assert body.data.last_minute == ShownNumbers(
        at="2027-01-15T07:59:00Z",
        seconds=60,
        requests=10,
        pages=3,
        refused=2,
        p50_ms=0.75,
        p99_ms=0.995,
        tokens={"refresh_token": 4},
    )
    assert (body.data.last_hour.requests, body.data.last_hour.seconds) == (11, 3600)
    assert body.data.refusals == (Refusals("grant_unknown", 3), Refusals("client_unknown", 1))
    assert [step.requests for step in body.data.steps[-3:]] == [0, 1, 10]
    assert (body.meta.since, body.meta.processes, body.meta.shared) == ("2027-01-15T06:00:00Z", 2, True)


def test_where_nothing_was_counted_nothing_is_made_up() -> None:
    body = shown(NOTHING_COUNTED, 300)
    assert len(body.data.steps) == 12
    assert {(step.requests, step.p50_ms, step.p99_ms) for step in body.data.steps} == {(0, None, None)}


def test_the_step_is_one_of_those_that_there_are() -> None:
    def read(**query: str) -> int:
        return int(GET_NUMBERS.read(a_call(query=query), a_context(caller=OPERATOR)))

    assert (read(), read(step="10"), read(step="300")) == (60, 10, 300)
    for step in ("0", "7", "-10", "x", ""):
        with refused(InvalidRequest, "step_invalid"):
            read(step=step)


def test_they_are_for_whoever_runs_the_server() -> None:
    with refused(AccessDenied, "administrator_required"):
        GET_NUMBERS.read(a_call(), a_context(caller=replace(OPERATOR, role="member")))
    with refused(AccessDenied, "operator_required"):
        shown(NOTHING_COUNTED, org_id="org-2")


def test_what_the_processes_counted_is_asked_of_them() -> None:
    told = counted(s0=Slot(requests=1))

    async def tell() -> Counted:
        return told

    backend = DictionaryBackend()
    finish(backend.apply([AddOrganization(Organization("org-1", "First", NOW))]))
    facts = finish(GET_NUMBERS.load(backend, 60, replace(a_context(), counted=tell)))
    assert facts == NumbersFacts(told, "org-1")


@pytest.mark.parametrize("step", [10, 60])
def test_every_step_says_how_long_it_is(step: int) -> None:
    assert {each.seconds for each in shown(NOTHING_COUNTED, step).data.steps} == {step}
