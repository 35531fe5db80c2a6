"""What holds for every page."""

import httpx
import pytest
from tests.pages.visitor import Visitor, read
from tests.support.server import EMAIL, ISSUER, PASSWORD, Server

PAGES = ["/", "/sign-in", "/docs", "/consent", "/consent?consent_token=x%20y", "/nowhere"]
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"
HTML = {"accept": "text/html"}


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_keeps_to_itself(server: Server, path: str) -> None:
    page = await Visitor(server).get(path, headers=HTML)
    reader = read(page, page.status_code)
    assert page.headers["content-security-policy"] == f"{POLICY}; form-action 'self'"
    for name, value in {
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "cross-origin-resource-policy": "same-origin",
    }.items():
        assert page.headers[name] == value
    assert "access-control-allow-origin" not in page.headers
    assert not {"script", "style", "iframe", "object"} & set(reader.tags)
    assert " style=" not in page.text
    assert " onclick=" not in page.text


async def test_redirects_are_not_kept_either(server: Server) -> None:
    answer = await Visitor(server).sign_in()
    assert answer.status_code == 303
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")


OTHER_SITES = [
    {"origin": "https://evil.example"},
    {"origin": "http://127.0.0.1:9999"},
    {"origin": f"{ISSUER}.evil.example"},
    {"origin": "not an origin"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": ISSUER, "sec-fetch-site": "cross-site"},
]
OWN_SITE = [
    {},
    {"origin": ISSUER, "sec-fetch-site": "same-origin"},
    # What browsers send under our own `Referrer-Policy: no-referrer`.
    {"origin": "null", "sec-fetch-site": "same-origin"},
]


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/consent"])
@pytest.mark.parametrize("headers", OTHER_SITES, ids=str)
async def test_no_form_can_be_sent_from_another_site(server: Server, path: str, headers: dict[str, str]) -> None:
    answer = await Visitor(server).http.post(path, data={"a": "b"}, headers=headers)
    assert "That came from another site" in read(answer, 403).text


@pytest.mark.parametrize("headers", OWN_SITE, ids=str)
async def test_our_own_pages_can_send_forms(server: Server, headers: dict[str, str]) -> None:
    visitor = Visitor(server)
    page = await visitor.get("/sign-in")
    visitor.http.headers.update(headers)
    assert (await visitor.submit(page, "/sign-in", email=EMAIL, password=PASSWORD)).status_code == 303


async def test_a_loopback_server_knows_itself_under_each_of_its_names(server: Server) -> None:
    visitor = Visitor(server)
    visitor.http.base_url = httpx.URL("http://localhost:8000")
    page = await visitor.get("/sign-in")
    visitor.http.headers["origin"] = "http://localhost:8000"
    assert (await visitor.submit(page, "/sign-in", email=EMAIL, password=PASSWORD)).status_code == 303


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/consent"])
@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b'{"decision":"allow"}', 415),
        ("text/plain", b"decision=allow", 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("application/x-www-form-urlencoded", b"decision=deny&decision=allow", 400),
        ("application/x-www-form-urlencoded", b"email=%ff", 400),
        ("application/x-www-form-urlencoded", b"email=\xff", 400),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=" % each for each in range(99)), 400),
        ("application/x-www-form-urlencoded", b"email=" + b"a" * 40_000, 413),
    ],
)
async def test_what_is_no_form_of_ours_is_refused(
    server: Server, path: str, content_type: str, body: bytes, status: int
) -> None:
    answer = await Visitor(server).http.post(path, content=body, headers={"content-type": content_type})
    read(answer, status)


async def test_an_unknown_path_is_a_page_for_people_and_json_for_programs(server: Server) -> None:
    visitor = Visitor(server)
    assert "There is nothing here" in read(await visitor.get("/nowhere", headers=HTML), 404).text
    answer = await visitor.get("/nowhere")
    assert answer.headers["content-type"] == "application/json"
    assert (answer.status_code, answer.json()["error"], answer.json()["errors"][0]["code"]) == (
        404,
        "not_found",
        "10005",
    )


ALLOWED = {"/": "GET, HEAD", "/sign-in": "GET, HEAD, POST", "/sign-out": "POST", "/consent": "GET, HEAD, POST"}


@pytest.mark.parametrize(("path", "allowed"), ALLOWED.items())
async def test_a_wrong_method_is_told_the_right_ones(server: Server, path: str, allowed: str) -> None:
    answer = await Visitor(server).http.delete(path)
    assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")
    asked = await Visitor(server).http.options(path)
    assert asked.status_code == 204
    for each in (answer, asked):
        assert ", ".join(sorted(each.headers["allow"].split(", "))) == allowed


async def test_style_and_icon_may_be_kept_for_good(server: Server) -> None:
    visitor = Visitor(server)
    for path, media_type in (("/static/grantwell.css", "text/css"), ("/static/icon.svg", "image/svg+xml")):
        answer = await visitor.get(path)
        assert answer.headers["content-type"].startswith(media_type)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/static/", "/static/../app.py", "/static/%2e%2e/app.py", "/static/nothing.css"])
async def test_nothing_else_of_the_package_is_served(server: Server, path: str) -> None:
    assert (await Visitor(server).get(path)).status_code in (404, 405)
