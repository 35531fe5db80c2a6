"""`grantwell audit`: who did what to whom."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer

from grantwell.cli.desk import Desk, at_desk
from grantwell.cli.options import DataDir, Json
from grantwell.cli.output import tell, when
from grantwell.protocol.operator_store import FOREVER
from grantwell.protocol.records import AuditEvent

LOOK_AGAIN_SECONDS = 1.0
# More events than a busy server records between two looks.
MOST_AT_ONCE = 10_000
EXPORTED_AT_ONCE = 1000

group = typer.Typer(help="The audit log: tail, export.", no_args_is_help=True)
Moment = typer.Option(
    formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"], metavar="DATE", help="In UTC; a day is its beginning."
)


@group.command()
def tail(
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on with each event as it comes.")] = False,
    number: Annotated[int, typer.Option("-n", "--lines", min=0, max=MOST_AT_ONCE, help="How many to begin with.")] = 20,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Print the last events, oldest first; with --follow and --json, one JSON object a line."""

    async def work(desk: Desk) -> None:
        events = list(await desk.backend.audit_events(0, number))
        if follow:
            await _follow(desk, events, as_json)
        elif as_json:
            tell({"events": [_shown(event) for event in events]}, "", as_json=True)
        else:
            _print(events, as_json=False)

    at_desk(data_dir, work)


@group.command()
def export(
    since: Annotated[datetime | None, Moment] = None,
    until: Annotated[datetime | None, Moment] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Print all events, oldest first; with --json, one JSON object a line."""

    async def work(desk: Desk) -> None:
        after, end = (_seconds(since, 0), ""), _seconds(until, FOREVER)
        while page := await desk.backend.audit_export(after, end, EXPORTED_AT_ONCE):
            _print(list(page), as_json=as_json)
            after = page[-1].at, page[-1].event_id

    at_desk(data_dir, work)


def _seconds(moment: datetime | None, otherwise: int) -> int:
    return otherwise if moment is None else int(moment.replace(tzinfo=UTC).timestamp())


async def _follow(desk: Desk, events: list[AuditEvent], as_json: bool) -> None:
    """Print events until interrupted. Those of the last second are looked at again, for more may come within it."""
    since, seen = desk.context.now, set[str]()
    while True:
        _print([event for event in events if event.event_id not in seen], as_json=as_json)
        since = max([since, *(event.at for event in events)])
        seen = {event.event_id for event in events if event.at >= since - 1}
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        events = list(await desk.backend.audit_events(since - 1, MOST_AT_ONCE))


def _print(events: list[AuditEvent], *, as_json: bool) -> None:
    for event in events:
        tell(_shown(event), _line(event), as_json=as_json)


def _shown(event: AuditEvent) -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.structs.asdict(event)
    return {**facts, "at": when(event.at)}


def _line(event: AuditEvent) -> str:
    facts = {name: getattr(event, name) for name in ("subject", "actor", "credential", "reason", "detail", "address")}
    told = " ".join(f"{name}={value}" for name, value in facts.items() if value)
    return f"{when(event.at)} {event.kind} {told}".rstrip()
