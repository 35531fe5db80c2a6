"""Giving a client another secret while the present one still works, and ending the older one."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console.clients.looking_up import Viewed, look_up_editable, secrets_of
from grantwell.pages.console.clients.paths import api_of
from grantwell.pages.console.shell import confirm_page, console_page, read_own_form, require_person
from grantwell.pages.errors import PageError
from grantwell.pages.language import texts_of
from grantwell.pages.moments import in_words
from grantwell.pages.notice import Notice, see_other_with
from grantwell.pages.person import Person
from grantwell.pages.refusing import reason_of, tell_reason
from grantwell.sdk import UnprocessableEntityError

HOUR, DAY = 3600, 86400
# How long the present secret may work on, in seconds, each with the key of its text.
OVERLAPS = (("0", "now"), (str(HOUR), "hour"), (str(DAY), "day"), (str(7 * DAY), "week"), (str(30 * DAY), "month"))
USUAL = str(DAY)


async def show(request: Request) -> Response:
    """The question: for how long the present secret shall still work."""
    person = await require_person(request)
    viewed = await _confidential(request, person)
    return await _form(request, person, viewed)


async def rotate(request: Request) -> Response:
    """Make the new secret and show it: it is in this answer and nowhere else."""
    person = await require_person(request)
    fields = await read_own_form(request, person)
    viewed = await _confidential(request, person)
    overlap = fields.get("overlap", "")
    if overlap not in dict(OVERLAPS):
        tell_reason(request, reason="secret_rotation_malformed")
        return await _form(request, person, viewed, error="overlap")
    body = {"overlap_seconds": int(overlap), "end_older": "end_older" in fields}
    try:
        made = (await person.server(request).post(api_of(viewed.client.client_id, "/secrets"), body=body))["data"]
    except UnprocessableEntityError as e:
        tell_reason(request, reason_of(e))
        return await _form(request, person, viewed, error="end_older")
    return console_page(
        request,
        "client_secret.html",
        person=person,
        path=viewed.path,
        name=viewed.client.name,
        client_id=viewed.client.client_id,
        secret=made["client_secret"],
        made=False,
        older_until=made["older_secret_expires_at"],
    )


async def show_end(request: Request) -> Response:
    """The question before the older secret is ended; whoever still used it lately is the answer."""
    person = await require_person(request)
    viewed = await _confidential(request, person)
    older = _older(await secrets_of(request, person, viewed.client))
    t = texts_of(request)
    if older is None:
        title, message, then = t("clients.no_older_title"), t("clients.no_older"), (viewed.path, t("clients.to_client"))
        raise PageError(404, title, message, reason="older_secret_missing", then=then)
    used = older["last_used_at"]
    last_use = t("clients.older_used", when=in_words(used)) if used else t("clients.older_unused")
    return confirm_page(
        request,
        person,
        question=t("clients.end_older_question", name=viewed.client.name),
        consequences=(last_use, t("clients.end_older_effect")),
        button=t("clients.end_older"),
        back=viewed.path,
    )


async def end_older(request: Request) -> Response:
    """End it."""
    person = await require_person(request)
    await read_own_form(request, person)
    viewed = await _confidential(request, person)
    await person.server(request).delete(api_of(viewed.client.client_id, "/secrets"))
    return see_other_with(request, person, viewed.path, Notice("clients.older_ended"))


async def _confidential(request: Request, person: Person) -> Viewed:
    viewed = await look_up_editable(request, person)
    if not viewed.is_confidential:
        t = texts_of(request)
        title, message = t("clients.no_secret_title"), t("clients.no_secret")
        then = (viewed.path, t("clients.to_client"))
        raise PageError(404, title, message, reason="client_without_secret", then=then)
    return viewed


async def _form(request: Request, person: Person, viewed: Viewed, error: str = "") -> Response:
    return console_page(
        request,
        "client_rotate.html",
        status=422 if error else 200,
        person=person,
        viewed=viewed,
        older=_older(await secrets_of(request, person, viewed.client)),
        overlaps=OVERLAPS,
        usual=USUAL,
        error=error,
    )


def _older(secrets: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next((each for each in secrets if each["generation"] == "older"), None)
