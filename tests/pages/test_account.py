"""One's own account: sign-ins, password, API keys."""

import re
from html import unescape
from typing import Any

import pytest
from tests.pages.visitor import Visitor, goes_to, read
from tests.support.server import EMAIL, PASSWORD, Server

from grantwell.pages.browser_name import browser_name

SESSION = "grantwell_session"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
NEW = "a new and longer password"
PATHS = ("/account/sessions", "/account/password", "/account/keys", "/account/keys/new", "/account/keys/revoke")


async def signed_in(server: Server, *more: Any, agent: str = FIREFOX, address: str = "192.0.2.7") -> Visitor:
    visitor = Visitor(server, {"User-Agent": agent}, address)
    goes_to(await visitor.sign_in(*more))
    return visitor


async def change_password(visitor: Visitor, current: str, new: str, again: str = "") -> Any:
    page = await visitor.get("/account/password")
    fields = {"current_password": current, "new_password": new, "new_password_again": again or new}
    return await visitor.submit(page, "/account/password", **fields)


@pytest.mark.parametrize("path", PATHS)
async def test_who_is_not_signed_in_signs_in_first_and_comes_back(server: Server, path: str) -> None:
    answer = await Visitor(server).get(path)
    assert goes_to(answer).startswith("/sign-in?return_to=%2Faccount%2F")


async def test_sign_ins_are_told_by_browser_address_and_time(server: Server) -> None:
    await signed_in(server, agent="Mozilla/5.0 (iPhone) CriOS/120", address="198.51.100.9")
    server.clock.advance(60)
    page = read(await (await signed_in(server)).get("/account/sessions"))
    assert "Firefox, Linux This browser" in page.text
    assert "Chrome, iPhone" in page.text
    assert "198.51.100.9" in page.text
    assert "192.0.2.7" in page.text


async def test_the_last_use_of_a_sign_in_is_noted_without_a_write_for_each_page(server: Server) -> None:
    visitor = await signed_in(server)
    server.clock.advance(120)
    await visitor.get("/account/sessions")
    (session,) = (await server.backend.user_sessions(await user_id(server), int(server.clock()), 0, 9))[0]
    assert session.last_used_at is None
    await server.app.driver.last_uses.write()
    (session,) = (await server.backend.user_sessions(await user_id(server), int(server.clock()), 0, 9))[0]
    assert session.last_used_at == int(server.clock())


async def user_id(server: Server, email: str = EMAIL) -> str:
    user = await server.backend.user_by_email(email)
    assert user is not None
    return user.user_id


async def test_one_sign_in_is_ended_from_elsewhere(server: Server) -> None:
    lost, here = await signed_in(server), await signed_in(server)
    page = await here.get("/account/sessions")
    assert goes_to(await here.submit(page, "/account/sessions/end")) == "/account/sessions"
    assert "That sign-in has ended." in read(await here.get("/account/sessions")).text
    assert goes_to(await lost.get("/account/sessions")).startswith("/sign-in")
    # The same form again, from a page that is older than that.
    await here.submit(page, "/account/sessions/end")
    assert len(read(await here.get("/account/sessions")).forms) == 3
    (event,) = [event for event in await server.audited() if event.kind == "user.session_ended"]
    assert event.actor == event.subject == await user_id(server)


@pytest.mark.parametrize("identifier", ["", "unknown", "../users", "a" * 100])
async def test_ending_what_is_no_sign_in_ends_nothing(server: Server, identifier: str) -> None:
    await signed_in(server)
    here = await signed_in(server)
    page = await here.get("/account/sessions")
    assert goes_to(await here.submit(page, "/account/sessions/end", id=identifier)) == "/account/sessions"
    assert len((await server.backend.user_sessions(await user_id(server), int(server.clock()), 0, 9))[0]) == 2


async def test_nobody_ends_a_colleagues_sign_in(server: Server) -> None:
    await server.make_colleague("mallory@example.com", role="member", password=PASSWORD)
    admin, mallory = await signed_in(server), await signed_in(server, "mallory@example.com")
    await signed_in(server, "mallory@example.com")
    ((session,), _) = await server.backend.user_sessions(await user_id(server), int(server.clock()), 0, 9)
    page = await mallory.get("/account/sessions")
    await mallory.submit(page, "/account/sessions/end", id=session.session_id)
    assert "That sign-in was over already." in read(await mallory.get("/account/sessions")).text
    assert EMAIL in read(await admin.get("/account/sessions")).text


async def test_all_others_end_and_this_one_stays(server: Server) -> None:
    others, here = [await signed_in(server) for _ in range(3)], await signed_in(server)
    await submit_which(here, "others")
    assert "You are signed in here only." in read(await here.get("/account/sessions")).text
    for other in others:
        assert goes_to(await other.get("/account/keys")).startswith("/sign-in")


async def test_signing_out_everywhere_includes_here(server: Server) -> None:
    other, here = await signed_in(server), await signed_in(server)
    assert goes_to(await submit_which(here, "all")) == "/sign-in"
    assert here.cookie(SESSION) is None
    assert goes_to(await other.get("/account/keys")).startswith("/sign-in")


async def submit_which(visitor: Visitor, which: str) -> Any:
    page = await visitor.get("/account/sessions")
    token = next(form for form in read(page).forms if form.fields.get("which") == which).fields["form_token"]
    return await visitor.http.post("/account/sessions/end-all", data={"form_token": token, "which": which})


async def test_a_changed_password_ends_every_other_sign_in_and_every_token_and_keeps_this_one(server: Server) -> None:
    tokens = await server.log_in(await server.make_client())
    other, here = await signed_in(server), await signed_in(server)
    before = here.cookie(SESSION)
    assert goes_to(await change_password(here, PASSWORD, NEW)) == "/account/password"
    # Within the very second: the browser comes back at once.
    assert "Your password is changed." in read(await here.get("/account/password")).text
    assert here.cookie(SESSION) not in (None, before)
    assert goes_to(await other.get("/account/password")).startswith("/sign-in")
    assert (await server.http.post("/v2/sessions/token", json={"session": before})).status_code == 401
    assert not await server.is_live(tokens["access_token"])
    assert (await Visitor(server).sign_in()).status_code == 422
    assert "Firefox, Linux This browser" in read(await here.get("/account/sessions")).text
    (event,) = [event for event in await server.audited() if event.kind == "user.password_changed"]
    assert event.actor == event.subject == await user_id(server)


async def test_whoever_signs_in_with_the_new_password_within_the_same_second_stays_signed_in(server: Server) -> None:
    await change_password(await signed_in(server), PASSWORD, NEW)
    visitor = await signed_in(server, EMAIL, NEW)
    assert EMAIL in read(await visitor.get("/account/sessions")).text


@pytest.mark.parametrize(
    ("current", "new", "again", "words"),
    [
        ("wrong", NEW, NEW, "This is not your current password."),
        (PASSWORD, "short", "short", "Choose 8 to 1,024 characters."),
        (PASSWORD, "x" * 1025, "x" * 1025, "Choose 8 to 1,024 characters."),
        (PASSWORD, PASSWORD, PASSWORD, "The new password is the one that you have already."),
        (PASSWORD, EMAIL.upper(), EMAIL.upper(), "This is your email address."),
        (PASSWORD, NEW, NEW + "!", "The new passwords are not the same."),
        ("", "", "", "This is not your current password."),
        ("\0", "\0" * 9, "\0" * 9, "email address"),
    ],
)
async def test_what_cannot_be_a_change_is_said_at_its_field_and_ends_nothing(
    server: Server, current: str, new: str, again: str, words: str
) -> None:
    other, here = await signed_in(server), await signed_in(server)
    answer = await change_password(here, current, new, again)
    assert words in read(answer, 422).text
    assert new not in answer.text or len(new) < 6
    assert EMAIL in read(await other.get("/account/password")).text
    await signed_in(server)


async def test_a_password_is_not_guessed_at_from_a_session_that_was_stolen(start_server: Any) -> None:
    server = await start_server(rate_limits={"sign_in_account": "3/minute"})
    thief, owner = await signed_in(server), await signed_in(server, address="198.51.100.9")
    statuses = [(await change_password(thief, f"guess {n}", NEW)).status_code for n in range(4)]
    assert statuses == [422, 422, 422, 429]
    refused = [event for event in await server.audited() if event.kind == "user.password_change_refused"]
    assert [event.reason for event in refused] == ["password_wrong"] * 3
    # Who is guessed at signs in as ever, and puts the thief out.
    assert goes_to(await submit_which(owner, "others")) == "/account/sessions"
    assert goes_to(await thief.get("/account/password")).startswith("/sign-in")


async def test_an_api_key_is_made_shown_once_used_and_revoked(server: Server) -> None:
    visitor = await signed_in(server)
    made = await make_key(visitor, name="Deploy", clients="on", days="30")
    (key,) = [word for word in read(made).text.split() if word.startswith("gw_key_")]
    assert (await server.manage("GET", "/oauth_clients", key=key)).status_code == 200
    assert (await server.manage("GET", "/oauth_grants", key=key)).status_code == 403
    listed = read(await visitor.get("/account/keys"))
    assert "Deploy" in listed.text
    assert "gw_key_" not in listed.text
    asked = await visitor.get(await revocation_of("Deploy", visitor))
    assert "Revoke the API key Deploy?" in read(asked).text
    assert goes_to(await visitor.submit(asked, "/account/keys/revoke")) == "/account/keys"
    assert "The API key is revoked." in read(await visitor.get("/account/keys")).text
    assert (await server.manage("GET", "/oauth_clients", key=key)).status_code == 401
    kinds = {
        event.kind: event
        for event in await server.audited()
        if event.kind.startswith("api_key.") and event.actor != "cli"
    }
    assert kinds["api_key.created"].detail == "clients"
    assert kinds["api_key.revoked"].actor == await user_id(server)


async def revocation_of(name: str, visitor: Visitor) -> str:
    """Where one of one's keys can be revoked. Those of one second stand in no order."""
    shown = (await visitor.get("/account/keys")).text
    paths = [unescape(path) for path in re.findall(r'href="(/account/keys/revoke[^"]*)"', shown)]
    (found,) = [path for path in paths if f"the API key {name}?" in read(await visitor.get(path)).text]
    return found


async def make_key(visitor: Visitor, **fields: str) -> Any:
    """Send the form with these fields alone: what is not ticked, a browser does not send."""
    token = read(await visitor.get("/account/keys/new")).forms[-1].fields["form_token"]
    return await visitor.http.post("/account/keys/new", data={"form_token": token} | fields)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": " "}, "Enter a name of visible characters"),
        ({"name": "x" * 256}, "Enter a name of visible characters"),
        ({"name": "a\u202eb"}, "Enter a name of visible characters"),
    ],
)
async def test_a_key_that_cannot_be_is_asked_for_again(server: Server, fields: dict[str, str], words: str) -> None:
    visitor = await signed_in(server)
    page = read(await make_key(visitor, **({"name": "x", "clients": "on", "days": "90"} | fields)), 422)
    assert words in page.text
    assert "Choose at least one right." not in page.text


async def test_a_key_without_a_right_is_asked_for_again(server: Server) -> None:
    visitor = await signed_in(server)
    assert "Choose at least one right." in read(await make_key(visitor, name="x"), 422).text


async def test_a_member_is_not_offered_to_sign_others_in_and_cannot_make_such_a_key(server: Server) -> None:
    await server.make_colleague("ben@example.com", role="member", password=PASSWORD)
    member, admin = await signed_in(server, "ben@example.com"), await signed_in(server)
    offered = [read(await who.get("/account/keys/new")).text for who in (member, admin)]
    assert ["Sign others in" in text for text in offered] == [False, True]
    token = await server.session_token("ben@example.com")
    body = {"name": "x", "capabilities": ["sessions"]}
    assert (await server.manage("POST", "/api_keys", key=token, json=body)).status_code == 422


async def test_nobody_revokes_a_strangers_key(server: Server) -> None:
    stranger = await server.make_person()
    ((key,), _) = await server.backend.user_api_keys(stranger.user_id, 0, 9)
    visitor = await signed_in(server)
    asked = await visitor.get("/account/keys/revoke", params={"id": key.api_key_id})
    await visitor.submit(asked, "/account/keys/revoke")
    assert "There is no such API key." in read(await visitor.get("/account/keys")).text
    assert (await server.manage("GET", "/oauth_clients", key=stranger.api_key)).status_code == 200


@pytest.mark.parametrize("path", ["/account/sessions/end", "/account/sessions/end-all", "/account/password"])
async def test_a_form_without_its_token_changes_nothing(server: Server, path: str) -> None:
    other, here = await signed_in(server), await signed_in(server)
    fields = {"which": "all", "current_password": PASSWORD, "new_password": NEW, "new_password_again": NEW}
    assert (await here.http.post(path, data=fields)).status_code == 403
    assert EMAIL in read(await other.get("/account/sessions")).text


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0", "Edge, Windows"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15", "Safari, macOS"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Something else", ""),
        (None, ""),
    ],
)
def test_a_browser_is_named_as_its_owner_knows_it(agent: str | None, words: str) -> None:
    assert browser_name(agent) == words
