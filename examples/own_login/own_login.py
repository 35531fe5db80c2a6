"""A sign-in of your own for Grantwell: people sign in here, and go on to Grantwell as who they are.

This program stands for what you have already: a portal, a directory, a single sign-on. What it does for Grantwell is in
`go_on`: it asks for a ticket with an API key that may sign others in, and sends the browser there with it.

    OWN_LOGIN_SERVER   the server's base URL, such as http://127.0.0.1:8000/v2
    OWN_LOGIN_ORIGIN   where browsers find this page, such as http://127.0.0.1:8080
    OWN_LOGIN_KEY      the API key, with the capability `sessions`
    OWN_LOGIN_PEOPLE   a JSON file: {"ada@example.com": "HASH"}

    python own_login.py hash    read a password, print its HASH
    python own_login.py         serve

docs/own-login.md says what each measure is for.
"""

import asyncio
import getpass
import hashlib
import hmac
import json
import os
import secrets
import sys
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

SERVER = os.environ.get("OWN_LOGIN_SERVER", "http://127.0.0.1:8000/v2")
ORIGIN = os.environ.get("OWN_LOGIN_ORIGIN", "http://127.0.0.1:8080")
KEY = os.environ.get("OWN_LOGIN_KEY", "")
PEOPLE = Path(os.environ.get("OWN_LOGIN_PEOPLE", "people.json"))

SECURE = ORIGIN.startswith("https:")
COOKIE = "__Host-own_login" if SECURE else "own_login"
FORM_KEY = secrets.token_bytes(32)
HEADERS = {
    # No form-action: the answer to the form is a redirect to Grantwell, and browsers hold it against that.
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


async def show(request: Request) -> Response:
    """The form. Where a person wants to go at Grantwell goes along."""
    return form(request, request.query_params.get("return_to", "/"))


async def submit(request: Request) -> Response:
    """Check the password, and go on."""
    body = (await request.body()).decode()
    fields = {name: values[0] for name, values in parse_qs(body).items() if len(values) == 1}
    return_to, email = fields.get("return_to", "/"), fields.get("email", "").strip().casefold()
    token = form_token(request.cookies.get(COOKIE, ""))
    from_here = request.headers.get("origin", "null") in (ORIGIN, "null")
    if not from_here or not hmac.compare_digest(fields.get("form_token", ""), token):
        return form(request, return_to, 403, "Please sign in once more.")
    if not await asyncio.to_thread(password_matches, email, fields.get("password", "")):
        return form(request, return_to, 422, "Email address or password is wrong.")
    return await go_on(request, email, return_to)


async def go_on(request: Request, email: str, return_to: str) -> Response:
    """Vouch for the person, and send the browser on. Only now: a ticket is as good as the person's own sign-in."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}) as http:
        asked = {"email": email, "return_to": return_to}
        answer = await http.post(f"{SERVER}/sessions/tickets", json=asked)
    if answer.status_code != 201:
        # The server's words are for whoever runs this program; people are told what they can do.
        sys.stderr.write(f"no ticket: {answer.status_code} {answer.json().get('error_description')}\n")
        return form(request, "/", 503, "You are signed in here, but cannot go on right now. Ask whoever runs this.")
    return RedirectResponse(answer.json()["url"], 303, HEADERS)


def form(request: Request, return_to: str, status: int = 200, message: str = "") -> Response:
    """The page. Its token is bound to this browser: nobody signs somebody else in with a form of their own."""
    browser = request.cookies.get(COOKIE) or secrets.token_urlsafe(32)
    told = f"<p role='alert'>{escape(message)}</p>" if message else ""
    response = HTMLResponse(
        f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title><main><h1>Our company</h1>{told}
<form method="post" action="/sign-in">
<input type="hidden" name="form_token" value="{form_token(browser)}">
<input type="hidden" name="return_to" value="{escape(return_to)}">
<p><label>Email address <input name="email" type="email" autocomplete="username" required></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
<p><button>Sign in</button></p></form></main></html>""",
        status,
        HEADERS,
    )
    response.set_cookie(COOKIE, browser, httponly=True, secure=SECURE, samesite="lax", path="/")
    return response


def form_token(browser: str) -> str:
    """Binds the form to the browser."""
    return hmac.digest(FORM_KEY, browser.encode(), "sha256").hex()


def hash_password(password: str, salt: str = "") -> str:
    """Salt and scrypt hash."""
    salt = salt or secrets.token_hex(16)
    hashed = hashlib.scrypt(password.encode(), salt=salt.encode(), n=2**14, r=8, p=5, maxmem=64 * 2**20)
    return f"{salt}${hashed.hex()}"


def password_matches(email: str, password: str) -> bool:
    """Takes as long for somebody who is not known here."""
    people: dict[str, str] = json.loads(PEOPLE.read_text())
    stored = people.get(email, "nobody$")
    return hmac.compare_digest(hash_password(password, stored.partition("$")[0]), stored)


app = Starlette(routes=[Route("/sign-in", show, methods=["GET"]), Route("/sign-in", submit, methods=["POST"])])


def main() -> None:
    """Serve, or hash a password."""
    if sys.argv[1:] == ["hash"]:
        password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        sys.stdout.write(f"{hash_password(password)}\n")
        return
    uvicorn.run(app, host="127.0.0.1", port=urlsplit(ORIGIN).port or 8080, access_log=False)


if __name__ == "__main__":
    main()
