"""The driver: carries every request through the three verbs, seals, applies, and answers.

A lost race is settled here, for all operations alike: `load` and `decide` again on what the winner left. The reply
waits for the commit, and whatever fails before it has consumed nothing, so every 5xx is safe to repeat.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from grantwell.asgi.heavy import HeavyPool
from grantwell.asgi.in_step import others_first
from grantwell.asgi.key_ring import KeyRing
from grantwell.asgi.last_uses import LastUses
from grantwell.asgi.limits import Limits
from grantwell.asgi.refusals import Refusals
from grantwell.protocol.access_token import AccessTokenClaims, sign_access_token
from grantwell.protocol.call import Call
from grantwell.protocol.caller import decide_caller, load_caller, read_caller
from grantwell.protocol.changes import Change
from grantwell.protocol.consent_token import seal_consent_request
from grantwell.protocol.context import NOBODY, Context, Server
from grantwell.protocol.errors import InvalidClient, OAuthError, TemporarilyUnavailable
from grantwell.protocol.numbers import Counted
from grantwell.protocol.operation import BEARER_SECURITY, Operation
from grantwell.protocol.outcome import Outcome, Reply, Unsealed
from grantwell.protocol.store import Backend, Conflict, StorageUnavailable

ATTEMPTS = 4


class Driver:
    """One for a server. `last_uses` gathers those of credentials until somebody writes them down.

    `conflicts` counts by operation how often a lost race was settled; `refusals` gathers what was refused.
    """

    def __init__(
        self,
        server: Server,
        backend: Backend,
        key_ring: KeyRing,
        limits: Limits,
        *,
        clock: Callable[[], float],
        entropy: Callable[[int], bytes],
        counted: Callable[[], Awaitable[Counted]],
    ) -> None:
        self.server = server
        self.backend = backend
        self.key_ring = key_ring
        self.last_uses = LastUses(backend)
        self.conflicts: Counter[str] = Counter()
        self.refusals = Refusals(backend)
        self._under_way = 0
        self._limits = limits
        self._heavy = HeavyPool()
        self._clock = clock
        self._entropy = entropy
        self._counted = counted

    def context(self, request_id: str, address: str) -> Context:
        """The circumstances of a request that begins now; the one place where the clock is read."""
        now = int(self._clock())
        return Context(self.server, self.key_ring.keys, now, self._entropy, request_id, address, NOBODY, self._counted)

    async def carry(self, operation: Operation, call: Call, context: Context) -> tuple[Reply, Outcome, Context]:
        """Carry a call through. Raises OAuthError, whose changes are made."""
        self._under_way += 1
        try:
            if operation.security in BEARER_SECURITY:
                context = await self._with_caller(operation, call, context)
            request = operation.read(call, context)
            self._limits.admit(operation.operation_id, request, context)
            reply, outcome = await self._decide_and_apply(operation, request, context)
            if outcome.changes_keys:
                await self._read_keys()
            return reply, outcome, context
        except StorageUnavailable as e:
            raise TemporarilyUnavailable("try again", reason="storage_unavailable") from e
        finally:
            self._under_way -= 1

    async def _with_caller(self, operation: Operation, call: Call, context: Context) -> Context:
        presented = read_caller(call)
        facts = await load_caller(self.backend, presented)
        try:
            caller, uses = decide_caller(presented, facts, context, operation.security)
        except OAuthError as e:
            if e.reason != "token_unknown_key" or not await self.key_ring.look_again():
                raise
            context = msgspec.structs.replace(context, keys=self.key_ring.keys)
            caller, uses = decide_caller(presented, facts, context, operation.security)
        self.last_uses.note(uses)
        return msgspec.structs.replace(context, caller=caller)

    async def _decide_and_apply(self, operation: Operation, request: Any, context: Context) -> tuple[Reply, Outcome]:
        for attempt in range(ATTEMPTS):
            if attempt:
                await self._lose_race(operation, attempt)
            facts = await self._load(operation, request, context)
            try:
                outcome = await self._decide(operation, request, facts, context)
                reply = outcome.reply
                if not isinstance(reply, Reply):
                    reply = reply(await self._seal(outcome.unsealed, context))
                await self._apply(outcome.changes)
            except Conflict:
                continue
            except OAuthError as e:
                if isinstance(e, InvalidClient):
                    self._limits.failed(operation.operation_id, request, context)
                # A refusal may have consequences; it stands only when they do.
                try:
                    await self._apply(e.changes)
                except Conflict:
                    continue
                raise
            self.last_uses.note(outcome.uses)
            return reply, outcome
        raise TemporarilyUnavailable("too many requests for the same thing; try again", reason="conflict")

    async def _load(self, operation: Operation, request: Any, context: Context) -> Any:
        facts = await operation.load(self.backend, request, context)
        if self._has_company():
            await others_first()
        return facts

    def _has_company(self) -> bool:
        """Whether others are under way. Outside tasks nobody knows yet who else comes."""
        return self._under_way > 1 or asyncio.current_task() is None

    async def _read_keys(self) -> None:
        """What was decided stands, so that it is told even where the keys cannot be read now: soon they will be."""
        with contextlib.suppress(StorageUnavailable):
            await self.key_ring.reload()

    async def _lose_race(self, operation: Operation, attempt: int) -> None:
        """Count it, and step back for a moment, so that the same callers do not meet again."""
        self.conflicts[operation.operation_id] += 1
        await asyncio.sleep(self._entropy(1)[0] / 255 * 0.005 * attempt)

    async def _decide(self, operation: Operation, request: Any, facts: Any, context: Context) -> Outcome:
        if operation.heavy:
            return await self._heavy.run(operation.decide, request, facts, context)
        outcome = operation.decide(request, facts, context)
        if outcome.reason == "token_unknown_key" and await self.key_ring.look_again():
            context = msgspec.structs.replace(context, keys=self.key_ring.keys)
            outcome = operation.decide(request, facts, context)
        return outcome

    async def _seal(self, unsealed: Unsealed | None, context: Context) -> str:
        if self._has_company():
            await others_first()
        if isinstance(unsealed, AccessTokenClaims):
            sealed = sign_access_token(unsealed, context.keys.signing(context.now))
        else:
            assert unsealed is not None
            sealed = seal_consent_request(unsealed, self.server.secrets.consent)
        if self._has_company():
            await others_first()
        return sealed

    async def _apply(self, changes: Sequence[Change]) -> None:
        if changes:
            await self.backend.apply(changes)
