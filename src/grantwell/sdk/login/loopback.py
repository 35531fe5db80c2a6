"""Where the browser comes back to that a program on the same machine has sent away (RFC 8252, section 7.3)."""

from __future__ import annotations

import queue
import sys
import webbrowser
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from grantwell.sdk.errors import LoginError

if TYPE_CHECKING:
    from grantwell.sdk.login.authorization_request import AuthorizationRequest

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

PATH = "/callback"
SLOWEST_BROWSER_SECONDS = 10

PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    '<meta name="viewport" content="width=device-width"><h1>{title}</h1><p>{text}</p></html>'
)
RECEIVED = PAGE.format(title="Thank you", text="Your answer has arrived. You can close this page and go back.")
NOT_EXPECTED = PAGE.format(title="Not expected", text="Nothing here waits for this answer. Please begin again.")

HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Listener(ThreadingHTTPServer):
    """Has its port for itself: Windows takes "reuse" for leave to listen where somebody else does already."""

    allow_reuse_address = sys.platform != "win32"
    allow_reuse_port = False


class Asked:
    """A request that somebody waits for, and what came back."""

    def __init__(self, request: AuthorizationRequest) -> None:
        self.request = request
        self.answers: queue.SimpleQueue[str] = queue.SimpleQueue()


class LoopbackReceiver:
    """Listens on 127.0.0.1 from `with` on until its end.

    Args:
        port: where; one that is free, if not said.

    Attributes:
        redirect_uri: what to send along as `redirect_uri`; public clients may register it with any port.
    """

    def __init__(self, port: int = 0) -> None:
        self._asked: Asked | None = None
        handler = type("Handler", (Handler,), {"receive": staticmethod(self._receive)})
        self._server = Listener(("127.0.0.1", port), handler)
        self.redirect_uri = f"http://127.0.0.1:{self._server.server_port}{PATH}"

    def ask(
        self,
        request: AuthorizationRequest,
        *,
        open_browser: Callable[[str], object] = webbrowser.open,
        timeout_seconds: float = 300,
    ) -> str:
        """Sends the person away and waits for the answer. Whatever else comes meanwhile is not taken for it.

        Args:
            request: whose address the browser is to open.
            open_browser: does so; may show the address as well, for a person who has to do it. False says that
                there is no browser, and nobody to wait for.
            timeout_seconds: how long to wait.

        Returns:
            The address that the browser came back to; see `AuthorizationRequest.code_from`.

        Raises:
            LoginError: there is no browser, or nobody came back in time.
        """
        asked = self._asked = Asked(request)
        try:
            if open_browser(request.url) is False:
                raise LoginError("no browser could be opened: show the person the address, with open_browser=print")
            return asked.answers.get(timeout=timeout_seconds)
        except queue.Empty:
            raise LoginError(f"nobody came back from the browser within {timeout_seconds:g} s") from None
        finally:
            # Whoever comes later has not answered what may be asked next.
            self._asked = None

    def _receive(self, target: str) -> Callable[[], None] | None:
        """What takes the target of a request, if it is the answer."""
        callback_url = self.redirect_uri.removesuffix(PATH) + target
        asked = self._asked
        if asked is None or not asked.request.is_answered_by(callback_url):
            return None
        return lambda: asked.answers.put(callback_url)

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class Handler(BaseHTTPRequestHandler):
    """Answers the browser with a page, which says whether its answer was taken; `receive` takes it."""

    receive: Callable[[str], Callable[[], None] | None]
    # Browsers open connections that they may never use.
    timeout = SLOWEST_BROWSER_SECONDS

    def do_GET(self) -> None:
        """Takes the answer, if this is one."""
        if urlsplit(self.path).path != PATH:
            self._show(404, NOT_EXPECTED)
        elif (take := self.receive(self.path)) is None:
            self._show(400, NOT_EXPECTED)
        else:
            # The page first: with the answer the program goes on, and may be over before the browser has read it.
            try:
                self._show(200, RECEIVED)
            finally:
                take()

    def _show(self, status: int, page: str) -> None:
        body = page.encode()
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, *_: Any) -> None:
        """Says nothing: the address holds the code."""

    @override
    def version_string(self) -> str:
        return "Grantwell"
