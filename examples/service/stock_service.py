"""A service without a person: it has credentials of its own, and asks another API for its orders again and again.

It is configured by ORDERS_API, ORDERS_AUTH (the base URL of the Grantwell server), CLIENT_ID and CLIENT_SECRET. Its
client is confidential, and has the grant type client_credentials and the scope orders:read.
"""

import asyncio
import logging
import os
from itertools import count

import httpx

from grantwell.sdk import APIError, AsyncGrantwell, AsyncRenewingToken, AsyncTokenAuth, ClientCredentials

LOG = logging.getLogger("stock")
SECONDS_BETWEEN = 60.0


def authenticated(server: AsyncGrantwell, client_id: str, client_secret: str, resource: str) -> AsyncTokenAuth:
    """Puts the service's token on every request. One is asked for when it is first needed, and again before it ends."""
    credentials = ClientCredentials(client_id, client_secret, scope="orders:read", resource=resource)
    return AsyncTokenAuth(AsyncRenewingToken(server, source=credentials))


async def reserve_stock(api: httpx.AsyncClient) -> int:
    """Do the work once; how many orders there were."""
    answer = await api.get("/orders")
    answer.raise_for_status()
    orders = answer.json()
    for order in orders:
        LOG.info("reserving %s for order %s", order["what"], order["id"])
    return len(orders)


async def work_on(api: httpx.AsyncClient, rounds: int | None = None, seconds_between: float = SECONDS_BETWEEN) -> None:
    """Do the work for some rounds, or for ever. A bad moment of the API or the server is over at the next round."""
    for _ in count() if rounds is None else range(rounds):
        try:
            await reserve_stock(api)
        except (APIError, httpx.HTTPError) as error:
            LOG.warning("no orders this time: %s", error)
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
