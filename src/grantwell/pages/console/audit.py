"""The audit log, for administrators: who did what to whom, newest first, narrowed by what one is looking for."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages import reasons_page
from grantwell.pages.console.audit_view import KINDS, event_view, kind_in_words
from grantwell.pages.console.shell import console_page, require_person
from grantwell.pages.language import texts_of
from grantwell.pages.refusing import reason_of, tell_reason
from grantwell.pages.routing import page_at
from grantwell.sdk import BadRequestError, PermissionDeniedError

PATH = "/console/audit"
FILTERS = ("kind", "about", "reason", "request_id", "from", "to", "log")
LONGEST = 512
PAGE_SIZE = 50


async def show(request: Request) -> Response:
    """The events."""
    person, t = await require_person(request, admin=True), texts_of(request)
    chosen = {name: request.query_params.get(name, "").strip()[:LONGEST] for name in FILTERS}
    after = request.query_params.get("after", "")
    found, problem = await _find(request, person, chosen, after)
    return console_page(
        request,
        "audit.html",
        status=200 if not problem else 400,
        person=person,
        styles=("operator.css",),
        path=PATH,
        chosen=chosen,
        narrowed=any(chosen[name] for name in FILTERS if name != "log"),
        problem=t(problem) if problem else "",
        kinds=[("", t("audit.every_kind")), *((kind, kind_in_words(t, kind)) for kind in KINDS)],
        reasons_path=reasons_page.PATH,
        logs=found["meta"]["logs"],
        events=[event_view(t, event) for event in found["data"]],
        first=_path(chosen) if after else "",
        following=_path({**chosen, "after": found["meta"]["next"]}) if found["meta"]["next"] else "",
        link=lambda **fields: _path({"log": chosen["log"], **fields}),
    )


async def _find(request: Request, person: Any, chosen: dict[str, str], after: str) -> tuple[dict[str, Any], str]:
    """What the API answers, or nothing and the key of what is wrong with the question."""
    query = {f"filter[{name}]": value for name, value in chosen.items() if value}
    query |= {"page[size]": str(PAGE_SIZE)} | ({"page[after]": after} if after else {})
    nothing: dict[str, Any] = {"data": [], "meta": {"next": None, "logs": ["organization"]}}
    try:
        found: dict[str, Any] = await person.server(request).get("/audit_events", extra_query=query)
    except (BadRequestError, PermissionDeniedError) as e:
        tell_reason(request, reason_of(e))
        return nothing, "audit.question_wrong" if isinstance(e, BadRequestError) else "audit.log_not_yours"
    return found, ""


def _path(fields: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in fields.items() if value})
    return f"{PATH}?{query}" if query else PATH


ROUTES = (page_at(PATH, get=show),)
