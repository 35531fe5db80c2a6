"""An application that is made when it is first needed, or a moment after the start, whichever comes first."""

from collections.abc import Callable
from threading import Lock

from grantwell.asgi.http import ASGIApp, Receive, Scope, Send


class Later:
    """Stands for what `make` makes. Importing the pages takes as long as everything else of a start together."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._lock = Lock()

    def made(self) -> ASGIApp:
        """The application, made now if nobody has made it before."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        await self.made()(scope, receive, send)
