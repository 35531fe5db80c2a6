"""When the server behind the pages cannot answer. That server is stood in for, since ours would have to be broken."""

from collections.abc import Callable

import httpx
import pytest
from starlette.types import Receive, Scope, Send
from tests.pages.visitor import PageReader

from grantwell.pages import create_pages
from grantwell.pages.form_token import make_form_token

Answer = Callable[[httpx.Request], httpx.Response]


def pages_over(answer: Answer) -> httpx.AsyncClient:
    pages = create_pages(
        issuer="http://127.0.0.1:8000",
        transport=httpx.MockTransport(answer),
        consent_binding=lambda token: ("bound", token),
    )
    transport = httpx.ASGITransport(app=pages, raise_app_exceptions=False)
    cookies = {"grantwell_session": "s", "bound": "token", "grantwell_visitor": "v"}
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", cookies=cookies)


def always(status: int, body: object = None, **headers: str) -> Answer:
    return lambda _: httpx.Response(status, json=body, headers=headers)


def lost(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("connection lost", request=request)


@pytest.mark.parametrize("answer", [always(500), always(503), lost], ids=["500", "503", "connection lost"])
@pytest.mark.parametrize("path", ["/", "/sign-in", "/docs", "/consent?consent_token=token"])
async def test_a_server_that_cannot_answer_is_said_so(answer: Answer, path: str) -> None:
    async with pages_over(answer) as http:
        page = await http.get(path)
    assert page.status_code == 503
    assert page.headers["retry-after"] == "1"
    assert "This server cannot answer right now" in PageReader(page.text).text


async def test_too_many_answers_by_one_person_are_told_when_to_come_back() -> None:
    async with pages_over(always(429, **{"retry-after": "17"})) as http:
        page = await http.get("/consent?consent_token=token")
    assert (page.status_code, page.headers["retry-after"]) == (429, "17")
    assert "Try again in 17 seconds." in PageReader(page.text).text


@pytest.mark.parametrize("status", [429, 503])
async def test_nobody_waits_while_a_page_tries_again_and_again(status: int) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(status, json={}, headers={"retry-after": "1"})

    async with pages_over(answer) as http:
        assert (await http.get("/")).status_code == status
    assert asked == ["/v2/sessions/token"]


async def test_a_bug_is_told_without_detail() -> None:
    async with pages_over(always(200, {"unexpected": "shape"})) as http:
        page = await http.get("/")
    assert page.status_code == 500
    assert "unexpected" not in page.text
    assert "shape" not in page.text
    assert "This is not your fault." in PageReader(page.text).text


async def test_nobody_is_said_to_be_signed_out_who_is_not() -> None:
    async with pages_over(always(503)) as http:
        page = await http.post("/sign-out", data={"form_token": make_form_token("s", "/sign-out")})
    assert page.status_code == 503
    assert "set-cookie" not in page.headers


async def test_the_server_is_told_who_asks_and_in_which_request() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(401, json={})

    pages = create_pages(
        issuer="https://auth.example", transport=httpx.MockTransport(answer), consent_binding=lambda _: ("", "")
    )

    async def edge(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {"address": "192.0.2.9\r\n\u00e9", "request_id": "abc"}
        await pages(scope, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url="https://auth.example") as http:
        await http.get("/sign-in", headers={"cookie": "__Host-grantwell_session=s"})
    (request,) = seen
    assert str(request.url) == "https://auth.example/v2/sessions/token"
    assert request.headers["x-grantwell-address"] == "192.0.2.9"
    assert request.headers["x-request-id"] == "abc"
    assert "authorization" not in request.headers
