"""A network between a server and its PostgreSQL that fails on demand: cut in mid-statement, silent, or not there."""

import asyncio
from contextlib import suppress
from typing import Literal, NamedTuple
from urllib.parse import parse_qs, urlsplit, urlunsplit

Moment = Literal["before", "after"]


class Cut(NamedTuple):
    """Cut the connection that carries these bytes: before PostgreSQL sees them, or after it has answered them."""

    text: bytes
    moment: Moment


class Wire:
    """One connection through the proxy."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self._ends = (client, server)
        self.doomed = False

    def cut(self) -> None:
        for end in self._ends:
            end.transport.abort()


class Proxy:
    """Listens on this computer for the database at `url`. To be entered."""

    def __init__(self, url: str) -> None:
        self._upstream = urlsplit(url)
        self._cuts: list[Cut] = []
        self._wires: set[Wire] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._every = 0
        self._carried = 0
        # Connections that were opened, and cuts that were made.
        self.opened = 0
        self.made = 0

    async def __aenter__(self) -> "Proxy":
        await self.listen()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def listen(self, port: int = 0) -> None:
        self._listener = await asyncio.start_server(self._carry, "127.0.0.1", port)
        self.port: int = self._listener.sockets[0].getsockname()[1]

    async def listen_again(self) -> None:
        await self.listen(self.port)

    async def refuse(self) -> None:
        """Cut everything, and accept nothing until told to listen again."""
        self._listener.close()
        self.cut_all()

    @property
    def url(self) -> str:
        """The database's address through this proxy."""
        account = self._upstream.netloc.rpartition("@")[0]
        place = f"{account}@127.0.0.1:{self.port}" if account else f"127.0.0.1:{self.port}"
        return urlunsplit(self._upstream._replace(netloc=place, query="sslmode=disable"))

    def cut(self, moment: Moment, text: str, times: int = 1) -> None:
        """The next `times` connections that carry this text to PostgreSQL are cut."""
        self._cuts += [Cut(text.encode(), moment)] * times

    def cut_every(self, number: int) -> None:
        """Cut at every so many messages to PostgreSQL, before and after them in turn, until told 0."""
        self._every = number

    def cut_all(self) -> None:
        for wire in self._wires:
            wire.cut()

    def freeze(self) -> None:
        """Carry nothing more, and say nothing of it."""
        self._flowing.clear()

    def thaw(self) -> None:
        self._flowing.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        try:
            from_server, to_server = await self._connect()
        except OSError:
            writer.transport.abort()
            return
        wire = Wire(writer, to_server)
        self._wires.add(wire)
        for pump in (self._to_server(wire, reader, to_server), self._to_client(wire, from_server, writer)):
            task = asyncio.create_task(pump)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if directory := parse_qs(self._upstream.query).get("host"):
            return await asyncio.open_unix_connection(f"{directory[0]}/.s.PGSQL.5432")
        return await asyncio.open_connection(self._upstream.hostname, self._upstream.port or 5432)

    async def _to_server(self, wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65536):
                await self._flowing.wait()
                moment = self._next_cut(chunk)
                if moment:
                    self.made += 1
                    wire.doomed = True
                if moment == "before":
                    break
                writer.write(chunk)
        self._end(wire)

    def _next_cut(self, chunk: bytes) -> Moment | None:
        self._carried += 1
        if self._every and self._carried % self._every == 0:
            return "before" if self._carried // self._every % 2 else "after"
        cut = next((cut for cut in self._cuts if cut.text in chunk), None)
        if cut is None:
            return None
        self._cuts.remove(cut)
        return cut.moment

    async def _to_client(self, wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65536):
                await self._flowing.wait()
                if wire.doomed:
                    break
                writer.write(chunk)
        self._end(wire)

    def _end(self, wire: Wire) -> None:
        self._wires.discard(wire)
        wire.cut()
