"""A person in a browser: signs in, reads, and clicks. The forms are those that the page holds."""

from html.parser import HTMLParser
from types import TracebackType
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx


class Forms(HTMLParser):
    """Each form of a page: its action, and the fields that are filled in already."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("action", ""), {}))
        elif tag == "input" and self.found and "name" in given:
            self.found[-1][1][given["name"]] = given.get("value", "")


def form_with(page: httpx.Response, field: str) -> tuple[str, dict[str, str]]:
    """The form that has a field, with the address that it is sent to."""
    reader = Forms()
    reader.feed(page.text)
    fitting = [(urljoin(str(page.url), action), fields) for action, fields in reader.found if field in fields]
    assert fitting, f"{page.url} ({page.status_code}) has no form with {field}:\n{page.text}"
    return fitting[0]


class Browser:
    """Keeps cookies, and follows redirects as far as the sites that it knows."""

    def __init__(self, *sites: str) -> None:
        self.http = httpx.Client(headers={"Accept": "text/html", "Accept-Encoding": "identity"})
        self._sites = tuple(urlsplit(site).netloc for site in sites)

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def open(self, address: str) -> httpx.Response:
        return self._follow(self.http.get(address))

    def send(self, page: httpx.Response, having: str, **entered: str) -> httpx.Response:
        """Fill in and send the form of the page that has the field `having`."""
        address, fields = form_with(page, having)
        origin = f"{page.url.scheme}://{page.url.netloc.decode()}"
        return self._follow(self.http.post(address, data=fields | entered, headers={"Origin": origin}))

    def _follow(self, answer: httpx.Response) -> httpx.Response:
        """As far as it goes; the last answer is a page, or a redirect that leaves for elsewhere."""
        while answer.is_redirect:
            target = urljoin(str(answer.url), answer.headers["location"])
            if urlsplit(target).netloc not in self._sites:
                return answer
            answer = self.http.get(target)
        return answer


def parameters_of(answer: httpx.Response) -> dict[str, str]:
    """What a redirect hands to the client."""
    assert answer.is_redirect, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def allow(authorize: str, site: str, email: str, password: str) -> str:
    """Open an authorization request, sign in and allow; the code in the address bar."""
    with Browser(site) as browser:
        signing_in = browser.open(authorize)
        consent = browser.send(signing_in, "password", email=email, password=password)
        return parameters_of(browser.send(consent, "consent_token", decision="allow"))["code"]
