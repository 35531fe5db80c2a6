"""Whole requests for the measurement of growth: as a connection begins them, so many in step, each for another row."""

import asyncio
import io
import json
import random
from collections.abc import Sequence
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.growth_fill import Filled
from benchmarks.prepare import a_lineage, context_of
from benchmarks.servers import CLIENT, LIMITS, SECRET
from grantwell.app import Application, create_app
from grantwell.asgi.access_log import AccessLog
from grantwell.asgi.exchange import Request
from grantwell.asgi.in_step import InStep
from grantwell.asgi.tasks import begin_task
from grantwell.protocol.lineage_token import write_lineage_token
from grantwell.settings.readers import read_rate_limits

TOKEN, INTROSPECT = "/v2/oauth/token", "/v2/oauth/introspect"
Call = tuple[str, dict[str, str]]


class Asked(Struct):
    """A server over a filled database, and which generation each lineage has."""

    app: Application
    filled: Filled
    generations: dict[str, int]
    in_step: InStep | None
    tasks: set[asyncio.Task[None]]


async def serve(filled: Filled) -> Asked:
    """Everything on, as in the other measurements; the log goes nowhere. Every other lineage is left to others."""
    settings = replace(filled.settings, rate_limits=read_rate_limits(LIMITS))
    app, _ = await create_app(settings, backend=filled.backend, sink=AccessLog("text", io.StringIO()))
    await app.start()
    tasks: set[asyncio.Task[None]] = set()
    in_step = InStep(asyncio.get_running_loop(), tasks) if app.begins_without_tasks else None
    return Asked(app, filled, dict.fromkeys(filled.lineages[::2], 1), in_step, tasks)


async def answers(asked: Asked, calls: Sequence[Call]) -> list[bytes]:
    """The bodies of the answers to calls that come at one moment. Raises RuntimeError for a refusal."""
    found: list[bytes] = [b""] * len(calls)
    left, done = len(calls), asyncio.Event()

    async def answer(place: int, path: str, form: dict[str, str]) -> None:
        nonlocal left
        body = urlencode(form).encode()
        headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/x-www-form-urlencoded")]
        assert asked.app.exchange is not None
        response = await asked.app.exchange(Request("POST", path, b"", headers, ("127.0.0.1", 1)), body)
        found[place] = response.body if response.status == 200 else b""
        left -= 1
        if not left:
            done.set()

    for place, call in enumerate(calls):
        work = answer(place, *call)
        if asked.in_step:
            asked.in_step.add(work)
        else:
            begin_task(asked.tasks, work)
    await done.wait()
    if not all(found):
        raise RuntimeError("a request was refused")
    return found


async def client_credentials(asked: Asked, number: int) -> list[Call]:
    """Tokens for other clients each time."""
    form = {"grant_type": "client_credentials", "scope": "admin"}
    return [(TOKEN, form | _secret(random.choice(asked.filled.clients))) for _ in range(number)]


async def introspections(asked: Asked, number: int) -> list[Call]:
    """What the tokens of other clients are worth, asked by others again."""
    asking = await client_credentials(asked, number)
    tokens = [json.loads(body)["access_token"] for body in await answers(asked, asking)]
    return [(INTROSPECT, {"token": each} | _secret(random.choice(asked.filled.clients))) for each in tokens]


async def refreshes(asked: Asked, number: int) -> list[Call]:
    """Rotations of other lineages each time."""
    calls = []
    context = context_of(asked.filled.settings)
    template = a_lineage(context, 1)
    keys = context.server.secrets.lineage
    for lineage_id in random.sample(list(asked.generations), number):
        generation = asked.generations[lineage_id]
        asked.generations[lineage_id] += 1
        lineage = replace(template, lineage_id=lineage_id, salt=asked.filled.salt, key_id=keys.primary_id)
        refresh_token = write_lineage_token(lineage, generation, keys)
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        calls.append((TOKEN, form | _secret(CLIENT)))
    return calls


REQUESTS = {"client_credentials": client_credentials, "introspect": introspections, "refresh": refreshes}


def _secret(client_id: str) -> dict[str, str]:
    return {"client_id": client_id, "client_secret": SECRET}
