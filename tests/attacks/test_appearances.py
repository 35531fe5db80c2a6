"""What a person is shown: nothing that is there is hidden, and nothing that is not there is seen."""

import pytest
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.actors import CALLBACK
from tests.support.api import body_of
from tests.support.server import Server
from tests.support.wire import assert_refused_by_management


@requirement("attacks.grant-shows-all")
async def test_a_client_that_renames_itself_and_asks_for_less_hides_nothing_that_it_still_has(
    start_server: StartServer,
) -> None:
    server = await start_server(scopes=[{"id": "admin"}, {"id": "read"}, {"id": "write"}])
    client = await server.make_client(allowed_scopes=["read", "write"])
    mighty = await server.log_in(client, scope="read write")
    await server.manage("PUT", f"/oauth_clients/{client.client_id}", json={"name": "Harmless"})
    await server.log_in(client, scope="read")
    assert await server.is_live(mighty["access_token"])
    (grant,) = await server.grants()
    assert set(grant["scopes"]) == {"read", "write"}


INVISIBLE = {
    "hangul fillers": "\u3164\u115f\u1160\uffa0",
    "a braille blank": "\u2800",
    "khmer vowels that nobody sees": "\u17b4\u17b5",
    "variation selectors": "\ufe0f\U000e0100",
    "a joiner": "\u034f",
    "mongolian selectors": "\u180b\u180c\u180d",
}


@pytest.mark.parametrize("kind", INVISIBLE)
@requirement("attacks.invisible-names")
async def test_a_name_that_nobody_can_see_is_none(server: Server, kind: str) -> None:
    refused = await server.register(client_name=INVISIBLE[kind], redirect_uris=[CALLBACK])
    assert "client_name" in body_of(refused, 400)["invalid_fields"]
    fields = {"client_type": "public", "allowed_scopes": ["admin"], "allowed_grant_types": ["authorization_code"]}
    made = await server.manage("POST", "/oauth_clients", json={"name": INVISIBLE[kind], **fields})
    assert_refused_by_management(made, 422, "invalid_request")


@pytest.mark.parametrize("kind", INVISIBLE)
@requirement("attacks.invisible-names")
async def test_two_names_do_not_differ_in_what_nobody_can_see(server: Server, kind: str) -> None:
    refused = await server.register(client_name=f"Payroll{INVISIBLE[kind]}", redirect_uris=[CALLBACK])
    assert refused.status_code == 400


@pytest.mark.parametrize("name", ["Ärger & Söhne", "給与計算", "कर्मचारी", "\u2764\ufe0f Donations", "🚀", "Ghi chú"])
async def test_a_name_that_people_can_read_is_one(server: Server, name: str) -> None:
    made = body_of(await server.register(client_name=name, redirect_uris=[CALLBACK]), 201)
    assert made["client_name"] == name
