"""orders: a command-line program that logs a person in once, and shows what their API has for them ever after.

    python orders.py login       opens the browser
    python orders.py             lists the orders
    python orders.py logout

ORDERS_API is the API's address; ORDERS_AUTH is the base URL of the Grantwell server that the API trusts.
"""

import argparse
import os
import sys
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path

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

SCOPE = "orders:read"


def show_orders(server: Grantwell, storage: TokenStorage, api: httpx.Client) -> None:
    """One line an order. The token renews itself before it ends, and once more if the API refuses it."""
    answer = api.get("/orders", auth=TokenAuth(RenewingToken(server, storage)))
    answer.raise_for_status()
    for order in answer.json():
        print(f"{order['id']}  {order['what']}")


def run(
    arguments: Sequence[str],
    server: Grantwell,
    storage: TokenStorage,
    api: httpx.Client,
    open_browser: Callable[[str], object] = webbrowser.open,
) -> int:
    """Run one command; its exit code."""
    parser = argparse.ArgumentParser(prog="orders", description="Show your orders.")
    parser.add_argument("command", nargs="?", default="list", choices=["list", "login", "logout"])
    command = parser.parse_args(arguments).command
    try:
        if command == "login":
            log_in(
                server,
                storage,
                client_name="Orders",
                scope=SCOPE,
                resource=str(api.base_url),
                open_browser=open_browser,
            )
        elif command == "logout":
            log_out(server, storage)
        else:
            show_orders(server, storage, api)
    except LoginRequiredError as error:
        return failed(f"{error}: orders login")
    except (GrantwellError, httpx.HTTPError) as error:
        return failed(str(error))
    return 0


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
