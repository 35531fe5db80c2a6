"""Racing with whoever ends something: what a thief gets in the very second does not outlive it."""

from typing import Any

from tests.requirements.marker import requirement
from tests.support.api import body_of
from tests.support.server import EMAIL, PASSWORD, Server

from grantwell.protocol.accounts import change_user
from grantwell.protocol.client_switch import disable_client, enable_client


async def sign_in(server: Server) -> str:
    """The secret of a new session of the administrator's."""
    answer = await server.http.post("/v2/sessions", json={"email": EMAIL, "password": PASSWORD})
    return str(body_of(answer, 201)["session"])


async def session_token(server: Server, session: str) -> Any:
    return await server.http.post("/v2/sessions/token", json={"session": session})


async def change(server: Server, **fields: Any) -> None:
    user = await server.backend.user_by_email(EMAIL)
    assert user is not None
    await server.backend.apply(change_user(user, "user.changed", server.app.driver.context("test", ""), **fields))


@requirement("attacks.ending-race")
async def test_a_session_that_was_opened_in_the_second_of_a_new_password_is_over(server: Server) -> None:
    stolen = await sign_in(server)
    token = body_of(await session_token(server, stolen))["access_token"]
    await change(server)
    assert (await session_token(server, stolen)).status_code == 401
    assert (await server.manage("GET", "/oauth_clients", key=token)).status_code == 401
    server.clock.advance(1)
    assert (await session_token(server, stolen)).status_code == 401
    assert (await session_token(server, await sign_in(server))).status_code == 200


@requirement("attacks.ending-race")
async def test_what_was_approved_and_bought_in_the_second_of_being_disabled_is_over_after_being_enabled(
    server: Server,
) -> None:
    client = await server.make_client()
    code, tokens = await server.approve(client), await server.log_in(client)
    await change(server, enabled=False)
    await change(server, enabled=True)
    server.clock.advance(1)
    assert not await server.is_live(tokens["access_token"])
    assert (await server.rotate(client, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await server.redeem(client, code)).json()["error"] == "invalid_grant"


@requirement("attacks.ending-race")
async def test_a_token_that_a_client_got_in_the_second_of_being_disabled_is_over_after_being_enabled(
    server: Server,
) -> None:
    client = await server.make_client()
    token = await server.client_token(client)
    found = await server.backend.client(client.client_id)
    assert found is not None
    context = server.app.driver.context("test", "")
    disabled, changes = disable_client(found, context)
    await server.backend.apply(changes)
    await server.backend.apply(enable_client(disabled, context)[1])
    server.clock.advance(1)
    assert not await server.is_live(token)
    assert await server.is_live(await server.client_token(client))
