"""The decorator for Django, on views that block and views that do not."""

import asyncio
from collections.abc import Iterator
from typing import Any

import django
import pytest
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from tests.resource.authorization_server import RESOURCE, AuthorizationServer

from grantwell.resource import ProtectedResource
from grantwell.resource.django import metadata_urls, token_required

METADATA = "/.well-known/oauth-protected-resource"


@pytest.fixture(scope="module", autouse=True)
def configured() -> None:
    settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=(), SECRET_KEY="of-this-test", MIDDLEWARE=[])
    django.setup()


@pytest.fixture
def site(api: ProtectedResource) -> Iterator[None]:
    @token_required(api, "orders:read")
    def order(request: Any, number: int) -> JsonResponse:
        return JsonResponse({"order": number, "client": request.access_token.client_id})

    @token_required(api)
    async def me(request: Any) -> JsonResponse:
        await asyncio.sleep(0)
        return JsonResponse({"client": request.access_token.client_id})

    routes = [*metadata_urls(api), path("orders/<int:number>", order), path("me", me)]
    with override_settings(ROOT_URLCONF=tuple(routes)):
        yield


def test_a_view_gets_the_token(server: AuthorizationServer, site: None) -> None:
    client = server.client()
    headers = {"Authorization": f"Bearer {server.token_of(client)}"}
    assert Client().get("/orders/7", headers=headers).json() == {"order": 7, "client": client.client_id}
    assert Client().get("/me", headers=headers).json() == {"client": client.client_id}


async def test_a_view_that_does_not_block_stays_one(server: AuthorizationServer, site: None) -> None:
    client = server.client()
    headers = {"Authorization": f"Bearer {server.token_of(client)}"}
    assert (await AsyncClient().get("/me", headers=headers)).json() == {"client": client.client_id}
    assert (await AsyncClient().get("/me")).status_code == 401


def test_a_refusal_challenges_for_what_the_view_needs(server: AuthorizationServer, site: None) -> None:
    missing = Client().get("/orders/7")
    assert missing.status_code == 401
    assert missing["WWW-Authenticate"] == f'Bearer resource_metadata="{RESOURCE}{METADATA}", scope="orders:read"'
    headers = {"Authorization": f"Bearer {server.token('payments:write')}"}
    refused = Client().get("/orders/7", headers=headers)
    assert refused.status_code == 403
    assert refused.json()["error"] == "insufficient_scope"


def test_a_token_in_a_query_string_is_never_taken(server: AuthorizationServer, site: None) -> None:
    assert Client().get("/me", {"access_token": server.token()}).status_code == 400


def test_the_metadata_are_served(server: AuthorizationServer, site: None) -> None:
    for address in (METADATA, f"{METADATA}/"):
        found = Client().get(address)
        assert found["Content-Type"] == "application/json"
        assert found.json()["authorization_servers"] == [server.origin]


def test_the_name_of_a_view_stays_its_own(api: ProtectedResource) -> None:
    @token_required(api)
    def orders(_request: HttpRequest) -> None:
        """Lists orders."""

    assert (orders.__name__, orders.__doc__) == ("orders", "Lists orders.")
