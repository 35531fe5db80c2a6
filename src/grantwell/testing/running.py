"""A running server: its thread, its ways in, and what can be seen of it."""

from contextlib import ExitStack
from functools import cached_property
from typing import Any, Self

import httpx

from grantwell.asgi.event import Event
from grantwell.sdk.async_client import AsyncGrantwell
from grantwell.sdk.client import Grantwell
from grantwell.testing.clock import Clock
from grantwell.testing.entrance import Entrance, SeenRequest
from grantwell.testing.faults import Faults
from grantwell.testing.loop_thread import LoopThread
from grantwell.testing.people import Person
from grantwell.testing.starting import bound_socket, settings_of, start
from grantwell.testing.transport import InProcessTransport

# Where requests come from: those of the program under test, and those that this object sends on the test's behalf.
PROGRAM, TEST = "127.0.0.1", "the-test"


class RunningServer:
    """The real server, from its making until `close`; in memory, in a thread of this process.

    Args:
        settings: the server's, by the names of docs/settings.md. Without an `issuer` it is the address of `url`;
            `scopes` may be plain names, and are admin, read and write if not said; there are no rate limits unless
            some are given. Environment and files are not read.

    Attributes:
        clock: the server's time.
        admin: the administrator of the first organization.
        faults: what shall go wrong.
        events: what the server told its log: one entry a request, with the reason of each refusal.
        settings: what it was made with, complete.

    Raises:
        SettingsError: a setting that cannot be.
    """

    def __init__(self, **settings: Any) -> None:
        self.clock = Clock()
        self.events: list[Event] = []
        self._events_of_the_test: list[Event] = []
        with ExitStack() as opened:
            self._bound = opened.enter_context(bound_socket())
            self.settings = settings_of(settings, self._bound.getsockname()[1])
            self._thread = LoopThread("grantwell-testing")
            opened.callback(self._thread.stop)
            self._app, self.admin = self._thread.run(start(self.settings, self.clock, self._note))
            opened.callback(lambda: self._thread.run(self._app.stop()))
            self._entrance = Entrance(self._app)
            self.faults: Faults = self._entrance.faults
            self._opened = opened.pop_all()

    def _note(self, event: Event) -> None:
        (self._events_of_the_test if event.address == TEST else self.events).append(event)

    @property
    def issuer(self) -> str:
        """Who its tokens are from (RFC 8414)."""
        return self.settings.issuer

    @property
    def base_url(self) -> str:
        """What an SDK is given; good for those with `transport`, and where `url` was asked for, for all others."""
        return f"{self.issuer}/v2"

    @property
    def requests(self) -> list[SeenRequest]:
        """What the program under test has asked, struck by a fault or not."""
        return self._entrance.seen

    @cached_property
    def url(self) -> str:
        """Its address on a real port of this machine, which listens from now on; other languages can use it, too."""
        # Imported here: most tests need no socket.
        from grantwell.testing.port import Port  # noqa: PLC0415 - see above

        port = Port(self._entrance, self._bound)
        self._thread.run(port.open())
        self._opened.callback(lambda: self._thread.run(port.close()))
        return f"http://{PROGRAM}:{self._bound.getsockname()[1]}"

    def environment(self) -> dict[str, str]:
        """Variables for a program that is a process of its own and uses a Grantwell or Telnyx SDK; it opens the port.

        For `subprocess.run(..., env=os.environ | server.environment())`.
        """
        found = {"BASE_URL": f"{self.url}/v2", "API_KEY": self.admin.api_key}
        return {f"{brand}_{name}": value for brand in ("GRANTWELL", "TELNYX") for name, value in found.items()}

    def transport(self, *, address: str = PROGRAM) -> InProcessTransport:
        """For `httpx.Client(transport=...)` and `httpx.AsyncClient(transport=...)`: the whole server without a socket.

        Args:
            address: where the requests come from, for rate limits and the like.
        """
        return InProcessTransport(self._thread, self._entrance, address)

    @cached_property
    def sdk(self) -> Grantwell:
        """The SDK's client, with the administrator's API key; in process."""
        return Grantwell(api_key=self.admin.api_key, base_url=self.base_url, transport=self.transport())

    @cached_property
    def async_sdk(self) -> AsyncGrantwell:
        """The same for asyncio, in whichever event loop."""
        return AsyncGrantwell(api_key=self.admin.api_key, base_url=self.base_url, transport=self.transport())

    def _sdk_of(self, person: Person | None) -> Grantwell:
        """A client for what the test does itself, which meets no fault and leaves no trace."""
        key = (person or self.admin).api_key
        return Grantwell(api_key=key, base_url=self.base_url, http_client=self._http, max_retries=0)

    @cached_property
    def _http(self) -> httpx.Client:
        return httpx.Client(transport=InProcessTransport(self._thread, self._app, TEST))

    def close(self) -> None:
        """End it, and forget all that it knew."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
