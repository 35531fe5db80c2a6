from typing import Any

import pytest
from tests.support.refusals import refused_without_consequence as refused

from grantwell.protocol.client_list import PARAMETERS, ListRequest, read_client_list
from grantwell.protocol.errors import InvalidRequest
from grantwell.protocol.paging import PageRequest
from grantwell.protocol.store import ClientFilter


def test_without_filters_it_is_the_first_page_of_everything() -> None:
    assert read_client_list({}) == ListRequest(ClientFilter(), PageRequest(1, 20))


def test_all_filters_may_come_together() -> None:
    query = {
        "page[size]": "5",
        "page[number]": "2",
        "filter[client_type]": "public",
        "filter[verified]": "false",
        "filter[allowed_grant_types][contains]": "refresh_token",
        "filter[name]": "Fleet Manager",
        "filter[name][contains]": "fleet",
        "filter[client_id]": "client-1",
    }
    assert set(query) == {parameter.name for parameter in PARAMETERS}
    chosen = ClientFilter("public", False, "refresh_token", "Fleet Manager", "fleet", "client-1")
    assert read_client_list(query) == ListRequest(chosen, PageRequest(2, 5))


@pytest.mark.parametrize(("text", "verified"), [("true", True), ("false", False)])
def test_verified_is_true_or_false(text: str, verified: bool) -> None:
    assert read_client_list({"filter[verified]": text}).chosen.verified is verified


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("filter[client_type]", "secret"),
        ("filter[client_type]", ""),
        ("filter[verified]", "True"),
        ("filter[verified]", "1"),
        ("filter[verified]", ""),
        ("filter[allowed_grant_types][contains]", "password"),
        ("filter[allowed_grant_types][contains]", "authorization_code,refresh_token"),
    ],
)
def test_a_filter_with_a_value_that_there_is_not_is_named(name: str, value: str) -> None:
    with refused(InvalidRequest, "filter_invalid") as found:
        read_client_list({name: value})
    assert [problem.field for problem in found.error.problems] == [name]
    assert found.error.description.startswith(f"{name} must be one of ")


@pytest.mark.parametrize("text", ["' OR 1=1 --", "%", "_", "\\", ""])
def test_a_name_is_any_text(text: str) -> None:
    found: Any = read_client_list({"filter[name]": text, "filter[name][contains]": text, "filter[client_id]": text})
    assert (found.chosen.name, found.chosen.name_contains, found.chosen.client_id) == (text, text, text)


def test_parameters_that_nobody_knows_do_not_count() -> None:
    assert read_client_list({"sort": "name", "filter[org_id]": "org-2"}) == read_client_list({})
