"""Answers that come in one piece leave in one piece.

uvicorn makes a system call for the head and one for the body, and reads every header with two regular expressions:
together that costs as much as a signature. Here is the plain case; all else is left to uvicorn.
"""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from grantwell.asgi.http import Message


class WholeAnswer:
    """The `send` of one request: keeps the head until the body comes."""

    __slots__ = ("_cycle", "_head", "_send")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._send = cycle.send
        self._head: Message | None = None

    async def __call__(self, message: Message) -> None:
        """Take one of the answer's messages."""
        head, cycle = self._head, self._cycle
        if head is None:
            if message["type"] == "http.response.start" and not cycle.response_started:
                self._head = message
            else:
                await self._send(message)  # type: ignore[arg-type] # uvicorn has a type for each message
            return
        self._head = None
        if not (written := _whole(cycle, head, message)):
            await self._send(head)  # type: ignore[arg-type] # as above
            await self._send(message)  # type: ignore[arg-type] # as above
            return
        # What uvicorn does after an answer.
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.transport.write(written)
        cycle.message_event.set()
        cycle.on_response()


def _whole(cycle: RequestResponseCycle, head: Message, message: Message) -> bytes:
    """The answer as it goes out; empty where uvicorn must look at it."""
    if message["type"] != "http.response.body" or message.get("more_body"):
        return b""
    if not cycle.keep_alive or cycle.disconnected or cycle.flow.write_paused:
        return b""
    body: bytes = message.get("body", b"")
    headers = [*cycle.default_headers, *head["headers"]]
    by_name = dict(headers)
    if by_name.get(b"content-length") != b"%d" % len(body) or cycle.scope["method"] == "HEAD":
        return b""
    if b"connection" in by_name or b"transfer-encoding" in by_name:
        return b""
    lines = b"\r\n".join(map(b": ".join, headers))
    # A header with a line of its own in it would begin another answer.
    if not lines.count(b"\n") == lines.count(b"\r") == len(headers) - 1 or b"\0" in lines:
        return b""
    return b"%b%b\r\n\r\n%b" % (STATUS_LINE[head["status"]], lines, body)
