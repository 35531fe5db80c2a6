"""The loads of the measurement of growth: every request is for another row, chosen at random."""

import random
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import cycle, islice
from urllib.parse import quote, urlencode

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.growth_fill import Filled, generations_of
from benchmarks.loads import Plan
from benchmarks.prepare import a_lineage, context_of
from benchmarks.processes import Running
from benchmarks.servers import CLIENT, SECRET
from grantwell.app.parts import key_policy
from grantwell.protocol.access_token import AccessTokenClaims, sign_access_token
from grantwell.protocol.context import Context
from grantwell.protocol.key_life import key_set, living
from grantwell.protocol.keys import KeySet
from grantwell.protocol.lineage_token import write_lineage_token


class Asked(Struct):
    """A server over a filled database. `turn` says which of the lineages comes next."""

    running: Running
    filled: Filled
    keys: KeySet
    turn: Iterator[str]


async def asked_of(running: Running, filled: Filled) -> Asked:
    """What the loads need to know of a server that runs."""
    context = context_of(filled.settings)
    rows = living(await filled.backend.signing_keys(), context.now, key_policy(filled.settings))
    keys = key_set(rows, context.server.secrets.signing_keys, KeySet(()))
    return Asked(running, filled, keys, cycle(filled.lineages))


async def client_credentials(asked: Asked, number: int) -> Plan:
    """Tokens for other clients each time."""
    form = {"grant_type": "client_credentials", "scope": "admin", "client_secret": SECRET}
    return _plan(asked, asked.running.server.token, form, "client_id", _some(asked.filled.clients, number))


async def introspections(asked: Asked, number: int) -> Plan:
    """What the tokens of other clients are worth, each seen for the first time, asked by others again."""
    context = context_of(asked.filled.settings)
    tokens = [_token(asked, client_id, context) for client_id in _some(asked.filled.clients, number)]
    asking = _some(asked.filled.clients, number)
    # Two fields in one: the load changes only one from request to request.
    values = (f"{client_id}&token={token}" for client_id, token in zip(asking, tokens, strict=True))
    return _plan(asked, asked.running.server.introspect, {"client_secret": SECRET}, "client_id", values)


async def refreshes(asked: Asked, number: int) -> Plan:
    """Rotations of other lineages each time."""
    form = {"grant_type": "refresh_token", "client_id": CLIENT, "client_secret": SECRET}
    return _plan(asked, asked.running.server.token, form, "refresh_token", await _heads(asked, number))


LOADS: dict[str, Callable[[Asked, int], Awaitable[Plan]]] = {
    "client_credentials": client_credentials,
    "introspect": introspections,
    "refresh": refreshes,
}


def _plan(asked: Asked, path: str, form: dict[str, str], field: str, values: Iterable[str]) -> Plan:
    return Plan(asked.running.base + path, urlencode(form), "-", field, tuple(values))


def _some(keys: list[str], number: int) -> list[str]:
    return random.choices(keys, k=number)


def _token(asked: Asked, client_id: str, context: Context) -> str:
    server, now = context.server, int(time.time())
    claims = AccessTokenClaims(
        iss=server.issuer,
        sub=client_id,
        aud=server.default_resource,
        client_id=client_id,
        iat=now,
        exp=now + 1800,
        jti=context.token_identifier(),
        scope="admin",
    )
    return sign_access_token(claims, asked.keys.signing(now))


async def _heads(asked: Asked, number: int) -> list[str]:
    """Refresh tokens, in the order in which they become the heads of their lineages."""
    context = context_of(asked.filled.settings)
    keys = context.server.secrets.lineage
    template = replace(a_lineage(context, 1), salt=asked.filled.salt, key_id=keys.primary_id)
    chosen = list(islice(asked.turn, number))
    generations = await generations_of(asked.filled, list(dict.fromkeys(chosen)))
    tokens = []
    # One request that overtakes another looks like a thief's, and ends its lineage.
    for lineage_id in (each for each in chosen if each in generations):
        lineage = replace(template, lineage_id=lineage_id)
        tokens.append(quote(write_lineage_token(lineage, generations[lineage_id], keys), safe=""))
        generations[lineage_id] += 1
    return tokens
