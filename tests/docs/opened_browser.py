"""What a program opens instead of a browser, when BROWSER says so: `python opened_browser.py EMAIL PASSWORD ADDRESS`.

A person signs in with these, allows what is asked, and goes where they are sent.
"""

import sys
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]


def command(email: str, password: str) -> str:
    """The value for BROWSER."""
    return f"{sys.executable} {__file__} {email} {password} %s"


def main(email: str, password: str, address: str) -> None:
    sys.path.insert(0, str(ROOT))
    from tests.docs.person import Browser

    with Browser(f"http://{urlsplit(address).netloc}") as browser:
        page = browser.open(address)
        if 'name="password"' in page.text:
            page = browser.send(page, "password", email=email, password=password)
        sent_on = browser.send(page, "consent_token", decision="allow")
        browser.http.get(sent_on.headers["location"]).raise_for_status()


if __name__ == "__main__":
    main(*sys.argv[1:])
