"""What a refusal looks like on the wire, whatever refuses."""

import re

import httpx
from tests.support.actors import Json

DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+")  # RFC 6749 section 5.2
REQUEST_ID = re.compile(r"[0-9a-f]{24}")
CATALOGUE_CODE = re.compile(r"[0-9]{5}")


def assert_refused(answer: httpx.Response, status: int, error: str) -> Json:
    """A refusal in JSON, with the registered code on top; its body."""
    assert (answer.status_code, answer.json().get("error")) == (status, error), answer.text
    body = answer.json()
    assert isinstance(body, dict)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert REQUEST_ID.fullmatch(answer.headers["x-request-id"])
    assert DESCRIPTION.fullmatch(body["error_description"])
    return body


def assert_refused_plainly(answer: httpx.Response, status: int, error: str) -> str:
    """A refusal of a protocol operation: a code and a description, and nothing else; the description."""
    body = assert_refused(answer, status, error)
    assert set(body) == {"error", "error_description"}
    return str(body["error_description"])


def assert_refused_by_management(answer: httpx.Response, status: int, error: str) -> list[Json]:
    """A refusal in both dialects at once, RFC 6749's and the platform's; the platform's errors."""
    body = assert_refused(answer, status, error)
    assert set(body) == {"error", "error_description", "errors"}
    assert body["errors"]
    for each in body["errors"]:
        assert {"code", "title", "detail"} <= set(each) <= {"code", "title", "detail", "source"}
        assert CATALOGUE_CODE.fullmatch(each["code"])
    found: list[Json] = body["errors"]
    return found


def assert_page(answer: httpx.Response, status: int) -> str:
    """A page that a person reads, which leads nowhere by itself; its text."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert "location" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    return answer.text
