"""A consent page of your own for Grantwell: small, complete, and safe enough to start from.

People sign in with an account of this page. For each of them the page has an API key of the server that can do nothing
but consent. It shows what a client asks for, and tells the server what the person answers.

    CONSENT_PAGE_SERVER   the server's base URL, such as http://127.0.0.1:8000/v2
    CONSENT_PAGE_ORIGIN   where browsers find this page, such as http://127.0.0.1:8080
    CONSENT_PAGE_PEOPLE   a JSON file: {"ada@example.com": {"password": "HASH", "api_key": "gw_key_..."}}

    python consent_page.py hash    read a password, print its HASH
    python consent_page.py         serve

docs/own-consent-page.md says what each measure is for.
"""

import asyncio
import getpass
import hashlib
import hmac
import json
import os
import re
import secrets
import sys
import time
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

SERVER = os.environ.get("CONSENT_PAGE_SERVER", "http://127.0.0.1:8000/v2")
ORIGIN = os.environ.get("CONSENT_PAGE_ORIGIN", "http://127.0.0.1:8080")
PEOPLE = Path(os.environ.get("CONSENT_PAGE_PEOPLE", "people.json"))

SECURE = ORIGIN.startswith("https:")
COOKIE = "__Host-consent_page" if SECURE else "consent_page"
FORM_KEY = secrets.token_bytes(32)
SESSION_SECONDS = 3600
START_AGAIN = "Go back to the app, and start again from there."
CONSENT_TOKEN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,4095}")
HEADERS = {
    # No form-action: browsers hold it against the redirect to the client, too, and would cut the answer off.
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}

# Who is signed in, by the hash of the cookie. A real page keeps this where all of its processes see it, and clears it.
SESSIONS: dict[str, tuple[str, float]] = {}


class Refusal(Exception):
    """A request that the page refuses, and what the person reads."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


async def show(request: Request) -> Response:
    """Ask the person, who signs in first."""
    token = consent_token(request.query_params.get("consent_token", ""))
    session = request.cookies.get(COOKIE) or secrets.token_urlsafe(32)
    email = signed_in(session)
    body = sign_in_form(session, token) if email is None else await consent_form(session, token, email)
    return with_session(HTMLResponse(page(body), headers=HEADERS), session)


async def sign_in(request: Request) -> Response:
    """Check the password, and begin a new session: one that was planted before is worth nothing."""
    fields, session, token = await read_form(request, "sign-in")
    email = fields.get("email", "").strip().casefold()
    if not await asyncio.to_thread(password_matches, email, fields.get("password", "")):
        raise Refusal(422, "Email address or password is wrong.")
    SESSIONS.pop(digest(session), None)
    fresh = secrets.token_urlsafe(32)
    SESSIONS[digest(fresh)] = (email, time.time() + SESSION_SECONDS)
    return with_session(RedirectResponse(f"/consent?consent_token={token}", 303, HEADERS), fresh)


async def decide(request: Request) -> Response:
    """Tell the server, and send the browser where the server says."""
    fields, session, token = await read_form(request, "decide")
    email = signed_in(session)
    if email is None:
        raise Refusal(403, f"You are not signed in any more. {START_AGAIN}")
    if fields.get("decision") not in ("allow", "deny"):
        raise Refusal(400, "Choose Allow or Deny.")
    decision = {"allowed": fields["decision"] == "allow", "consent_token": token}
    answer = await call(email, "POST", "/oauth/grants", json=decision)
    return RedirectResponse(answer["redirect_uri"], 303, HEADERS)


async def call(email: str, method: str, path: str, **more: Any) -> Any:
    """Call the server as this person. Raises Refusal where the server refuses."""
    bearer = {"Authorization": f"Bearer {people()[email]['api_key']}"}
    async with httpx.AsyncClient() as http:
        answer = await http.request(method, SERVER + path, headers=bearer, **more)
    if answer.status_code == 422:
        raise Refusal(422, f"The server says: {answer.json()['error_description']}. {START_AGAIN}")
    if answer.status_code != 200:
        raise Refusal(503, "This page cannot ask the server right now. Try again in a moment.")
    return answer.json()


def consent_token(text: str) -> str:
    """The token, if it is one by its form: it becomes part of a path, and must lead nowhere else."""
    if not CONSENT_TOKEN.fullmatch(text):
        raise Refusal(400, "Open this page from the app that wants your permission.")
    return text


async def read_form(request: Request, form: str) -> tuple[dict[str, str], str, str]:
    """The fields, the session and the consent token of a form that this page made for this very browser."""
    if request.headers.get("origin", "null") not in (ORIGIN, "null"):
        raise Refusal(403, "That came from another site.")
    body = (await request.body()).decode()
    fields = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items() if len(values) == 1}
    session, token = request.cookies.get(COOKIE, ""), consent_token(fields.get("consent_token", ""))
    if not session or not hmac.compare_digest(fields.get("form_token", ""), form_token(session, form, token)):
        raise Refusal(403, f"This page was open for too long, or in another browser. {START_AGAIN}")
    return fields, session, token


def form_token(session: str, form: str, token: str) -> str:
    """Binds a form to the browser (by its session), to what it does, and to the one consent token that it shows."""
    return hmac.digest(FORM_KEY, f"{session} {form} {token}".encode(), "sha256").hex()


def signed_in(session: str) -> str | None:
    """Whose session it is, if it is anybody's."""
    email, ends_at = SESSIONS.get(digest(session), ("", 0.0))
    return email if ends_at > time.time() and email in people() else None


def with_session(response: Response, session: str) -> Response:
    """Set the cookie. Lax, not Strict: people come here by a redirect that an app began."""
    response.set_cookie(COOKIE, session, httponly=True, secure=SECURE, samesite="lax", path="/")
    return response


def digest(session: str) -> str:
    """What is kept of a session's secret."""
    return hashlib.sha256(session.encode()).hexdigest()


def people() -> dict[str, dict[str, str]]:
    """Everybody who may sign in here."""
    found: dict[str, dict[str, str]] = json.loads(PEOPLE.read_text())
    return found


def hash_password(password: str, salt: str = "") -> str:
    """Salt and scrypt hash."""
    salt = salt or secrets.token_hex(16)
    hashed = hashlib.scrypt(password.encode(), salt=salt.encode(), n=2**14, r=8, p=5, maxmem=64 * 2**20)
    return f"{salt}${hashed.hex()}"


def password_matches(email: str, password: str) -> bool:
    """Takes as long for somebody who is not known here."""
    stored = people().get(email, {}).get("password", "nobody$")
    return hmac.compare_digest(hash_password(password, stored.partition("$")[0]), stored)


def sign_in_form(session: str, token: str) -> str:
    """The page for somebody who is not signed in."""
    return f"""<h1>Sign in</h1>
<form method="post" action="/sign-in">{hidden_fields(session, "sign-in", token)}
<p><label>Email address <input name="email" type="email" autocomplete="username" required></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
<p><button>Sign in</button></p></form>"""


async def consent_form(session: str, token: str, email: str) -> str:
    """The page for somebody who is. Every word of the client's is escaped: anybody can register a client."""
    answer = await call(email, "GET", f"/oauth/consent/{quote(token, safe='')}")
    asked = answer["data"]
    scopes = "".join(
        f"<li><strong>{escape(scope['name'])}</strong> {escape(scope['description'])}</li>"
        for scope in asked["requested_scopes"]
    )
    known = "" if asked["verified"] else "<p><strong>Not verified:</strong> anybody can give an app this name.</p>"
    uri = urlsplit(asked["redirect_uri"])
    target = uri.netloc if uri.scheme in ("http", "https") else f"{uri.scheme}:"
    here = "<p>That is a program on this computer. Did you just start it?</p>" if asked["loopback"] else ""
    return f"""<h1>{escape(asked["name"])} asks for your permission</h1>{known}
<p>It would be able to:</p><ul>{scopes}</ul>
<p>at <strong>{escape(asked["resource"])}</strong></p>
<p>Your answer goes to <strong>{escape(target)}</strong></p>{here}
<p>You are signed in as {escape(email)}.</p>
<form method="post" action="/decide">{hidden_fields(session, "decide", token)}
<button name="decision" value="deny">Deny</button> <button name="decision" value="allow">Allow</button></form>"""


def hidden_fields(session: str, form: str, token: str) -> str:
    """What every form carries."""
    return (
        f'<input type="hidden" name="consent_token" value="{escape(token)}">'
        f'<input type="hidden" name="form_token" value="{form_token(session, form, token)}">'
    )


def page(body: str) -> str:
    """A page without scripts, styles or pictures."""
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Permission</title><main>{body}</main></html>'


async def refused(_request: Request, error: Exception) -> Response:
    """The page for a refusal."""
    status = error.status if isinstance(error, Refusal) else 500
    return HTMLResponse(page(f"<h1>That did not work</h1><p>{escape(str(error))}</p>"), status, HEADERS)


app = Starlette(
    routes=[
        Route("/consent", show, methods=["GET"]),
        Route("/sign-in", sign_in, methods=["POST"]),
        Route("/decide", decide, methods=["POST"]),
    ],
    exception_handlers={Refusal: refused},
)


def main() -> None:
    """Serve, or hash a password."""
    if sys.argv[1:] == ["hash"]:
        password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        sys.stdout.write(f"{hash_password(password)}\n")
        return
    where = urlsplit(ORIGIN)
    # No access log: consent tokens are in the addresses.
    uvicorn.run(app, host="127.0.0.1", port=where.port or 8080, access_log=False)


if __name__ == "__main__":
    main()
