"""Both clients behind one face, so that a test is written once and holds for each."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Iterable
from typing import Any, Protocol

import httpx

from grantwell.sdk import AsyncGrantwell, Grantwell


class Both(Protocol):
    """A client, `done`, which brings what a call of it comes to, and `listed`, which goes through a list."""

    client: Any

    def done(self, called: Any) -> Any: ...

    def listed(self, items: Any) -> list[Any]: ...

    def close(self) -> None: ...


class Blocking:
    def __init__(self, **arguments: Any) -> None:
        self.client = Grantwell(**arguments)

    def done(self, called: Any) -> Any:
        return called

    def listed(self, items: Iterable[Any]) -> list[Any]:
        return list(items)

    def close(self) -> None:
        self.client.close()


class Asynchronous:
    def __init__(self, **arguments: Any) -> None:
        self.runner = asyncio.Runner()
        self.client = AsyncGrantwell(**arguments)

    def done(self, called: Awaitable[Any]) -> Any:
        async def wait() -> Any:
            return await called

        return self.runner.run(wait())

    def listed(self, items: AsyncIterable[Any]) -> list[Any]:
        async def collect() -> list[Any]:
            return [item async for item in items]

        return list(self.runner.run(collect()))

    def close(self) -> None:
        self.done(self.client.close())
        self.runner.close()


KINDS: dict[str, type[Blocking] | type[Asynchronous]] = {"blocking": Blocking, "asynchronous": Asynchronous}
HTTP_CLIENTS = {"blocking": httpx.Client, "asynchronous": httpx.AsyncClient}
