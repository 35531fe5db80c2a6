"""What a caller learns when a call fails."""

import pickle
import re
from collections.abc import Callable
from textwrap import dedent

import pytest
from tests.docs.markdown import ROOT, fences_of
from tests.sdk.clients import Both
from tests.sdk.conftest import API_KEY
from tests.sdk.recording_server import DROPPED, Answer, RecordingServer, as_json

from grantwell.sdk import errors
from grantwell.sdk.errors import (
    APIConnectionError,
    APIResponseValidationError,
    APIStatusError,
    AuthorizationDeniedError,
    BadRequestError,
    GrantwellError,
    InternalServerError,
)


def failure(both: Both, server: RecordingServer, answer: Answer) -> APIStatusError:
    server.will(answer)
    with pytest.raises(APIStatusError) as raised:
        both.done(both.client.oauth_grants.retrieve("1", max_retries=0))
    return raised.value


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (409, "ConflictError"),
        (422, "UnprocessableEntityError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
        (503, "InternalServerError"),
        (418, "APIStatusError"),
    ],
)
def test_each_status_has_its_class(both: Both, server: RecordingServer, status: int, name: str) -> None:
    raised = failure(both, server, as_json({"error": "x"}, status))
    assert type(raised).__name__ == name
    assert raised.status_code == status


def test_an_oauth_error_is_told_in_full(both: Both, server: RecordingServer) -> None:
    body = {"error": "invalid_grant", "error_description": "code was used"}
    raised = failure(both, server, as_json(body, 400, x_request_id="req-7"))
    assert (raised.error, raised.error_description, raised.request_id) == ("invalid_grant", "code was used", "req-7")
    assert raised.body == body
    assert raised.response.json() == body
    assert str(raised) == "oauth_grants.retrieve: 400 invalid_grant: code was used (request req-7)"


def test_an_error_holds_its_text_and_what_was_sent(both: Both, server: RecordingServer) -> None:
    raised = failure(both, server, as_json({"error": "x"}, 404))
    assert (raised.message, raised.request) == (str(raised), raised.response.request)
    server.will(DROPPED)
    with pytest.raises(APIConnectionError) as unanswered:
        both.done(both.client.oauth_grants.retrieve("1", max_retries=0))
    assert unanswered.value.request is not None
    assert unanswered.value.request.url.path == "/v2/oauth_grants/1"


def test_an_error_comes_whole_out_of_another_process(both: Both, server: RecordingServer) -> None:
    raised = failure(both, server, as_json({"error": "invalid_grant"}, 400, x_request_id="req-7"))
    came = pickle.loads(pickle.dumps(raised))
    assert type(came) is BadRequestError
    assert (str(came), came.error, came.request_id, came.attempts) == (str(raised), "invalid_grant", "req-7", 1)
    assert came.response.json() == raised.response.json()
    denied = pickle.loads(pickle.dumps(AuthorizationDeniedError("access_denied", "no")))
    assert (str(denied), denied.error) == ("authorization failed: access_denied: no", "access_denied")


def test_telnyxs_list_of_errors_is_understood(both: Both, server: RecordingServer) -> None:
    raised = failure(
        both, server, as_json({"errors": [{"code": "10027", "title": "T", "detail": "no such scope"}]}, 422)
    )
    assert raised.error is None
    assert raised.error_description == "no such scope"
    assert str(raised) == "oauth_grants.retrieve: 422 no such scope"


def test_where_there_are_several_problems_the_first_is_told_and_the_others_are_counted(
    both: Both, server: RecordingServer
) -> None:
    problems = [{"detail": f"no {name}"} for name in ("name", "scope", "type")]
    raised = failure(both, server, as_json({"error": "invalid_request", "errors": problems}, 422))
    assert str(raised) == "oauth_grants.retrieve: 422 invalid_request: no name (1 of 3 problems, see `body`)"


def test_an_address_without_a_path_is_suspected_where_nothing_is_found(
    make: Callable[..., Both], server: RecordingServer
) -> None:
    server.behaviour = lambda _: as_json({"error": "not_found"}, 404)
    with_path, without = make(), make(base_url=server.origin)
    with pytest.raises(APIStatusError, match=r"404 not_found: base_url has no path, and should probably end in /v2$"):
        without.done(without.client.oauth_grants.retrieve("a b", extra_query={"q": "1"}))
    with pytest.raises(APIStatusError, match=r"404 not_found$"):
        with_path.done(with_path.client.oauth_grants.retrieve("a b"))


@pytest.mark.parametrize("body", [b"<html>proxy says no</html>", b"", b"\xff\xfe", b"[" * 100_000, b'"text"', b"null"])
def test_an_error_that_is_not_an_object_is_an_error_all_the_same(
    both: Both, server: RecordingServer, body: bytes
) -> None:
    raised = failure(both, server, Answer(502, body, {"content-type": "text/html; charset=utf-8"}))
    assert isinstance(raised, InternalServerError)
    assert raised.error is None
    assert str(raised) == f"oauth_grants.retrieve: 502 Bad Gateway (an answer of {len(body)} bytes, text/html)"


def test_the_text_of_a_body_that_is_not_json_is_kept(both: Both, server: RecordingServer) -> None:
    assert failure(both, server, Answer(502, b"<p>no</p>")).body == "<p>no</p>"


def test_the_servers_words_stay_on_one_line_of_bounded_length(both: Both, server: RecordingServer) -> None:
    words = "bad\nFAKE LOG LINE\x1b[31m" + "x" * 10_000
    raised = failure(both, server, as_json({"error": "invalid_request", "error_description": words}, 400))
    assert raised.error_description == words
    assert str(raised).isprintable()
    assert len(str(raised)) < 500


def test_a_redirect_is_not_followed_and_says_which_server_to_name(both: Both, server: RecordingServer) -> None:
    raised = failure(both, server, Answer(301, b"", {"location": "https://other.test/v2/oauth_grants/1?state=s3cret"}))
    assert str(raised) == "oauth_grants.retrieve: 301 redirected to https://other.test: check base_url"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"<html>", "`answer` should be JSON (6 bytes of text/html came), and is a string"),
        (b"[]", "`answer` should be an object, and is a list"),
        (b'{"token_type":"Bearer","expires_in":1}', "`answer.access_token` should be a string, and is missing"),
        (
            b'{"access_token":"s3cret","token_type":"Bearer","expires_in":"1"}',
            "`answer.expires_in` should be a whole number, and is a string",
        ),
        (
            b'{"access_token":"s3cret","token_type":"Bearer","expires_in":true}',
            "`answer.expires_in` should be a whole number, and is true or false",
        ),
        (
            b'{"access_token":null,"token_type":"Bearer","expires_in":1}',
            "`answer.access_token` should be a string, and is null",
        ),
    ],
)
def test_an_answer_of_the_wrong_shape_names_what_is_wrong_and_no_value(
    both: Both, server: RecordingServer, body: bytes, complaint: str
) -> None:
    server.will(Answer(200, body, {"content-type": "text/html"}))
    with pytest.raises(APIResponseValidationError) as raised:
        both.done(both.client.oauth.token(grant_type="client_credentials"))
    assert str(raised.value) == f"oauth.token: {complaint}"
    assert raised.value.status_code == 200


def test_no_secret_of_the_call_is_in_any_text_of_the_error(both: Both, server: RecordingServer) -> None:
    server.will(as_json({"error": "invalid_request"}, 422), as_json({"error": "invalid_grant"}, 400))
    with pytest.raises(APIStatusError) as consent:
        both.done(both.client.oauth.retrieve("consent-s3cret"))
    with pytest.raises(APIStatusError) as token:
        both.done(both.client.oauth.token(grant_type="refresh_token", refresh_token="s3cret", client_secret="s3cret"))
    texts = str(consent.value) + repr(consent.value) + str(token.value) + repr(token.value)
    assert "s3cret" not in texts
    assert API_KEY not in texts


def test_a_header_that_cannot_be_written_is_not_quoted(both: Both) -> None:
    with pytest.raises(GrantwellError) as raised:
        both.done(both.client.oauth_grants.list(extra_headers={"authorization": "Bearer s3cret\n"}, max_retries=0))
    assert "s3cret" not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("key", ["two words", "line\n", "ünicode", "\x00"])
def test_an_api_key_that_no_header_can_carry_is_refused_without_being_quoted(
    make: Callable[..., Both], key: str
) -> None:
    with pytest.raises(GrantwellError, match="api_key holds") as raised:
        make(api_key=key)
    assert key not in str(raised.value)


@pytest.mark.parametrize(
    "address", ["auth.test/v2", "/v2", "ftp://auth.test", "https://", "https://u:p@auth.test", "http://a/?b"]
)
def test_an_address_that_cannot_be_one_is_refused(make: Callable[..., Both], address: str) -> None:
    with pytest.raises(GrantwellError, match="base_url must"):
        make(base_url=address)


def test_without_an_address_the_client_says_what_to_set(make: Callable[..., Both]) -> None:
    with pytest.raises(GrantwellError, match="GRANTWELL_BASE_URL"):
        make(base_url=None)


def test_retries_below_none_are_refused(make: Callable[..., Both]) -> None:
    with pytest.raises(GrantwellError, match="max_retries"):
        make(max_retries=-1)


def drawn_tree() -> dict[str, str]:
    """Each class of the docstring's tree with the one that it hangs from."""
    parents: dict[str, str] = {}
    above: list[tuple[int, str]] = [(-1, "Exception")]
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"^[ │├└─]+(\w+Error)\b", line):
            above = [each for each in above if each[0] < found.start(1)]
            parents[found[1]] = above[-1][1]
            above.append((found.start(1), found[1]))
    return parents


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert drawn_tree() == {each.__name__: each.__bases__[0].__name__ for each in classes}


def test_the_tree_on_the_page_is_the_one_in_the_docstring() -> None:
    shown = [fence.text for fence in fences_of(ROOT / "docs" / "sdk-errors-and-retries.md")]
    assert shown[1] == dedent((errors.__doc__ or "").split("\n\n")[1]) + "\n"
