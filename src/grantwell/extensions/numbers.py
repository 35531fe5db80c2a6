"""Live numbers for whoever runs the server: requests, refusals, durations, tokens of the last hour. Ours, not an RFC's.

The one operation whose facts are no store's: they are what the serving processes have counted themselves.
"""

from msgspec import Struct

from grantwell.protocol.call import Call
from grantwell.protocol.context import Context
from grantwell.protocol.errors import InvalidRequest, Problem
from grantwell.protocol.extension import Extension
from grantwell.protocol.numbers import SLOT_SECONDS, SLOTS, Counted, in_steps, sum_of
from grantwell.protocol.numbers_bodies import Numbers, NumbersMeta, NumbersResponse, show_numbers, show_refusals
from grantwell.protocol.operation import Documentation, Operation, Parameter
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.rights import require_administrator, require_operator
from grantwell.protocol.store import Store
from grantwell.protocol.timestamps import rfc3339
from grantwell.protocol.tokens import NO_STORE

STEPS = (10, 30, 60, 300)
MINUTE, HOUR = 60, SLOT_SECONDS * SLOTS


class NumbersFacts(Struct, frozen=True):
    """What was counted, and whose server it is."""

    counted: Counted
    operator_org_id: str | None


def read(call: Call, context: Context) -> int:
    """How many seconds a step has. Raises AccessDenied, InvalidRequest."""
    require_administrator(context.caller)
    text = call.query().get("step", "60")
    if text not in map(str, STEPS):
        problem = Problem("step", f"must be one of {', '.join(map(str, STEPS))}")
        raise InvalidRequest(f"step {problem.message}", reason="step_invalid", problems=(problem,))
    return int(text)


async def load(store: Store, _step: int, context: Context) -> NumbersFacts:
    """What the processes have counted."""
    return NumbersFacts(await context.counted(), await store.operator_org_id())


def decide(step: int, facts: NumbersFacts, context: Context) -> Outcome:
    """Show it. Raises AccessDenied for administrators of other organizations: how busy others are is not theirs."""
    require_operator(context.caller, facts.operator_org_id)
    counted = facts.counted
    slots = in_steps(counted.slots, context.now, SLOT_SECONDS)
    minute = slots[-MINUTE // SLOT_SECONDS :]
    hour = sum_of(slot for _, slot in slots)
    data = Numbers(
        show_numbers(minute[0][0], MINUTE, sum_of(slot for _, slot in minute)),
        show_numbers(slots[0][0], HOUR, hour),
        show_refusals(hour),
        tuple(show_numbers(at, step, slot) for at, slot in in_steps(counted.slots, context.now, step)),
    )
    meta = NumbersMeta(rfc3339(int(counted.since)), counted.processes, counted.shared)
    return Outcome(Reply(200, NumbersResponse(data, meta), NO_STORE))


GET_NUMBERS = Operation(
    "GetNumbers",
    "GET /numbers",
    "session",
    read,
    load,
    decide,
    Documentation(
        summary="Get what the server has counted in the last hour",
        tag="Numbers",
        response=NumbersResponse,
        errors=(400, 401, 403),
        parameters=(Parameter("step", int),),
    ),
)
NUMBERS = Extension("numbers", (GET_NUMBERS,))
