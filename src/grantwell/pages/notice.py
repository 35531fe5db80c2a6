"""What a page says once, after a form was taken: carried over the 303 in a cookie that only we can have written.

It names a text and its values, and holds no secret: a browser keeps cookies where others may look.
"""

import hmac
import json
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from grantwell.pages.cookies import NOTICE, drop_cookie, read_cookie, set_cookie
from grantwell.pages.person import Person
from grantwell.pages.rendering import see_other

MAC_CHARACTERS = 64
MAXIMUM_VALUE = 200


@dataclass(frozen=True, slots=True)
class Notice:
    """A text by its key, with its values; `kind` is `good`, `warn` or `bad`."""

    key: str
    values: dict[str, str] = field(default_factory=dict)
    kind: str = "good"


def see_other_with(request: Request, person: Person, location: str, notice: Notice) -> RedirectResponse:
    """Send the browser on, and have the page that it comes to say something, once."""
    response = see_other(location)
    values = {name: value[:MAXIMUM_VALUE] for name, value in notice.values.items()}
    payload = json.dumps([notice.key, values, notice.kind]).encode().hex()
    set_cookie(request, response, NOTICE, _mac(person, payload) + payload)
    return response


def read_notice(request: Request, person: Person) -> Notice | None:
    """What was left for this page to say; None for nothing, or what somebody else has left."""
    value = read_cookie(request, NOTICE)
    mac, payload = value[:MAC_CHARACTERS], value[MAC_CHARACTERS:]
    if not payload or not hmac.compare_digest(mac.encode(), _mac(person, payload).encode()):
        return None
    key, values, kind = json.loads(bytes.fromhex(payload))
    return Notice(key, values, kind)


def forget_notice(request: Request, response: Response) -> None:
    """Say it no more."""
    if read_cookie(request, NOTICE):
        drop_cookie(request, response, NOTICE)


def _mac(person: Person, payload: str) -> str:
    """The session's secret is the key, so that nobody finds what was left for somebody else."""
    return hmac.digest(person.session.encode(), f"grantwell notice {payload}".encode(), "sha256").hex()
