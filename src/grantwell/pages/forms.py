"""Reading a form that was posted here: from our own page, small, and with nothing in it twice."""

from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from grantwell.pages.errors import PageError
from grantwell.pages.language import remember_fields, texts_of
from grantwell.pages.site import site_of

MAXIMUM_BODY = 32 * 1024
MAXIMUM_FIELDS = 16
FORM = "application/x-www-form-urlencoded"
OWN_SITES = ("same-origin", "none")


async def read_form(request: Request, *, maximum_fields: int = MAXIMUM_FIELDS) -> dict[str, str]:
    """The fields of a posted form. Raises PageError for one that no page of ours has sent."""
    refuse_other_sites(request)
    t = texts_of(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise PageError(415, t("errors.no_form_title"), t("errors.no_form", type=FORM), reason="unsupported_media_type")
    try:
        pairs = parse_qsl(
            (await _read_body(request)).decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=maximum_fields,
        )
    except ValueError:
        raise PageError(400, t("errors.unreadable_title"), t("errors.unreadable"), reason="form_unreadable") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise PageError(400, t("errors.unreadable_title"), t("errors.repeated_field"), reason="repeated_parameter")
    remember_fields(request, fields)
    return fields


def refuse_other_sites(request: Request) -> None:
    """Raises PageError if the browser says that another site is behind this request.

    A browser that says nothing is left to the form's token: under `Referrer-Policy: no-referrer` it sends
    `Origin: null` even for our own forms (Fetch, section 3.2), and older ones know no `Sec-Fetch-Site`.
    """
    origin = request.headers.get("origin", "null")
    fetch_site = request.headers.get("sec-fetch-site", "same-origin")
    site = site_of(request)
    # The edge answers only for hosts of this server, so Host is one of ours; how people get here, the issuer knows.
    at_host = f"{'https' if site.secure else 'http'}://{request.headers.get('host', '')}"
    if fetch_site not in OWN_SITES or origin not in ("null", site.issuer, at_host):
        t = texts_of(request)
        raise PageError(403, t("errors.other_site_title"), t("errors.other_site"), reason="form_of_another_site")


async def _read_body(request: Request) -> bytes:
    t = texts_of(request)
    try:
        return await _received(request)
    except ClientDisconnect:
        # Nobody is there to read it. Without a page of its own it would be told as a bug of ours.
        raise PageError(400, t("errors.unreadable_title"), t("errors.unreadable"), reason="body_incomplete") from None


async def _received(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAXIMUM_BODY:
            t = texts_of(request)
            raise PageError(413, t("errors.too_large_title"), t("errors.too_large"), reason="body_too_large")
    return body
