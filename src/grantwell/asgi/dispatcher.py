"""From a request's parts to a reply, below the edge: what HTTP and our own pages have in common."""

import logging
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from grantwell.asgi.driver import Driver
from grantwell.asgi.routes import BASE, Route, Routes
from grantwell.asgi.wire_errors import PageOf, ServerError, error_reply, for_a_person
from grantwell.protocol.call import Call
from grantwell.protocol.context import Context
from grantwell.protocol.errors import MethodNotAllowed, NotFound, OAuthError
from grantwell.protocol.operation import Operation
from grantwell.protocol.outcome import Outcome, Reply

LOGGER = logging.getLogger("grantwell")
NO_HEADERS: Mapping[bytes, bytes] = {}
_STARRED = ("public", "client_or_public")


class Answer(Struct, frozen=True, gc=False):
    """A reply, and what the event of the request tells.

    `route` is the path's template: a path itself may hold a consent token, which no log may have.
    """

    reply: Reply
    operation_id: str
    reason: str = ""
    client_id: str = ""
    credential: str = ""
    cors: bool = False
    route: str = ""
    grant_type: str = ""


class Dispatcher:
    """Finds the operation, has it carried, and words the refusals."""

    def __init__(self, driver: Driver, operations: Iterable[Operation], page_of: PageOf) -> None:
        self.driver = driver
        self._routes = Routes(operations)
        self._page_of = page_of

    def allow(self, path: str) -> str | None:
        """The methods of a path, for Allow; None where no operation lives."""
        found = self._routes.find(path)
        return found[0].allow if found else None

    async def dispatch(
        self, path: str, call: Call, request_id: str, address: str, headers: Mapping[bytes, bytes] = NO_HEADERS
    ) -> Answer:
        """Answer one request, whose call has no path parameters yet. Never raises: a bug is logged, and told as one.

        `headers` only decide about the language of a page.
        """
        operation = None
        try:
            operation, call = self._find(path, call)
            context = self.driver.context(request_id, address)
            reply, outcome, context = await self.driver.carry(operation, call, context)
            return _answer(reply, operation, outcome, context)
        except OAuthError as error:
            self.driver.refusals.note(error, address)
            return self.refuse(error, operation, path, request_id, call.query_string, headers)
        except Exception:  # the last line of defence: told to the operator, never to the caller
            LOGGER.exception("request %s failed", request_id, extra={"request_id": request_id})
            bug = ServerError("unexpected error", reason="bug")
            return self.refuse(bug, operation, path, request_id, call.query_string, headers)

    def _find(self, path: str, call: Call) -> tuple[Operation, Call]:
        found = self._routes.find(path)
        if found is None:
            raise NotFound("there is nothing at this path", reason="path_unknown")
        route, parameters = found
        operation = route.by_method.get("GET" if call.method == "HEAD" else call.method)
        if operation is None:
            raise MethodNotAllowed("this path does not know this method", reason="method_unknown", allow=route.allow)
        return operation, replace(call, path=parameters) if parameters else call

    def options(self, path: str, preflight: tuple[tuple[str, str], ...]) -> Answer:
        """What a path allows, and to whose scripts (RFC 9110 section 9.3.7). No credentials are asked for."""
        found = self._routes.find(path)
        if found is None:
            return self.refuse(NotFound("there is nothing at this path", reason="path_unknown"), None, path, "")
        headers = (("Allow", found[0].allow), *(preflight if _cors_at(found[0]) else ()))
        return self._answer_of_path(path, Reply(204, None, headers), "options")

    def refuse(
        self,
        error: OAuthError,
        operation: Operation | None,
        path: str,
        request_id: str,
        query_string: bytes = b"",
        headers: Mapping[bytes, bytes] = NO_HEADERS,
    ) -> Answer:
        """Word a refusal. Without an operation nothing was carried yet, and the refusal is the path's.

        `query_string` and `headers` decide about the language of a page.
        """
        told = for_a_person(error, operation)
        page = self._page_of(told, request_id, query_string, headers) if told else ""
        reply = error_reply(error, operation, self.driver.server.issuer, page)
        if operation is None:
            return self._answer_of_path(path, reply, "", error.reason)
        route = BASE + operation.path
        return Answer(reply, operation.operation_id, error.reason, cors=_cors(operation), route=route)

    def _answer_of_path(self, path: str, reply: Reply, operation_id: str, reason: str = "") -> Answer:
        found = self._routes.find(path)
        if found is None:
            return Answer(reply, operation_id, reason)
        return Answer(reply, operation_id, reason, cors=_cors_at(found[0]), route=found[0].template)


def _answer(reply: Reply, operation: Operation, outcome: Outcome, context: Context) -> Answer:
    return Answer(
        reply,
        operation.operation_id,
        outcome.reason,
        outcome.client_id,
        context.caller.credential,
        _cors(operation),
        BASE + operation.path,
        outcome.grant_type,
    )


def _cors_at(route: Route) -> bool:
    return any(map(_cors, route.by_method.values()))


def _cors(operation: Operation) -> bool:
    """Browsers' scripts may read what takes no ambient credential; the authorization endpoint is for navigation."""
    return operation.security in _STARRED and operation.operation_id != "AuthorizeOAuth"
