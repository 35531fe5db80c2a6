"""What a call costs in the SDK itself: `grantwell.sdk` beside the official `telnyx` package and httpx alone.

python benchmarks/sdk_cost.py [--rounds 15] [--calls 100]

Nothing is sent: httpx is given a transport that answers at once, the same to all, as the server would. What is left is
to build the request, to send it through httpx, and to make a result of the answer. Rounds alternate between the
contenders; the figure is the fastest round, which whatever else the machine does has disturbed least, in microseconds a
call.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import httpx
import telnyx

from grantwell import sdk

BASE, KEY = "http://127.0.0.1:8000/v2", "gw_key_of_the_benchmark"
CLIENT = {
    "record_type": "oauth_client",
    "client_id": "6f0c1b7e-0d0e-4a55-9d7c-6a4b8f3f1a10",
    "name": "Nightly sync",
    "org_id": "b1d9f3f0-52a1-4f0e-8a3e-0a4f0b9f7c11",
    "user_id": "0c0a7f2e-3f64-4b58-8ad5-7f4b1f0f6f35",
    "client_type": "confidential",
    "require_pkce": False,
    "allowed_scopes": ["admin"],
    "allowed_grant_types": ["client_credentials"],
    "redirect_uris": [],
    "logo_uri": None,
    "policy_uri": None,
    "tos_uri": None,
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-02T03:04:05Z",
}
META = {"page_number": 1, "page_size": 20, "total_pages": 13, "total_results": 250}
TOKEN = {"active": True, "scope": "admin", "client_id": CLIENT["client_id"], "exp": 1800001800, "iat": 1800000000}
ANSWERS = {
    "/v2/oauth/introspect": json.dumps(TOKEN).encode(),
    "/v2/oauth_clients/1": json.dumps({"data": CLIENT}).encode(),
    "/v2/oauth_clients": json.dumps({"data": [CLIENT] * 20, "meta": META}).encode(),
}
HEADERS = {"content-type": "application/json", "x-request-id": "01J0000000000000000000000", "cache-control": "no-store"}

Call: TypeAlias = Callable[[], Any]
# Seconds that so many calls took.
Round: TypeAlias = Callable[[int], float]


def answer(request: httpx.Request) -> httpx.Response:
    """What the server would say."""
    return httpx.Response(200, headers=HEADERS, content=ANSWERS[request.url.path])


def calls_of(client: Any) -> dict[str, Call]:
    """The calls that are measured; the same lines for both packages."""
    return {
        "introspect a token": lambda: client.oauth.introspect(token="t"),
        "retrieve a client": lambda: client.oauth_clients.retrieve("1"),
        "list 20 clients": lambda: client.oauth_clients.list(page_size=20),
    }


def calls_of_httpx(client: Any) -> dict[str, Call]:
    """The same requests; an answer is decoded JSON and nothing more."""
    bearer = {"Authorization": f"Bearer {KEY}"}
    return {
        "introspect a token": lambda: client.post(f"{BASE}/oauth/introspect", json={"token": "t"}, headers=bearer),
        "retrieve a client": lambda: client.get(f"{BASE}/oauth_clients/1", headers=bearer),
        "list 20 clients": lambda: client.get(f"{BASE}/oauth_clients", params={"page[size]": 20}, headers=bearer),
    }


def blocking(call: Call, *, decode: bool) -> Round:
    def round_of(count: int) -> float:
        start = time.perf_counter()
        for _ in range(count):
            result = call()
            if decode:
                result.json()
        return time.perf_counter() - start

    return round_of


def awaiting(call: Callable[[], Awaitable[Any]], runner: asyncio.Runner, *, decode: bool) -> Round:
    async def measured(count: int) -> float:
        start = time.perf_counter()
        for _ in range(count):
            result = await call()
            if decode:
                result.json()
        return time.perf_counter() - start

    return lambda count: runner.run(measured(count))


def contenders(runner: asyncio.Runner) -> dict[str, dict[str, Round]]:
    """By their names, a round of each call."""
    transport = httpx.MockTransport(answer)
    http, async_http = httpx.Client(transport=transport), httpx.AsyncClient(transport=transport)
    told: dict[str, Any] = {"api_key": KEY, "base_url": BASE}
    found = {
        "httpx alone": {what: blocking(call, decode=True) for what, call in calls_of_httpx(http).items()},
        "httpx alone, async": {
            what: awaiting(call, runner, decode=True) for what, call in calls_of_httpx(async_http).items()
        },
    }
    for name, package in {
        "grantwell.sdk": (sdk.Grantwell, sdk.AsyncGrantwell),
        "telnyx": (telnyx.Telnyx, telnyx.AsyncTelnyx),
    }.items():
        client, async_client = package[0](**told, http_client=http), package[1](**told, http_client=async_http)
        found[name] = {what: blocking(call, decode=False) for what, call in calls_of(client).items()}
        found[f"{name}, async"] = {
            what: awaiting(call, runner, decode=False) for what, call in calls_of(async_client).items()
        }
    return found


def measure(rounds: int, calls: int) -> dict[str, dict[str, float]]:
    """For each contender and call the fastest round, in microseconds a call."""
    with asyncio.Runner() as runner:
        all_of_them = contenders(runner)
        taken: dict[str, dict[str, list[float]]] = {
            name: {what: [] for what in by_call} for name, by_call in all_of_them.items()
        }
        # The first round warms up.
        for number in range(rounds + 1):
            for name, by_call in all_of_them.items():
                for what, round_of in by_call.items():
                    seconds = round_of(calls)
                    if number:
                        taken[name][what].append(seconds / calls * 1e6)
    return {name: {what: min(each) for what, each in by_call.items()} for name, by_call in taken.items()}


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--calls", type=int, default=100)
    arguments = parser.parse_args()
    found = measure(arguments.rounds, arguments.calls)
    heads = list(next(iter(found.values())))
    print(f"| | {' | '.join(heads)} |\n| --- {'| --- ' * len(heads)}|")
    for name, by_call in found.items():
        print(f"| {name} | {' | '.join(f'{by_call[head]:.0f}' for head in heads)} |")


if __name__ == "__main__":
    main()
