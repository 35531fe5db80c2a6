"""A page for every reason code, and a list of them all: what it means, whose fault it is, how to mend it."""

from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.errors import PageError
from grantwell.pages.language import texts_of
from grantwell.pages.reasons import all_reasons, reason_for
from grantwell.pages.rendering import page
from grantwell.pages.routing import page_at

PATH = "/docs/reasons"
STYLES = ("refused.css",)


async def show_all(request: Request) -> Response:
    """All reasons, by where they come about."""
    sections = [(name, tuple(rows)) for name, rows in groupby(all_reasons().values(), lambda each: each.section)]
    return page(request, "reasons.html", styles=STYLES, sections=sections, path=PATH)


async def show_one(request: Request) -> Response:
    """One reason. Raises PageError (404) for a code that there is not."""
    found = reason_for(str(request.path_params["code"]))
    if found is None:
        t = texts_of(request)
        title, message, then = t("reasons.not_found_title"), t("reasons.not_found"), (PATH, t("reasons.to_list"))
        raise PageError(404, title, message, reason="path_unknown", then=then)
    return page(request, "reason.html", styles=STYLES, reason=found, path=PATH)


ROUTES = (
    page_at(PATH, get=show_all),
    page_at(f"{PATH}/{{code}}", get=show_one),
)
