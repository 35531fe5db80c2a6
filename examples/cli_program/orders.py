"""orders: a command-line program that logs a person in once, and acts for them at an API ever after.

    ORDERS_API    the API's address, such as http://127.0.0.1:8100: that of examples/api is one
    ORDERS_AUTH   the base URL of the Grantwell server that the API trusts, such as http://127.0.0.1:8000/v2

    python orders.py login             open the browser, and keep what comes of it
    python orders.py order "a kettle"
    python orders.py                   list the orders
    python orders.py logout

docs/log-in-from-a-program.md explains each part.
"""

import argparse
import os
import sys
import webbrowser
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import httpx

from grantwell.sdk import (
    FileStorage,
    Grantwell,
    GrantwellError,
    LoginRequiredError,
    RenewingToken,
    TokenAuth,
    TokenStorage,
    log_in,
    log_out,
)

# It includes orders:read, says the API.
SCOPE = "orders:write"


def show(orders: Iterable[dict[str, Any]]) -> None:
    """One line an order."""
    for order in orders:
        print(f"{order['number']}  {order['item']}")


def call(api: httpx.Client, method: str, body: dict[str, Any] | None = None) -> Any:
    """Ask the API for something."""
    answer = api.request(method, "/orders", json=body)
    answer.raise_for_status()
    return answer.json()


def run(
    arguments: Sequence[str],
    server: Grantwell,
    storage: TokenStorage,
    api: httpx.Client,
    open_browser: Callable[[str], object] = webbrowser.open,
) -> int:
    """Run one command; its exit code."""
    asked = parser().parse_args(arguments)
    # The token renews itself before it ends, and once more if the API refuses it.
    api.auth = TokenAuth(RenewingToken(server, storage))
    try:
        if asked.command == "login":
            resource = str(api.base_url)
            log_in(server, storage, client_name="Orders", scope=SCOPE, resource=resource, open_browser=open_browser)
        elif asked.command == "logout":
            log_out(server, storage)
        elif asked.command == "order":
            show([call(api, "POST", {"item": asked.item})])
        else:
            show(call(api, "GET"))
    except LoginRequiredError as error:
        return failed(f"{error}: orders login")
    except (GrantwellError, httpx.HTTPError) as error:
        return failed(str(error))
    return 0


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="orders", description="Your orders. Without a command: list them.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("login", help="log in, in the browser")
    commands.add_parser("logout", help="log out, here and at the server")
    commands.add_parser("order", help="order something").add_argument("item")
    return parser


def failed(words: str) -> int:
    print(f"orders: {words}", file=sys.stderr)
    return 1


def main() -> int:
    storage = FileStorage(Path.home() / ".config" / "orders" / "token.json")
    # No API key: the program acts for whoever logs in, and for nobody else.
    server = Grantwell(api_key="", base_url=os.environ["ORDERS_AUTH"])
    with server, httpx.Client(base_url=os.environ["ORDERS_API"]) as api:
        return run(sys.argv[1:], server, storage, api)


if __name__ == "__main__":
    sys.exit(main())
