"""A service without a person: it has credentials of its own, and sees to it that three kettles are always ordered.

    ORDERS_API      the API's address, such as http://127.0.0.1:8100: that of examples/api is one
    ORDERS_AUTH     the base URL of the Grantwell server that the API trusts, such as http://127.0.0.1:8000/v2
    CLIENT_ID       of a confidential client with the grant type client_credentials and the scope orders:write
    CLIENT_SECRET   of the same

    python stock_service.py

docs/log-in-from-a-program.md explains each part.
"""

import asyncio
import logging
import os
from itertools import count

import httpx

from grantwell.sdk import APIError, AsyncGrantwell, AsyncRenewingToken, AsyncTokenAuth, ClientCredentials

LOG = logging.getLogger("stock")
WANTED = 3
SECONDS_BETWEEN = 60.0


def authenticated(server: AsyncGrantwell, client_id: str, client_secret: str, resource: str) -> AsyncTokenAuth:
    """Puts the service's token on every request. One is asked for when it is first needed, and again before it ends."""
    credentials = ClientCredentials(client_id, client_secret, scope="orders:write", resource=resource)
    return AsyncTokenAuth(AsyncRenewingToken(server, source=credentials))


async def restock(api: httpx.AsyncClient) -> None:
    """Order what is missing."""
    answer = await api.get("/orders")
    answer.raise_for_status()
    for _ in range(WANTED - len(answer.json())):
        made = await api.post("/orders", json={"item": "a kettle"})
        made.raise_for_status()
        LOG.info("ordered a kettle: number %d", made.json()["number"])


async def work_on(api: httpx.AsyncClient, rounds: int | None = None, seconds_between: float = SECONDS_BETWEEN) -> None:
    """Do the work for some rounds, or for ever. A bad moment of the API or the server is over at the next round."""
    for _ in count() if rounds is None else range(rounds):
        try:
            await restock(api)
        except (APIError, httpx.HTTPError) as error:
            LOG.warning("no kettles this time: %s", error)
        await asyncio.sleep(seconds_between)


async def main() -> None:
    logging.basicConfig(level=logging.INFO)
    address = os.environ["ORDERS_API"]
    async with AsyncGrantwell(api_key="", base_url=os.environ["ORDERS_AUTH"]) as server:
        auth = authenticated(server, os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"], address)
        async with httpx.AsyncClient(base_url=address, auth=auth) as api:
            await work_on(api)


if __name__ == "__main__":
    asyncio.run(main())
