"""What all pages of somebody who is signed in have in common: sections, notices, forms, the start page."""

import pytest
from tests.pages.visitor import Visitor, goes_to, read
from tests.support.server import EMAIL, PASSWORD, Server

from grantwell.pages.console.navigation import GROUPS, groups_for, section_of

ALL = tuple(section for group in GROUPS for section in group.sections)
CLIENTS = "/console/clients"


def keys(*, is_admin: bool, paths: tuple[str, ...]) -> list[str]:
    return [section.key for group in groups_for(is_admin=is_admin, paths=paths) for section in group.sections]


def test_only_sections_that_have_a_page_are_offered() -> None:
    assert keys(is_admin=True, paths=()) == []
    assert keys(is_admin=True, paths=(CLIENTS, "/account/apps", "/elsewhere")) == ["apps", "clients"]


def test_a_member_is_not_offered_what_is_for_administrators() -> None:
    paths = tuple(section.path for section in ALL)
    assert keys(is_admin=True, paths=paths) == [section.key for section in ALL]
    assert keys(is_admin=False, paths=paths) == [section.key for section in ALL if not section.for_admins]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (CLIENTS, "clients"),
        (f"{CLIENTS}/x/edit", "clients"),
        (f"{CLIENTS}-other", None),
        ("/", None),
        ("/sign-in", None),
    ],
)
def test_a_path_lies_in_one_section_or_none(path: str, key: str | None) -> None:
    section = section_of(path)
    assert (section.key if section else None) == key


async def signed_in(server: Server, email: str = EMAIL, password: str = PASSWORD) -> Visitor:
    visitor = Visitor(server)
    goes_to(await visitor.sign_in(email, password))
    return visitor


async def test_every_section_that_is_offered_can_be_opened(server: Server) -> None:
    admin = await signed_in(server)
    start = read(await admin.get("/"))
    for section in ALL:
        assert section.path in {link["href"] for link in start.links.values()}, section.key
        page = await admin.get(section.path)
        read(page)
        assert page.text.count('aria-current="page"') == 1


async def test_nobody_is_shown_any_section_but_is_sent_to_sign_in_and_back(server: Server) -> None:
    visitor = Visitor(server)
    for section in ALL:
        assert goes_to(await visitor.get(f"{section.path}?page=2")).startswith("/sign-in?return_to=%2F"), section.key
    page = await visitor.sign_in(return_to=f"{CLIENTS}?page=2")
    assert goes_to(page) == f"{CLIENTS}?page=2"


async def test_a_member_finds_no_page_for_administrators(server: Server) -> None:
    await server.make_colleague("mel@example.com", role="member", password="a password of mels")
    member = await signed_in(server, "mel@example.com", "a password of mels")
    start = read(await member.get("/"))
    for section in ALL:
        offered = section.path in {link["href"] for link in start.links.values()}
        assert offered is not section.for_admins
        read(await member.get(section.path), 403 if section.for_admins else 200)


async def test_the_start_page_says_who_one_is_and_how_much_there_is(server: Server) -> None:
    admin = await signed_in(server)
    empty = read(await admin.get("/"))
    assert f"You are signed in as {EMAIL} . You administer your organization." in empty.text
    assert "Your organization has no clients yet" in empty.text
    await server.make_client()
    assert "has no clients yet" not in read(await admin.get("/")).text


async def a_notice(server: Server, visitor: Visitor) -> str:
    """Change a client; the cookie in which the next page's notice waits."""
    client = await server.make_client()
    path = f"{CLIENTS}/{client.client_id}/edit"
    goes_to(await visitor.submit(await visitor.get(path), path, name="Renamed"))
    return visitor.cookie("grantwell_notice") or ""


async def test_a_notice_is_said_once(server: Server) -> None:
    admin = await signed_in(server)
    assert await a_notice(server, admin)
    assert "Your changes were saved." in read(await admin.get(CLIENTS)).text
    assert "Your changes were saved." not in read(await admin.get(CLIENTS)).text
    assert admin.cookie("grantwell_notice") is None


async def test_nobody_else_can_put_words_into_a_page(server: Server) -> None:
    admin, other = await signed_in(server), await signed_in(server)
    notice = await a_notice(server, admin)
    for forged in (notice[:-2] + "5d", "0" * 64 + notice[64:], notice[:64], "x", notice):
        # The last one is genuine, of another session.
        other.http.cookies.set("grantwell_notice", forged, domain="127.0.0.1")
        assert "Your changes were saved." not in read(await other.get(CLIENTS)).text


async def test_a_form_of_another_page_or_person_is_not_taken(server: Server) -> None:
    client, admin, other = await server.make_client(), await signed_in(server), await signed_in(server)
    path = f"{CLIENTS}/{client.client_id}"
    (form,) = [form for form in read(await admin.get(f"{path}/delete")).forms if form.action == f"{path}/delete"]
    for visitor, action in ((other, f"{path}/delete"), (admin, f"{path}/secret"), (admin, f"{path}/switch")):
        answer = await visitor.http.post(action, data=form.fields)
        assert "Nothing was changed." in read(answer, 403).text
    assert (await server.manage("GET", f"/oauth_clients/{client.client_id}")).status_code == 200


async def test_pages_with_scripts_run_their_own_alone(server: Server) -> None:
    policy = (await (await signed_in(server)).get(CLIENTS)).headers["content-security-policy"]
    assert "script-src 'self'; connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
