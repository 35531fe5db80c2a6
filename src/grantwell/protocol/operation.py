"""The three verbs. Who has read one operation has read all of them.

`read` turns a call into a typed request (pure). `load` fetches the facts that it names (the only `await`). `decide`
turns request, facts and circumstances into an `Outcome` (pure).
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from msgspec import Struct

from grantwell.protocol.call import Call
from grantwell.protocol.context import Context
from grantwell.protocol.outcome import Outcome
from grantwell.protocol.store import Store

# Who may call: anybody; a client that authenticates in the operation itself, or need not; a user's API key, session or
# client token with that capability (RFC 6750).
Security = Literal["public", "client", "client_or_public", "clients", "grants", "consent"]


class Documentation(Struct, frozen=True):
    """What the OpenAPI document says of an operation: summary, types of request and answer, statuses."""

    summary: str
    tag: str
    request: Any = None
    response: Any = None
    success: int = 200
    parameters: tuple[tuple[str, str], ...] = ()
    errors: tuple[int, ...] = ()
    form: bool = False


class Operation(Struct, frozen=True):
    """One operation of the API. `route` is method and path, as in `GET /oauth_clients/{id}`.

    A `heavy` one decides in a bounded pool of threads, since it verifies a password.
    """

    operation_id: str
    route: str
    security: Security
    read: Callable[[Call, Context], Any]
    load: Callable[[Store, Any, Context], Awaitable[Any]]
    decide: Callable[[Any, Any, Context], Outcome]
    documentation: Documentation
    heavy: bool = False

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.route.partition(" ")[0]

    @property
    def path(self) -> str:
        """The path template."""
        return self.route.partition(" ")[2]


async def load_nothing(_store: Store, _request: object, _context: Context) -> None:
    """The `load` of an operation that needs no facts."""
