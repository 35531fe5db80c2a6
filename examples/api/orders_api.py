"""An API with FastAPI that takes the access tokens of a Grantwell server.

Reading needs the scope `orders:read`, ordering `orders:write`, which includes reading. Refunding needs
`payments:write`: for this one the server is asked whether the token was revoked, if the API has a client to ask with.

    ORDERS_API      where clients find this API, such as http://127.0.0.1:8100: the `resource` of its tokens
    ORDERS_ISSUER   the authorization server, such as http://127.0.0.1:8000
    ORDERS_CLIENT   a confidential client of the API, as client_id:client_secret; none, and nothing is asked

    python orders_api.py    serve

docs/protect-an-api.md explains each part.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI, HTTPException, Security
from pydantic import BaseModel

from grantwell.resource import AccessToken, Introspection, ProtectedResource
from grantwell.resource.fastapi import protect

CLIENT_ID, _, CLIENT_SECRET = os.environ.get("ORDERS_CLIENT", "").partition(":")

api = ProtectedResource(
    os.environ.get("ORDERS_API", "http://127.0.0.1:8100"),
    issuer=os.environ.get("ORDERS_ISSUER", "http://127.0.0.1:8000"),
    name="Orders",
    scopes=["orders:read", "orders:write", "payments:write"],
    implied_scopes={"orders:write": ["orders:read"]},
    introspection=Introspection(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, only_for=("payments:write",))
    if CLIENT_ID
    else None,
)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Close what introspection has opened."""
    yield
    await api.aclose()


app = FastAPI(title="Orders", lifespan=lifespan)
token = protect(app, api)

Reader = Annotated[AccessToken, Security(token, scopes=["orders:read"])]
Writer = Annotated[AccessToken, Security(token, scopes=["orders:write"])]
Payer = Annotated[AccessToken, Security(token, scopes=["orders:read", "payments:write"])]


class NewOrder(BaseModel):
    """What somebody orders."""

    item: str


class Order(NewOrder):
    """An order, and whose it is."""

    number: int
    owner: str
    refunded: bool = False


# A real API has a database.
ORDERS: dict[int, Order] = {}


@app.get("/orders")
async def list_orders(caller: Reader) -> list[Order]:
    """The caller's own: whoever is behind the token, a person or a program."""
    return [order for order in ORDERS.values() if order.owner == caller.subject]


@app.post("/orders", status_code=201)
async def make_order(new: NewOrder, caller: Writer) -> Order:
    """Order something."""
    order = Order(item=new.item, number=len(ORDERS) + 1, owner=caller.subject)
    ORDERS[order.number] = order
    return order


@app.post("/orders/{number}/refund")
async def refund(number: int, caller: Payer) -> Order:
    """Pay it back. Somebody else's order is none that the caller could know of."""
    order = ORDERS.get(number)
    if order is None or order.owner != caller.subject:
        raise HTTPException(404, "no such order")
    order.refunded = True
    return order


@app.get("/health")
async def health() -> str:
    """Needs no token."""
    return "well"


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=urlsplit(api.rules.resource).port or 8100)
