"""Lists of many pages."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.sdk.clients import Both
from tests.sdk.recording_server import Answer, Asked, RecordingServer, as_json
from tests.sdk.records import OAUTH_CLIENT, OAUTH_GRANT, list_of

from grantwell.sdk import APIResponseValidationError, AsyncGrantwell, InternalServerError

CLIENTS = [OAUTH_CLIENT | {"client_id": str(number)} for number in range(250)]
IDS = [each["client_id"] for each in CLIENTS]


def pages_asked(server: RecordingServer) -> list[str | None]:
    return [asked.query.get("page[number]") for asked in server.asked]


def test_a_list_goes_through_all_of_250_clients_once_each(both: Both, server: RecordingServer) -> None:
    server.behaviour = list_of(CLIENTS)
    listed = both.listed(both.client.oauth_clients.list(page_size=20, filter_name_contains="sync"))
    assert [each.client_id for each in listed] == IDS
    assert pages_asked(server) == [None, *(str(number) for number in range(2, 14))]
    assert {asked.query["filter[name][contains]"] for asked in server.asked} == {"sync"}
    assert {asked.query["page[size]"] for asked in server.asked} == {"20"}


def test_exactly_as_many_requests_as_pages(both: Both, server: RecordingServer) -> None:
    server.behaviour = list_of(CLIENTS[:40])
    both.listed(both.client.oauth_clients.list(page_size=20))
    assert len(server.asked) == 2


def test_a_list_may_begin_in_the_middle(both: Both, server: RecordingServer) -> None:
    server.behaviour = list_of(CLIENTS)
    listed = both.listed(both.client.oauth_clients.list(page_number=12))
    assert [each.client_id for each in listed] == IDS[220:]
    assert pages_asked(server) == ["12", "13"]


def test_a_page_knows_where_it_stands_and_fetches_the_next(both: Both, server: RecordingServer) -> None:
    server.behaviour = list_of(CLIENTS[:25])
    page = both.done(both.client.oauth_clients.list())
    assert (len(page.data), page.meta.page_number, page.meta.total_pages, page.meta.total_results) == (20, 1, 2, 25)
    assert page.has_next_page()
    assert len(server.asked) == 1
    second = both.done(page.get_next_page())
    assert [each.client_id for each in second.data] == IDS[20:25]
    assert not second.has_next_page()
    with pytest.raises(IndexError, match="last page"):
        both.done(second.get_next_page())


def test_pages_can_be_gone_through_as_pages(both: Both, server: RecordingServer) -> None:
    server.behaviour = list_of(CLIENTS[:50])
    page = both.done(both.client.oauth_clients.list())
    assert [len(each.data) for each in both.listed(page.iter_pages())] == [20, 20, 10]


def test_grants_come_in_pages_too(both: Both, server: RecordingServer) -> None:
    server.behaviour = list_of([OAUTH_GRANT | {"id": str(number)} for number in range(45)])
    listed = both.listed(both.client.oauth_grants.list(page_size=30))
    assert [each.id for each in listed] == [str(number) for number in range(45)]


def test_the_page_number_of_one_call_given_by_hand_moves_on(both: Both, server: RecordingServer) -> None:
    server.behaviour = list_of(CLIENTS[:60])
    options = {"extra_query": {"page[number]": 2, "x": "y"}, "extra_headers": {"x-team": "red"}}
    both.listed(both.client.oauth_clients.list(**options))
    assert pages_asked(server) == ["2", "3"]
    assert {(asked.query["x"], asked.headers["x-team"]) for asked in server.asked} == {("y", "red")}


@pytest.mark.parametrize("body", [{"data": []}, {"data": None}, {}, {"data": [], "meta": {"total_pages": 9}}])
def test_an_empty_page_is_the_end(both: Both, server: RecordingServer, body: dict[str, Any]) -> None:
    server.behaviour = lambda _: as_json(body)
    assert both.listed(both.client.oauth_clients.list()) == []
    assert len(server.asked) == 1


def without_meta(asked: Asked) -> Answer:
    number = int(asked.query.get("page[number]", 1))
    return as_json({"data": CLIENTS[(number - 1) * 2 : number * 2] if number <= 3 else []})


def always_the_first(asked: Asked) -> Answer:
    number = int(asked.query.get("page[number]", 1))
    return as_json({"data": CLIENTS[:2] if number <= 3 else [], "meta": {"page_number": 1}})


@pytest.mark.parametrize("behaviour", [without_meta, always_the_first])
def test_a_server_that_does_not_say_where_it_stands_is_asked_until_a_page_is_empty(
    both: Both, server: RecordingServer, behaviour: Callable[[Asked], Answer]
) -> None:
    server.behaviour = behaviour
    assert len(both.listed(both.client.oauth_clients.list())) == 6
    assert pages_asked(server) == [None, "2", "3", "4"]


def test_a_failure_on_a_later_page_reaches_the_caller(both: Both, server: RecordingServer, pauses: list[float]) -> None:
    first = list_of(CLIENTS[:40])
    server.behaviour = lambda asked: first(asked) if "page[number]" not in asked.query else as_json({}, 500)
    with pytest.raises(InternalServerError):
        both.listed(both.client.oauth_clients.list())
    assert len(server.asked) == 4
    assert len(pauses) == 2


def test_a_record_of_the_wrong_shape_is_named_by_its_place(both: Both, server: RecordingServer) -> None:
    server.will(as_json({"data": [OAUTH_CLIENT, OAUTH_CLIENT | {"created_at": "yesterday"}]}))
    with pytest.raises(APIResponseValidationError, match=r"`answer\.data\[1\]\.created_at` should be a date and time"):
        both.done(both.client.oauth_clients.list())


def test_a_list_as_it_came_holds_a_page_like_any_other(both: Both, server: RecordingServer) -> None:
    server.behaviour = list_of(CLIENTS[:40])
    raw = both.done(both.client.oauth_clients.with_raw_response.list())
    page = both.done(raw.parse())
    assert (raw.status_code, len(page.data), len(server.asked)) == (200, 20, 1)
    assert [each.client_id for each in both.listed(page)] == IDS[:40]


async def test_a_list_that_is_left_early_asks_for_no_more_pages(server: RecordingServer) -> None:
    server.behaviour = list_of(CLIENTS)
    async with AsyncGrantwell(api_key="k", base_url=server.base_url) as client:
        async for each in client.oauth_clients.list():
            if each.client_id == "25":
                break
    assert len(server.asked) == 2
