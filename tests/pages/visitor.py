"""Somebody at a browser without scripts: follows links, fills in forms as the page has them, keeps cookies."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx
from tests.support.actors import CHALLENGE, Client
from tests.support.server import EMAIL, PASSWORD, Server

Attributes = list[tuple[str, str | None]]


@dataclass
class Form:
    """A form as it stands in a page: where it goes, what it holds, which buttons it has."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class PageReader(HTMLParser):
    """The forms, links and visible text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: dict[str, dict[str, str | None]] = {}
        self.tags: list[str] = []
        self.texts: list[str] = []
        self._link: dict[str, str | None] | None = None
        self._area = self._select = ""
        self.feed(html)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        if tag == "form":
            # What changes something is posted; what searches is not; a form of a script goes nowhere.
            assert found.get("method") == "post" or found.get("role") == "search" or "data-part" in found
            self.forms.append(Form(found.get("action") or ""))
        elif tag == "input" and "name" in found:
            if found.get("type") not in ("checkbox", "radio") or "checked" in found:
                self.forms[-1].fields[found["name"] or ""] = found.get("value") or ""
        elif tag == "textarea":
            self._area = found["name"] or ""
            self.forms[-1].fields[self._area] = ""
        elif tag == "select":
            self._select = found["name"] or ""
        elif tag == "option" and (self._select not in self.forms[-1].fields or "selected" in found):
            self.forms[-1].fields[self._select] = found["value"] or ""
        elif tag == "button" and "name" in found:
            self.forms[-1].buttons.append((found["name"] or "", found["value"] or ""))
        elif tag == "a":
            self._link = found

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = None
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].fields[self._area] += data.removeprefix("\n")
            return
        self.texts.append(data)
        if self._link is not None:
            self.links[data.strip()] = self._link


class Visitor:
    """One browser. Requests carry no headers of a browser's unless `headers` has them."""

    def __init__(self, server: Server, headers: dict[str, str] | None = None, address: str = "192.0.2.7") -> None:
        transport = httpx.ASGITransport(app=server.app, client=(address, 40000))
        self.issuer = server.app.settings.issuer
        self.http = httpx.AsyncClient(transport=transport, base_url=self.issuer, headers=headers)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(path, **more)

    async def submit(self, page: httpx.Response, action: str, *, drop: str = "", **fields: str) -> httpx.Response:
        """Send the page's form of that action, with some fields filled in and one left out."""
        (form,) = [form for form in PageReader(page.text).forms if form.action == action]
        filled = {name: value for name, value in (form.fields | fields).items() if name != drop}
        return await self.http.post(action, data=filled)

    async def sign_in(self, email: str = EMAIL, password: str = PASSWORD, return_to: str = "/") -> httpx.Response:
        page = await self.get("/sign-in", params={"return_to": return_to})
        return await self.submit(page, "/sign-in", email=email, password=password)

    async def ask(self, client: Client, **parameters: str | None) -> str:
        """Be sent here by a client; where the authorization endpoint sends this browser."""
        asked = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uri,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | parameters
        query = {name: value for name, value in asked.items() if value is not None}
        answer = await self.get("/v2/oauth/authorize", params=query)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"].removeprefix(self.issuer)

    def cookie(self, name: str) -> str | None:
        return self.http.cookies.get(name)


def read(page: httpx.Response, status: int = 200) -> PageReader:
    assert page.status_code == status, f"{page.status_code}: {page.text}"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    return PageReader(page.text)


def goes_to(answer: httpx.Response) -> str:
    assert answer.status_code == 303, f"{answer.status_code}: {answer.text}"
    return str(answer.headers["location"])
