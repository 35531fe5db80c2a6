"""The alerts' queries find what a scrape really shows after people were refused at the pages, and not what we think."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from promql_parser import MatchOp
from tests.conftest import StartServer
from tests.observability.conftest import Look
from tests.observability.scraping import Scrape
from tests.observability.test_dashboard_and_alerts import ALERT_TESTS, ITS_OWN_LABELS, parse, rules, selectors_in
from tests.pages.visitor import Visitor
from tests.support.server import EMAIL, Server

from grantwell.protocol.store import StorageUnavailable

SERIES = re.compile(
    r"'grantwell_requests_total\{instance=\"a\", operation=\"page\", status=\"(\d+)\", reason=\"(\w+)\"}'"
)


def fits(matcher: Any, labels: dict[str, str]) -> bool:
    value = labels.get(matcher.name, "")
    several = matcher.op in (MatchOp.Re, MatchOp.NotRe)
    same = re.fullmatch(matcher.value, value) is not None if several else value == matcher.value
    return same is (matcher.op in (MatchOp.Re, MatchOp.Equal))


def found_by(alert: str, scrape: Scrape) -> float:
    """The sum of the samples that the first selector of an alert selects."""
    (rule,) = [each for each in rules() if each["alert"] == alert]
    selector = next(selectors_in(parse(rule["expr"])))
    asked = [each for each in selector.matchers.matchers if each.name not in ITS_OWN_LABELS]
    return sum(
        value
        for (name, labels), value in scrape.samples.items()
        if name == selector.name and all(fits(each, dict(labels)) for each in asked)
    )


async def guess(server: Server, _patch: pytest.MonkeyPatch) -> None:
    visitor = Visitor(server)
    for _ in range(12):
        await visitor.sign_in(EMAIL, "a guess")


async def lose_the_database(server: Server, patch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise StorageUnavailable("the database is away")

    patch.setattr(server.backend, "check", fail)
    patch.setattr(server.backend, "user_by_email", fail)
    await server.http.get("/readyz")
    await Visitor(server).sign_in()


async def meet_a_bug(server: Server, patch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    patch.setattr("grantwell.pages.sign_in.own_path", fail)
    with pytest.raises(ZeroDivisionError):
        await server.http.get("/sign-in")


Deed = Callable[[Server, pytest.MonkeyPatch], Awaitable[None]]
DEEDS: dict[Deed, dict[str, float]] = {
    guess: {"GrantwellPasswordGuessing": 12, "GrantwellRateLimiting": 2},
    lose_the_database: {"GrantwellDatabaseUnavailable": 2, "GrantwellErrors": 2},
    meet_a_bug: {"GrantwellBug": 1, "GrantwellErrors": 1},
}


@pytest.fixture
async def limited(start_server: StartServer, address: str) -> Server:
    return await start_server(metrics_address=address, rate_limits='{"sign_in_account": "10/minute"}')


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
async def test_an_alert_finds_what_happens_at_the_pages(
    limited: Server, look: Look, monkeypatch: pytest.MonkeyPatch, deed: Deed
) -> None:
    before = await look()
    await deed(limited, monkeypatch)
    after = await look()
    for alert, times in DEEDS[deed].items():
        assert (alert, found_by(alert, before)) == (alert, 0)
        assert (alert, found_by(alert, after)) == (alert, times)


async def test_the_series_of_pages_that_alerts_are_tried_with_are_those_of_a_scrape(
    limited: Server, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    for deed in DEEDS:
        with monkeypatch.context() as patch:
            await deed(limited, patch)
    found = await look()
    tried = set(SERIES.findall(ALERT_TESTS.read_text()))
    labels = [dict(each) for each, _ in found.each("grantwell_requests_total", operation="page")]
    assert tried == {(each["status"], each["reason"]) for each in labels if each["reason"]}
