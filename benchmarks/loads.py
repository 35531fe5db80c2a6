"""The loads: what each request says, and which servers it is for."""

import base64
import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlencode

from msgspec import Struct

from benchmarks.processes import Running
from benchmarks.servers import CLIENT, REDIRECT, SECRET, VERIFIER

WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Plan(Struct, frozen=True):
    """The requests of one round: to `url`, with `body`, and each with the next of the `values` of `field`."""

    url: str
    body: str
    authorization: str = "-"
    field: str = ""
    values: tuple[str, ...] = ()
    rotates: bool = False


def post(url: str, form: dict[str, str], authorization: str = "-") -> bytes:
    """Ask once, before the load does. Exits where the answer is a refusal."""
    headers = {"Accept": "application/json"} | ({} if authorization == "-" else {"Authorization": authorization})
    request = urllib.request.Request(url, urlencode(form).encode(), headers)
    try:
        with WITHOUT_PROXY.open(request, timeout=30) as answer:
            found: bytes = answer.read()
            return found
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{url} answers {error.code}: {error.read()[:300]!r}") from error


def client_credentials(running: Running, _count: int) -> Plan:
    server = running.server
    form = {"grant_type": "client_credentials", "scope": server.scope, **server.more} | _client(CLIENT)
    assert b"access_token" in post(running.base + server.token, form)
    return Plan(running.base + server.token, urlencode(form))


def introspect(running: Running, _count: int) -> Plan:
    server = running.server
    asked = {"grant_type": "client_credentials", "scope": server.scope} | _client(CLIENT)
    token = json.loads(post(running.base + server.token, asked))["access_token"]
    form, authorization = {"token": token} | _client(CLIENT), "-"
    if server.introspects_with_basic:
        form, authorization = {"token": token}, "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
    url = running.base + server.introspect
    assert json.loads(post(url, form, authorization))["active"] is True, url
    return Plan(url, urlencode(form), authorization)


def refresh(running: Running, _count: int) -> Plan:
    form = {"grant_type": "refresh_token"} | _client(running.server.web_client)
    values = seed(running, "refresh_token", 400)
    return Plan(running.base + running.server.token, urlencode(form), "-", "refresh_token", values, True)


def code(running: Running, count: int) -> Plan:
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    form |= _client(running.server.web_client)
    return Plan(running.base + running.server.token, urlencode(form), "-", "code", seed(running, "code", count))


def _client(client_id: str) -> dict[str, str]:
    return {"client_id": client_id, "client_secret": SECRET}


def seed(running: Running, what: str, count: int) -> tuple[str, ...]:
    """Refresh tokens or codes that the server will take."""
    recipe = running.server.seed
    if isinstance(recipe, str):
        text = post(running.base + recipe.format(what=what, count=count), {}).decode()
    else:
        command = [part.format(what=what, count=count) for part in recipe]
        text = subprocess.run(command, check=True, capture_output=True, text=True, **running.surroundings()).stdout
    return tuple(quote(line, safe="") for line in text.split())


def write_values(plan: Plan, directory: Path) -> Path:
    """The values as the load script reads them."""
    place = directory / f"{plan.field}.txt"
    place.write_text("\n".join(plan.values) + "\n")
    return place


OURS = ("grantwell-sqlite", "grantwell-postgresql")
FRAMEWORKS = ("dot-sqlite", "dot-postgresql", "authlib-sqlite", "authlib-postgresql")
EVERYBODY = (*OURS, "oidc-provider", *FRAMEWORKS)
LOADS = {
    "client_credentials": (client_credentials, (*OURS, "oidc-provider-jwt", "ceil-es256", *FRAMEWORKS)),
    "introspect": (introspect, EVERYBODY),
    "refresh": (refresh, EVERYBODY),
    "code": (code, EVERYBODY),
}
