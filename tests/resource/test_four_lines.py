"""docs/protect-an-api.md says that four lines protect an application, and it is four of them that do."""

import re
import time
from typing import Any

import httpx
import pytest
from tests.docs.markdown import ROOT, fences_of
from tests.resource.authorization_server import AuthorizationServer
from tests.support.actors import bearer
from tests.support.clock import Clock

NUMBERED = re.compile(r"  # (\d)$")
ADDRESS, ISSUER = "http://127.0.0.1:8100", "http://127.0.0.1:8000"


@pytest.fixture
def clock() -> Clock:
    """The page's program goes by the real time."""
    return Clock(time.time())


def application() -> list[str]:
    """The first program of the page."""
    return next(each for each in fences_of(ROOT / "docs/protect-an-api.md") if each.mark == "file").text.splitlines()


async def status_of(program: list[str], headers: dict[str, str]) -> int:
    names: dict[str, Any] = {}
    exec("\n".join(program), names)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=names["app"]), base_url=ADDRESS) as http:
        return (await http.get("/orders", headers=headers)).status_code


def test_the_lines_are_counted_as_the_page_says() -> None:
    assert [found[1] for line in application() if (found := NUMBERED.search(line))] == ["1", "2", "3", "4"]


async def test_without_the_four_lines_the_application_is_the_same_and_open() -> None:
    assert await status_of([line for line in application() if not NUMBERED.search(line)], {}) == 200


@pytest.mark.parametrize(("scope", "status"), [("orders:read", 200), ("orders:write", 403), (None, 401)])
async def test_with_them_it_is_closed_to_whoever_has_no_fitting_token(
    scope: str | None, status: int, server: AuthorizationServer
) -> None:
    program = [line.replace(ISSUER, server.origin) for line in application()]
    headers = bearer(server.token(scope, resource=ADDRESS)) if scope else {}
    assert await status_of(program, headers) == status
