"""What goes over the wire for given arguments: plain values, nothing sent."""

from typing import Any, Unpack

import httpx
import pytest

from grantwell.sdk.requests import CallOptions, Request, compose, path_with
from grantwell.sdk.responses import as_nothing
from grantwell.sdk.settings import DEFAULT_TIMEOUT, Settings, Timeout, from_environment, timeout_of

API_KEY = "gw_key_of_the_tests"
SETTINGS = Settings("https://auth.test/v2", API_KEY, 60.0, 2, {"X-Team": "blue"}, "Grantwell/Python 0")


def request(method: str = "POST", path: str = "/things", **arguments: Any) -> Request[None]:
    return Request("things.make", method, path, as_nothing, **arguments)


def options(**given: Unpack[CallOptions]) -> CallOptions:
    return given


def sent(made: Request[None], retries: int = 0) -> httpx.Request:
    return httpx.Client().build_request(**compose(made, SETTINGS, retries).arguments)


def test_an_api_key_goes_along_as_a_bearer() -> None:
    assert sent(request()).headers["authorization"] == f"Bearer {API_KEY}"


def test_an_api_key_stays_behind_where_it_says_nothing() -> None:
    assert "authorization" not in sent(request(authenticated=False)).headers


def test_members_that_are_none_are_not_sent() -> None:
    assert sent(request(body={"name": "a", "logo_uri": None, "require_pkce": False})).content == (
        b'{"name":"a","require_pkce":false}'
    )


def test_a_none_in_extra_body_is_sent_as_null_and_wins() -> None:
    made = request(body={"logo_uri": "https://a.test"}, options=options(extra_body={"logo_uri": None, "more": 1}))
    assert sent(made).content == b'{"logo_uri":null,"more":1}'


def test_a_body_without_members_is_an_empty_object() -> None:
    made = sent(request(body={"name": None}))
    assert (made.content, made.headers["content-type"]) == (b"{}", "application/json")


def test_a_request_without_a_body_has_no_content_type() -> None:
    assert "content-type" not in sent(request("DELETE")).headers


def test_a_form_is_encoded_as_one() -> None:
    made = sent(request(body={"scope": "a b", "code": None, "token": "ü&="}, encoding="form"))
    assert made.content == b"scope=a+b&token=%C3%BC%26%3D"
    assert made.headers["content-type"] == "application/x-www-form-urlencoded"


def test_query_names_keep_their_brackets_and_truth_is_lower_case() -> None:
    made = sent(request("GET", query={"filter[name][contains]": "a&b", "filter[verified]": True, "page[size]": None}))
    assert made.url.query == b"filter%5Bname%5D%5Bcontains%5D=a%26b&filter%5Bverified%5D=true"


def test_lists_in_a_query_are_joined_by_commas() -> None:
    assert sent(request("GET", query={"ids": [1, "b", False]})).url.params["ids"] == "1,b,false"


def test_an_empty_state_reaches_the_server() -> None:
    assert sent(request("GET", query={"state": ""})).url.query == b"state="


def test_what_one_call_says_wins_over_what_the_client_says_whatever_the_case_of_names() -> None:
    headers = sent(request(options=options(extra_headers={"x-team": "red", "AUTHORIZATION": "Basic abc"}))).headers
    assert headers.get_list("x-team") == ["red"]
    assert headers.get_list("authorization") == ["Basic abc"]


def test_a_header_given_as_none_is_taken_away() -> None:
    headers = sent(request(options=options(extra_headers={"X-Team": None, "Authorization": None}))).headers
    assert "x-team" not in headers
    assert "authorization" not in headers


def test_extra_query_wins() -> None:
    made = request("GET", query={"page[size]": 20}, options=options(extra_query={"page[size]": 5, "new": "x"}))
    assert dict(sent(made).url.params) == {"page[size]": "5", "new": "x"}


def test_a_timeout_of_one_call_wins_even_if_it_is_none() -> None:
    assert compose(request(options=options(timeout=None)), SETTINGS, 0).arguments["timeout"] is None
    assert compose(request(), SETTINGS, 0).arguments["timeout"] == 60.0


def test_every_sending_says_how_many_there_were_before() -> None:
    assert [sent(request(), n).headers["x-stainless-retry-count"] for n in (0, 1, 2)] == ["0", "1", "2"]


@pytest.mark.parametrize("value", ["a/b", "../b", "a?b#c", "ü ", "%2F"])
def test_a_value_in_a_path_stays_one_segment(value: str) -> None:
    made = sent(request("GET", path_with("/oauth_clients/{}", "id", value)))
    assert made.url.raw_path.count(b"/") == 3
    assert httpx.URL(made.url).path == f"/v2/oauth_clients/{value}"
    assert made.url.query == b""


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_value_that_would_be_no_segment_is_refused_by_name(value: str) -> None:
    with pytest.raises(ValueError, match=r"^id must not be empty or consist of dots$"):
        path_with("/oauth_clients/{}", "id", value)


def test_no_secret_shows_in_a_request() -> None:
    made = request(
        path="/oauth/consent/consent-secret",
        body={"client_secret": "body-secret"},
        query={"state": "state-secret"},
        options=options(extra_headers={"authorization": "header-secret"}),
    )
    assert "secret" not in repr(made) + repr(compose(made, SETTINGS, 0))
    assert API_KEY not in repr(SETTINGS) + repr(compose(made, SETTINGS, 0))


@pytest.mark.parametrize(
    ("http_client", "given", "meant"),
    [
        (None, DEFAULT_TIMEOUT, DEFAULT_TIMEOUT),
        (httpx.Client(), DEFAULT_TIMEOUT, DEFAULT_TIMEOUT),
        (httpx.Client(timeout=7), DEFAULT_TIMEOUT, httpx.Timeout(7)),
        (httpx.Client(timeout=None), DEFAULT_TIMEOUT, httpx.Timeout(None)),
        (httpx.Client(timeout=7), 3.0, 3.0),
        (httpx.Client(timeout=7), None, None),
    ],
)
def test_a_timeout_that_is_given_wins_then_that_of_the_http_client(
    http_client: httpx.Client | None, given: Timeout, meant: Timeout
) -> None:
    assert timeout_of(http_client, given) == meant


NOTHING_GIVEN: dict[str, Any] = {
    "api_key": None,
    "base_url": None,
    "timeout": 60.0,
    "max_retries": 2,
    "default_headers": None,
    "user_agent": "x",
}


@pytest.mark.parametrize(
    ("environment", "given", "key", "base_url"),
    [
        ({"TELNYX_API_KEY": "t", "TELNYX_BASE_URL": "http://t/v2"}, {}, "t", "http://t/v2"),
        ({"TELNYX_API_KEY": "t", "GRANTWELL_API_KEY": "g", "GRANTWELL_BASE_URL": "http://g"}, {}, "g", "http://g"),
        ({"GRANTWELL_API_KEY": "g"}, {"api_key": "a", "base_url": "http://a/v2/"}, "a", "http://a/v2"),
        ({"GRANTWELL_API_KEY": "g"}, {"api_key": "", "base_url": "http://a"}, None, "http://a"),
        ({"GRANTWELL_API_KEY": "", "TELNYX_BASE_URL": "http://t"}, {}, None, "http://t"),
    ],
)
def test_what_is_given_wins_then_grantwells_variables_then_telnyxs(
    environment: dict[str, str], given: dict[str, Any], key: str | None, base_url: str
) -> None:
    settings = from_environment(environment, **NOTHING_GIVEN | given)
    assert (settings.api_key, settings.base_url) == (key, base_url)
