"""Signing keys, for administrators: their lives as a timeline and a table; the next one; one taken out.

Whoever runs the server may change them; administrators of other organizations look.
"""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console.key_timeline import timeline_of
from grantwell.pages.console.shell import confirm_page, console_page, read_own_form, require_person
from grantwell.pages.errors import PageError
from grantwell.pages.language import texts_of
from grantwell.pages.notice import Notice, see_other_with
from grantwell.pages.person import Person
from grantwell.pages.refusing import reason_of
from grantwell.pages.routing import page_at
from grantwell.sdk import NotFoundError, PermissionDeniedError, UnprocessableEntityError

PATH = "/console/signing-keys"
ROTATE = f"{PATH}/rotate"
REMOVE = f"{PATH}/remove"
BEGINNINGS = ("ahead", "at_once")
# Nothing that could lead elsewhere as part of a path.
KID = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def show(request: Request) -> Response:
    """All keys."""
    person = await require_person(request, admin=True)
    found = await person.server(request).get("/signing_keys")
    keys, meta = found["data"], found["meta"]
    return console_page(
        request,
        "signing_keys.html",
        person=person,
        styles=("operator.css",),
        keys=keys,
        meta=meta,
        timeline=timeline_of(keys, meta),
        waiting=any(key["state"] == "published" for key in keys),
        minutes=-(-meta["publish_ahead_seconds"] // 60),
        rotate=ROTATE,
        remove=REMOVE,
    )


async def ask_to_rotate(request: Request) -> Response:
    """How the next key is to begin."""
    person = await require_person(request, admin=True)
    meta, keys = await _changeable(request, person)
    return console_page(
        request,
        "signing_keys_rotate.html",
        person=person,
        path=PATH,
        action=ROTATE,
        waiting=any(key["state"] == "published" for key in keys),
        minutes=-(-meta["publish_ahead_seconds"] // 60),
    )


async def rotate(request: Request) -> Response:
    """Make the next key."""
    person = await require_person(request, admin=True)
    beginning = (await read_own_form(request, person)).get("begins", "")
    if beginning not in BEGINNINGS:
        raise _refused(request, 400, "signing_keys.choose", reason="rotation_malformed")
    try:
        await person.server(request).post("/signing_keys", body={"at_once": beginning == "at_once"})
    except UnprocessableEntityError as e:
        raise _refused(request, 422, "signing_keys.waits_already", reason_of(e)) from e
    except PermissionDeniedError as e:
        raise _refused(request, 403, "signing_keys.operator_only", reason_of(e)) from e
    said = "signing_keys.made_at_once" if beginning == "at_once" else "signing_keys.made"
    return see_other_with(request, person, PATH, Notice(said))


async def ask_to_remove(request: Request) -> Response:
    """Whether a key is really to go, and what that will do."""
    person, t = await require_person(request, admin=True), texts_of(request)
    _, keys = await _changeable(request, person)
    kid = request.query_params.get("kid", "")
    found = [key for key in keys if key["id"] == kid and key["state"] != "revoked"]
    if not found:
        raise _refused(request, 404, "signing_keys.not_there", reason="signing_key_not_found")
    return confirm_page(
        request,
        person,
        question=t("signing_keys.remove_title", kid=kid),
        consequences=(t(f"signing_keys.removing_{found[0]['state']}"), t("signing_keys.removing")),
        button=t("signing_keys.remove_button"),
        back=PATH,
        fields={"kid": kid},
    )


async def remove(request: Request) -> Response:
    """Take a key out at once."""
    person = await require_person(request, admin=True)
    kid = (await read_own_form(request, person)).get("kid", "")
    if not KID.fullmatch(kid):
        raise _refused(request, 404, "signing_keys.not_there", reason="signing_key_not_found")
    try:
        await person.server(request).delete(f"/signing_keys/{kid}")
    except NotFoundError as e:
        raise _refused(request, 404, "signing_keys.not_there", reason_of(e)) from e
    except PermissionDeniedError as e:
        raise _refused(request, 403, "signing_keys.operator_only", reason_of(e)) from e
    return see_other_with(request, person, PATH, Notice("signing_keys.removed", {"kid": kid}, "warn"))


async def _changeable(request: Request, person: Person) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What is known of the keys. Raises PageError for whom they are not to change."""
    found = await person.server(request).get("/signing_keys")
    if not found["meta"]["may_change"]:
        raise _refused(request, 403, "signing_keys.operator_only", reason="operator_required")
    return found["meta"], found["data"]


def _refused(request: Request, status: int, key: str, reason: str) -> PageError:
    t = texts_of(request)
    then = (PATH, t("console.back"))
    return PageError(status, t("signing_keys.unchanged"), t(key), reason=reason, then=then)


ROUTES = (
    page_at(PATH, get=show),
    page_at(ROTATE, get=ask_to_rotate, post=rotate),
    page_at(REMOVE, get=ask_to_remove, post=remove),
)
