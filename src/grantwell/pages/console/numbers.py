"""Live numbers, for whoever runs the server: the last hour as plots that a script keeps fresh, and as a table."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.console.plot import Plot, in_short, plot_of
from grantwell.pages.console.shell import console_page, require_person
from grantwell.pages.errors import PageError
from grantwell.pages.language import texts_of
from grantwell.pages.reasons_page import PATH as REASONS
from grantwell.pages.refusing import reason_of
from grantwell.pages.routing import page_at
from grantwell.pages.texts import Texts
from grantwell.sdk import PermissionDeniedError

PATH = "/console/numbers"
STEP = 60
# So many steps make a row of the table.
ROW = 5
MOST_GRANT_TYPES = 4


async def show(request: Request) -> Response:
    """The plots."""
    person, t = await require_person(request, admin=True), texts_of(request)
    try:
        found = await person.server(request).get("/numbers", extra_query={"step": str(STEP)})
    except PermissionDeniedError as e:
        title, message, then = t("console.admins_only_title"), t("numbers.operator_only"), ("/", t("console.to_start"))
        raise PageError(403, title, message, reason=reason_of(e), then=then) from e
    data = found["data"]
    return console_page(
        request,
        "numbers.html",
        person=person,
        scripts=("numbers.js",),
        styles=("operator.css",),
        path=PATH,
        meta=found["meta"],
        minute=data["last_minute"],
        hour=data["last_hour"],
        plots=plots_of(t, data["steps"]),
        rows=rows_of(data["steps"]),
        refusals=data["refusals"],
        reasons_path=REASONS,
        in_short=lambda value: in_short(value, decimal_of(t)),
    )


def plots_of(t: Texts, steps: list[dict[str, Any]]) -> list[Plot]:
    """Requests a second, how long they took, refusals and tokens a minute."""

    def rate(name: str) -> list[float]:
        return [each[name] / each["seconds"] for each in steps]

    def measured(name: str) -> list[float | None]:
        return [each[name] for each in steps]

    def plot(key: str, *series: tuple[str, list[Any]]) -> Plot:
        return plot_of(key, series, decimal_of(t))

    tokens = sorted({name for each in steps for name in each["tokens"]})[:MOST_GRANT_TYPES]
    return [
        plot("requests", (t("numbers.api"), rate("requests")), (t("numbers.pages"), rate("pages"))),
        plot("durations", (t("numbers.median"), measured("p50_ms")), (t("numbers.slowest"), measured("p99_ms"))),
        plot("refused", (t("numbers.refused"), measured("refused"))),
        plot("tokens", *((name, [each["tokens"].get(name, 0) for each in steps]) for name in tokens)),
    ]


def decimal_of(t: Texts) -> str:
    """What stands before the fraction of a number: what does not stand between its thousands."""
    return "," if t("language.thousands") == "." else "."


def rows_of(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The hour for the table, newest first: sums, and of the durations the worst minute's."""
    rows = []
    for number in range(0, len(steps), ROW):
        group = steps[number : number + ROW]
        row: dict[str, Any] = {name: sum(each[name] for each in group) for name in ("requests", "pages", "refused")}
        row["tokens"] = sum(sum(each["tokens"].values()) for each in group)
        for name in ("p50_ms", "p99_ms"):
            row[name] = max((each[name] for each in group if each[name] is not None), default=None)
        rows.append({**row, "at": group[0]["at"]})
    return rows[::-1]


ROUTES = (page_at(PATH, get=show),)
