"""Whether anything was set up yet: what the start page says to whoever opens it first. Ours, not an RFC's."""

from msgspec import Struct

from grantwell.protocol.call import Call
from grantwell.protocol.context import Context
from grantwell.protocol.extension import Extension
from grantwell.protocol.operation import Documentation, Operation
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.store import Store
from grantwell.protocol.tokens import NO_STORE


class Setup(Struct, frozen=True):
    """What there is: a client, of whichever organization."""

    has_clients: bool


class SetupResponse(Struct, frozen=True):
    """The answer."""

    data: Setup


def read(_call: Call, _context: Context) -> None:
    """Nothing is asked."""


async def load(store: Store, _request: None, _context: Context) -> bool:
    """Whether there is a client."""
    return await store.has_clients()


def decide(_request: None, has_clients: bool, _context: Context) -> Outcome:
    """Say so. That a server stands ready for its first client is no secret: anybody learns it by a refusal."""
    return Outcome(Reply(200, SetupResponse(Setup(has_clients)), NO_STORE))


GET_SETUP = Operation(
    "GetSetup",
    "GET /setup",
    "public",
    read,
    load,
    decide,
    Documentation(summary="Get whether this server was set up", tag="Setup", response=SetupResponse),
)
SETUP = Extension("setup", (GET_SETUP,))
