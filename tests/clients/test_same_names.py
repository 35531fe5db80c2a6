"""The official package, laid open: whatever it names of OAuth is here under the same name, or is listed as not here.

A new version of it that has more fails these tests, and says what.
"""

import inspect
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, get_origin

import httpx
import pytest
import telnyx
import telnyx.pagination
import telnyx.types

from grantwell import sdk
from grantwell.sdk import types

RESOURCES = ("well_known", "oauth", "oauth_clients", "oauth_grants")
# No operation of OAuth has an answer that is worth reading piece by piece.
NOT_HERE = {"with_streaming_response"}
# Of the client itself: other products, a login that goes to Telnyx whatever the server is, and what httpx does as well.
NOT_OF_THE_CLIENT = {
    "public_key",
    "client_id",
    "client_secret",
    "websocket_base_url",
    "default_query",
    "_strict_response_validation",
}
BASE = "http://a.test"
KINDS = [("Telnyx", "Grantwell"), ("AsyncTelnyx", "AsyncGrantwell")]


def public(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def parameters_of(call: Any) -> set[str]:
    """Its arguments; those of `**options`, too."""
    found = dict(inspect.signature(call).parameters)
    return set(found) - {"options", "self"} | (set(sdk.CallOptions.__annotations__) if "options" in found else set())


def clients() -> Iterator[tuple[Any, Any]]:
    for theirs, ours in KINDS:
        yield getattr(telnyx, theirs)(api_key="k", base_url=BASE), getattr(sdk, ours)(api_key="k", base_url=BASE)


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_operation_has_its_name_and_its_arguments(resource: str) -> None:
    for official, ours in clients():
        theirs, here = getattr(official, resource), getattr(ours, resource)
        assert public(theirs) - public(here) == NOT_HERE
        for name in public(theirs) - NOT_HERE - {"with_raw_response"}:
            assert parameters_of(getattr(theirs, name)) - parameters_of(getattr(here, name)) == set(), name
        assert public(theirs.with_raw_response) - public(here.with_raw_response) == set()


def test_the_clients_are_made_with_the_same_arguments() -> None:
    for theirs, ours in KINDS:
        official = parameters_of(getattr(telnyx, theirs).__init__)
        assert official - parameters_of(getattr(sdk, ours).__init__) == NOT_OF_THE_CLIENT


def models() -> list[str]:
    """The results of OAuth by their names in the official package; a list has those of its items."""
    words = ("OAuth", "Oauth", "WellKnown")
    found = [name for name in public(telnyx.types) if name.startswith(words) and not name.endswith("Params")]
    assert len(found) >= 12
    return sorted(found)


@pytest.mark.parametrize("name", models())
def test_every_result_has_its_name_and_its_fields(name: str) -> None:
    official, ours = getattr(telnyx.types, name), getattr(types, name)
    if official is str:
        assert ours is str
    else:
        known = {each.name for each in fields(get_origin(ours) or ours)}
        assert set(official.model_fields) - known == set()


def error_names() -> list[str]:
    return sorted(name for name in telnyx.__all__ if name.endswith("Error") and name in sdk.__all__)


def test_every_error_has_its_name_and_its_place_in_the_tree() -> None:
    other_products = {"APIWebhookValidationError", "WebSocketConnectionClosedError", "WebSocketQueueFullError"}
    official = {name for name in telnyx.__all__ if name.endswith("Error")}
    assert official - set(sdk.__all__) == other_products | {"TelnyxError"}
    for name in error_names():
        above = {each.__name__ for each in getattr(telnyx, name).__mro__} & set(error_names())
        assert above == {each.__name__ for each in getattr(sdk, name).__mro__} & set(error_names())


def test_every_error_has_the_attributes() -> None:
    answer = httpx.Response(404, json={"error": "x"}, request=httpx.Request("GET", BASE))
    official = telnyx.NotFoundError("no", response=answer, body={})
    ours = sdk.NotFoundError("no", operation="o", response=answer, body={}, attempts=1)
    assert set(vars(official)) <= set(vars(ours))
    assert {"response", "status_code", "body", "request", "message"} <= set(vars(ours))
    silent = telnyx.APITimeoutError(answer.request)
    assert set(vars(silent)) <= set(vars(sdk.APITimeoutError("no", operation="o", request=answer.request)))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (telnyx.pagination.SyncDefaultFlatPagination, sdk.Page),
        (telnyx.pagination.AsyncDefaultFlatPagination, sdk.AsyncPage),
    ],
)
def test_a_page_has_what_lists_are_gone_through_with(theirs: Any, ours: Any) -> None:
    of_every_model = public(telnyx.BaseModel)
    # What it would ask for next is its own business.
    assert (public(theirs) | set(theirs.model_fields)) - of_every_model - public(ours) == {"next_page_info"}
