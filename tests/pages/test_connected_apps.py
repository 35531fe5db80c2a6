"""Connected apps, as somebody looks after them without any script."""

import pytest
from tests.conftest import StartServer
from tests.pages.visitor import PageReader, Visitor, goes_to, read
from tests.support.server import Server

PATH = "/account/apps"
SCOPES = [
    {"id": "calls", "name": "See your calls", "description": "Numbers and times."},
    {"id": "messages", "name": "Send messages", "description": "From your numbers."},
]


@pytest.fixture
async def visitor(server: Server) -> Visitor:
    visitor = Visitor(server)
    await visitor.sign_in()
    return visitor


async def the_app(server: Server) -> str:
    """Where the page of the one app is."""
    (grant,) = await server.grants()
    return f"{PATH}/{grant['id']}"


async def test_a_stranger_signs_in_first_and_comes_back(server: Server) -> None:
    for path in (PATH, f"{PATH}/x", f"{PATH}/x/revoke"):
        assert goes_to(await Visitor(server).get(path)) == f"/sign-in?return_to={path.replace('/', '%2F')}"


async def test_without_apps_the_page_says_what_will_be_here(visitor: Visitor) -> None:
    assert (
        "No connected apps When you allow an app to act for you, it stands here" in read(await visitor.get(PATH)).text
    )


async def test_the_list_tells_of_each_app_who_it_is_what_it_may_and_when(start_server: StartServer) -> None:
    server = await start_server(scopes=SCOPES)
    own = await server.make_client(name="Fleet", allowed_scopes=["calls", "messages"])
    await server.exchange(own, await server.approve(own, scope="calls"))
    await server.approve(await server.register_client(client_name="Assistant"))
    visitor = Visitor(server)
    await visitor.sign_in()
    page = read(await visitor.get(PATH))
    for shown in (
        "You have allowed 2 apps to act for you.",
        "Fleet Of your organization It may: See your calls Allowed since 2026-06-01 12:00 UTC Last used 2026-06-01",
        "Assistant Not verified It may: See your calls , Send messages",
        "Last used Never yet",
    ):
        assert shown in page.text


async def test_the_page_of_an_app_tells_scopes_resources_and_links(start_server: StartServer) -> None:
    server = await start_server(scopes=SCOPES)
    client = await server.make_client(
        name="Fleet", allowed_scopes=["calls", "messages"], tos_uri="https://client.example/t"
    )
    await server.approve(client, scope="calls messages", resource="https://api.example/")
    await server.approve(client, scope="calls")
    visitor = Visitor(server)
    await visitor.sign_in()
    page = read(await visitor.get(await the_app(server)))
    for shown in ("See your calls Numbers and times.", "Send messages From your numbers.", client.client_id):
        assert shown in page.text
    # This server itself is no address worth mentioning.
    assert "At these addresses https://api.example/ About this app" in page.text
    assert page.links["Terms of service"]["href"] == "https://client.example/t"


async def test_the_pages_speak_german_and_so_do_our_own_scopes(server: Server) -> None:
    await server.approve(await server.make_client(name="Fleet"))
    visitor = Visitor(server, headers={"Accept-Language": "de"})
    await visitor.sign_in()
    page = read(await visitor.get(PATH))
    assert (
        "Sie haben 1 App erlaubt, für Sie zu handeln. F Fleet Aus Ihrer Organisation Sie darf: Verwaltung" in page.text
    )


async def test_revoking_says_what_it_will_do_and_does_it(server: Server, visitor: Visitor) -> None:
    client = await server.make_client(name="Fleet")
    tokens = await server.exchange(client, await server.approve(client))
    path = await the_app(server)
    asked = await visitor.get(f"{path}/revoke")
    for shown in (
        "Revoke the access of Fleet?",
        "Fleet is signed out everywhere",
        "refused by Grantwell at once",
        "for up to 30 minutes.",
        "The app can ask you again",
    ):
        assert shown in read(asked).text
    assert await server.is_live(tokens["access_token"])
    assert goes_to(await visitor.submit(asked, f"{path}/revoke")) == PATH
    assert not await server.is_live(tokens["access_token"])
    assert "You have revoked the access of Fleet. No connected apps" in read(await visitor.get(PATH)).text
    assert "You have revoked" not in read(await visitor.get(PATH)).text


async def test_revoking_twice_is_revoking(server: Server, visitor: Visitor) -> None:
    await server.approve(await server.make_client())
    path = await the_app(server)
    asked = await visitor.get(f"{path}/revoke")
    for words in ("You have revoked the access of Example.", "This access was revoked already."):
        assert goes_to(await visitor.submit(asked, f"{path}/revoke")) == PATH
        assert words in read(await visitor.get(PATH)).text


async def test_without_the_pages_token_nothing_is_revoked(server: Server, visitor: Visitor) -> None:
    await server.approve(await server.make_client())
    path = await the_app(server)
    asked = await visitor.get(f"{path}/revoke")
    for answer in (
        await visitor.submit(asked, f"{path}/revoke", drop="form_token", other="x"),
        await visitor.submit(asked, f"{path}/revoke", form_token="made-up"),
        await visitor.http.post(f"{path}/revoke", data={"form_token": "x"}, headers={"Origin": "https://evil.example"}),
    ):
        assert answer.status_code == 403
    assert len(await server.grants()) == 1


async def test_the_token_of_one_app_revokes_no_other(server: Server, visitor: Visitor) -> None:
    for name in ("One", "Other"):
        await server.approve(await server.make_client(name=name))
    one, other = [f"{PATH}/{grant['id']}/revoke" for grant in await server.grants()]
    (form,) = [form for form in PageReader((await visitor.get(one)).text).forms if form.action == one]
    assert (await visitor.http.post(other, data=form.fields)).status_code == 403
    assert len(await server.grants()) == 2


@pytest.mark.parametrize("name", ["no-such-app", "a.b", "a%2Fb", "x" * 300, "<script>"])
async def test_what_is_no_app_of_ones_own_is_not_found(visitor: Visitor, name: str) -> None:
    page = read(await visitor.get(f"{PATH}/{name}/revoke", headers={"Accept": "text/html"}), 404)
    assert "script" not in page.tags


async def test_somebody_elses_app_is_not_found_and_not_revoked(server: Server) -> None:
    await server.make_colleague(password="a password of hers")
    await server.approve(await server.make_client())
    path = await the_app(server)
    colleague = Visitor(server)
    await colleague.sign_in("grace@example.com", "a password of hers")
    assert "You have allowed no such app" in read(await colleague.get(path), 404).text
    assert (await colleague.http.post(f"{path}/revoke", data={"form_token": "x"})).status_code == 403
    assert len(await server.grants()) == 1


async def test_a_long_list_has_pages(server: Server, visitor: Visitor) -> None:
    for n in range(21):
        await server.approve(await server.make_client(name=f"App {n}"))
    first, second = read(await visitor.get(PATH)), read(await visitor.get(f"{PATH}?page=2"))
    assert "Page 1 of 2" in first.text
    assert first.links["Next"]["href"] == f"{PATH}?page=2"
    assert (first.text.count("Allowed since"), second.text.count("Allowed since")) == (20, 1)
    assert "The list ends before this page" in read(await visitor.get(f"{PATH}?page=3")).text
    assert "Page 1 of 2" in read(await visitor.get(f"{PATH}?page=0'")).text


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "{name}"]
)
async def test_an_apps_name_is_text_and_nothing_else(server: Server, visitor: Visitor, name: str) -> None:
    await server.approve(await server.register_client(client_name=name))
    path = await the_app(server)
    for each in (PATH, path, f"{path}/revoke"):
        page = read(await visitor.get(each))
        assert name in page.text
        assert page.tags.count("script") == 1
        assert "onerror" not in page.tags
    await visitor.submit(await visitor.get(f"{path}/revoke"), f"{path}/revoke")
    assert f"You have revoked the access of {name}." in read(await visitor.get(PATH)).text
