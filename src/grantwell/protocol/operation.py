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

# Who may call: anybody; a client that authenticates in the operation itself, or need not; a person who does; a bearer
# with that capability (RFC 6750). "session" is that of our own pages alone: no API key and no client has it. "sessions"
# is that of an API key which signs others in.
Security = Literal[
    "public", "client", "client_or_public", "person", "clients", "grants", "consent", "session", "sessions"
]
BEARER_SECURITY = ("clients", "grants", "consent", "session", "sessions")


class Parameter(Struct, frozen=True):
    """A parameter of path or query, as documented. `type` is a Python type that a JSON schema can be made of."""

    name: str
    type: Any = str
    where: Literal["query", "path"] = "query"
    required: bool = False


class Documentation(Struct, frozen=True, kw_only=True):
    """What the OpenAPI document and the metadata say of an operation.

    `request` and `response` are types of JSON bodies; a `form` body may be sent urlencoded as well. `advertised_as` is
    the operation's name in the server's metadata (RFC 8414 section 2).
    """

    summary: str
    tag: str
    request: Any = None
    response: Any = None
    response_type: str = "application/json"
    success: int = 200
    errors: tuple[int, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    form: bool = False
    advertised_as: str = ""


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
