"""Who is signed in: the session's secret in a cookie, traded for a token of five minutes whenever a page acts."""

from dataclasses import dataclass, field

from starlette.requests import Request

from grantwell.pages.cookies import SESSION, read_cookie
from grantwell.pages.form_token import fits_form_token, make_form_token
from grantwell.pages.site import site_of
from grantwell.sdk import AsyncGrantwell, AuthenticationError


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in. `token` is an access token for this server, `session` the session's secret."""

    email: str
    token: str = field(repr=False)
    session: str = field(repr=False)
    user_id: str = ""
    org_id: str = ""
    role: str = "member"

    @property
    def is_admin(self) -> bool:
        """Whether this person administers the organization."""
        return self.role == "admin"

    def server(self, request: Request) -> AsyncGrantwell:
        """The server, acting for this person."""
        return site_of(request).server(request, self.token)

    def form_token(self, form: str) -> str:
        """A token for a form of this person's."""
        return make_form_token(self.session, form)

    def sent(self, fields: dict[str, str], form: str) -> bool:
        """Whether the fields come from a form that was made for this person."""
        return fits_form_token(fields.get("form_token", ""), self.session, form)


async def person_of(request: Request) -> Person | None:
    """Who is signed in; None for nobody, or a session that is over. Raises APIError."""
    session = read_cookie(request, SESSION)
    if not session:
        return None
    try:
        issued = await site_of(request).server(request).post("/sessions/token", body={"session": session})
    except AuthenticationError:
        return None
    return Person(issued["email"], issued["access_token"], session, issued["user_id"], issued["org_id"], issued["role"])
