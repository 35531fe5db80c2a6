"""What to do first on a server where nothing was done yet."""

import json

from starlette.requests import Request
from starlette.responses import Response

from grantwell.pages.language import texts_of
from grantwell.pages.rendering import page
from grantwell.pages.site import site_of
from grantwell.sdk import APIError

NEW_PASSWORD = "grantwell users set-password"  # noqa: S105 - a command
METADATA = "/.well-known/oauth-authorization-server"


async def is_set_up(request: Request) -> bool:
    """Whether there is a client. Once there was one, it is not asked again."""
    state = request.app.state
    if not getattr(state, "is_set_up", False):
        try:
            answer = await site_of(request).server(request).get("/setup")
        except APIError:
            # Whether the server can answer is not the start page's to tell.
            return True
        state.is_set_up = bool(answer["data"]["has_clients"])
    return bool(state.is_set_up)


async def show(request: Request) -> Response:
    """The page. Raises APIError."""
    metadata = await site_of(request).server(request, base="").get(METADATA)
    client = {
        "name": texts_of(request)("first_run.example_name"),
        "client_type": "confidential",
        "allowed_scopes": metadata["scopes_supported"][:1],
        "allowed_grant_types": ["client_credentials"],
    }
    return page(request, "first_run.html", call=call_for(site_of(request).issuer, client), new_password=NEW_PASSWORD)


def call_for(issuer: str, client: dict[str, object]) -> str:
    """The call that creates a client, for a shell. An apostrophe would end what it quotes."""
    body = json.dumps(client, indent=2, ensure_ascii=False).replace("'", "\\u0027")
    lines = (
        f"curl {issuer}/v2/oauth_clients",
        '-H "Authorization: Bearer $GRANTWELL_API_KEY"',
        '-H "Content-Type: application/json"',
        f"-d '{body}'",
    )
    return " \\\n  ".join(lines)
