"""The organization's users, in the console."""

from typing import Any

import pytest
from tests.pages.visitor import Visitor, goes_to, read
from tests.support.server import EMAIL, PASSWORD, Server

USERS = "/console/users"
BEN = "ben@example.com"


async def signed_in(server: Server, email: str = EMAIL, password: str = PASSWORD) -> Visitor:
    visitor = Visitor(server)
    goes_to(await visitor.sign_in(email, password))
    return visitor


async def make(admin: Visitor, email: str, role: str = "member") -> Any:
    page = await admin.get(f"{USERS}/new")
    return await admin.submit(page, f"{USERS}/new", email=email, role=role)


def password_in(page: Any) -> str:
    words = read(page).text.split()
    return words[words.index("Password", words.index("again.")) + 2]


async def path_of(server: Server, email: str) -> str:
    user = await server.backend.user_by_email(email)
    assert user is not None
    return f"{USERS}/{user.user_id}"


async def post(visitor: Visitor, path: str, **fields: str) -> Any:
    """Send the form of that path from the user's page."""
    token = [form for form in read(await visitor.get(path.rpartition("/")[0])).forms if form.action == path]
    return await visitor.http.post(path, data={"form_token": token[0].fields["form_token"]} | fields)


async def confirm(visitor: Visitor, path: str) -> Any:
    return await visitor.submit(await visitor.get(path), path)


async def kinds(server: Server, email: str) -> list[str]:
    user_id = (await path_of(server, email)).rpartition("/")[2]
    return sorted(event.kind for event in await server.audited() if event.subject == user_id)


async def test_an_administrator_makes_a_user_who_signs_in_with_the_password_that_is_shown_once(server: Server) -> None:
    admin = await signed_in(server)
    made = await make(admin, BEN)
    password = password_in(made)
    ben = await signed_in(server, BEN, password)
    assert f"{BEN}" in read(await ben.get("/account/sessions")).text
    page = await admin.get(await path_of(server, BEN))
    assert password not in page.text
    assert "Member" in read(page).text
    subject = (await path_of(server, BEN)).rpartition("/")[2]
    (created,) = [event for event in await server.audited() if (event.kind, event.subject) == ("user.created", subject)]
    assert created.actor == (await path_of(server, EMAIL)).rpartition("/")[2]
    assert (created.detail, created.credential.partition(" ")[0]) == ("member", "session")


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("nobody", "Enter an email address."),
        ("", "Enter an email address."),
        ("a b@example.com", "Enter an email address."),
        ("x" * 320 + "@example.com", "Enter an email address."),
        (EMAIL.upper(), "There is a user with this address already."),
        ("ada@example.com", "There is a user with this address already."),
    ],
)
async def test_who_cannot_be_a_user_is_asked_for_again(server: Server, email: str, words: str) -> None:
    await server.make_person()
    assert words in read(await make(await signed_in(server), email), 422).text


@pytest.mark.parametrize(
    "path", [USERS, f"{USERS}/new", f"{USERS}/x", f"{USERS}/x/disable", f"{USERS}/x/reset-password"]
)
async def test_these_pages_are_for_administrators(server: Server, path: str) -> None:
    await server.make_colleague(BEN, role="member", password=PASSWORD)
    member = await signed_in(server, BEN)
    assert "This page is for administrators" in read(await member.get(path), 403).text
    assert goes_to(await Visitor(server).get(path)).startswith("/sign-in")


@pytest.mark.parametrize("what", ["role", "enable", "disable", "reset-password", "revoke-key", "end-session"])
async def test_a_member_changes_no_user(server: Server, what: str) -> None:
    await server.make_colleague(BEN, role="member", password=PASSWORD)
    member = await signed_in(server, BEN)
    token = read(await member.get("/account/sessions")).forms[0].fields["form_token"]
    path = f"{await path_of(server, BEN)}/{what}"
    assert (await member.http.post(path, data={"form_token": token, "role": "admin"})).status_code == 403
    ben = await server.backend.user_by_email(BEN)
    assert ben is not None
    assert ben.role == "member"


async def test_another_organizations_user_is_nobody(server: Server) -> None:
    stranger = await server.make_person("ada@example.com", password=PASSWORD)
    admin = await signed_in(server)
    path = await path_of(server, stranger.email)
    for page in (path, f"{path}/disable", f"{path}/reset-password", f"{USERS}/unknown", f"{USERS}/{'x' * 99}"):
        assert "There is no such user" in read(await admin.get(page), 404).text
    assert stranger.email not in read(await admin.get(USERS)).text
    token = await server.session_token()
    for method, wire in (("GET", "/users/"), ("PUT", "/users/")):
        answer = await server.manage(method, f"{wire}{stranger.user_id}", key=token, json={"enabled": False})
        assert answer.status_code == 404
    body = {"user_id": stranger.user_id}
    assert (await server.manage("POST", "/users/reset_password", key=token, json=body)).status_code == 404
    for wire in ("/sessions", "/api_keys"):
        answer = await server.manage("GET", wire, key=token, params={"filter[user_id]": stranger.user_id})
        assert answer.status_code == 404
    await signed_in(server, stranger.email)


async def test_the_list_is_searched_narrowed_and_turned_over(server: Server) -> None:
    for number in range(25):
        await server.make_colleague(f"user{number:02}@example.org", role="member")
    admin = await signed_in(server)
    first = read(await admin.get(USERS))
    assert "26 users" in first.text
    assert "Page 1 of 2" in first.text
    assert "user23@example.org" not in first.text
    assert "user23@example.org" in read(await admin.get(f"{USERS}?page=2")).text
    assert "1 user " in read(await admin.get(f"{USERS}?q=USER07")).text
    assert "1 user " in read(await admin.get(f"{USERS}?role=admin")).text
    assert "Nobody found" in read(await admin.get(f"{USERS}?state=disabled")).text
    for odd in ("page=0", "page=x", "page=" + "9" * 99, "role=boss", "state=maybe", "q=%00", "q=%25"):
        assert (await admin.get(f"{USERS}?{odd}")).status_code == 200


async def test_a_disabled_user_is_out_at_once_and_comes_back_by_signing_in_again(server: Server) -> None:
    admin = await signed_in(server)
    password = password_in(await make(admin, BEN))
    ben = await signed_in(server, BEN, password)
    path = await path_of(server, BEN)
    assert goes_to(await confirm(admin, f"{path}/disable")) == path
    assert "The user is disabled." in read(await admin.get(path)).text
    assert goes_to(await ben.get("/account/keys")).startswith("/sign-in")
    assert (await Visitor(server).sign_in(BEN, password)).status_code == 422
    assert goes_to(await post(admin, f"{path}/enable")) == path
    assert goes_to(await ben.get("/account/keys")).startswith("/sign-in")
    await signed_in(server, BEN, password)
    assert await kinds(server, BEN) == [
        "user.created",
        "user.disabled",
        "user.enabled",
        "user.sign_in_refused",
        "user.signed_in",
        "user.signed_in",
    ]


async def test_a_role_counts_at_once_without_signing_anybody_out(server: Server) -> None:
    admin = await signed_in(server)
    ben = await signed_in(server, BEN, password_in(await make(admin, BEN)))
    path = await path_of(server, BEN)
    assert (await ben.get(USERS)).status_code == 403
    assert goes_to(await post(admin, f"{path}/role", role="admin")) == path
    assert (await ben.get(USERS)).status_code == 200
    await post(admin, f"{path}/role", role="member")
    assert (await ben.get(USERS)).status_code == 403
    assert (await kinds(server, BEN)).count("user.role_changed") == 2


async def test_the_last_enabled_administrator_stays_one(server: Server) -> None:
    admin = await signed_in(server)
    await make(admin, BEN)
    path = await path_of(server, EMAIL)
    for attempt in (confirm(admin, f"{path}/disable"), post(admin, f"{path}/role", role="member")):
        assert goes_to(await attempt) == path
        assert "This is the last enabled administrator" in read(await admin.get(path)).text
    await post(admin, f"{await path_of(server, BEN)}/role", role="admin")
    assert goes_to(await post(admin, f"{path}/role", role="member")) == path
    assert (await admin.get(USERS)).status_code == 403


async def test_a_password_is_made_anew_and_ends_what_was(server: Server) -> None:
    admin = await signed_in(server)
    first = password_in(await make(admin, BEN))
    ben = await signed_in(server, BEN, first)
    second = password_in(await confirm(admin, f"{await path_of(server, BEN)}/reset-password"))
    assert first != second
    assert goes_to(await ben.get("/account/keys")).startswith("/sign-in")
    assert (await Visitor(server).sign_in(BEN, first)).status_code == 422
    await signed_in(server, BEN, second)
    assert "user.password_reset" in await kinds(server, BEN)


async def test_a_users_keys_and_sign_ins_are_seen_and_ended(server: Server) -> None:
    person = await server.make_colleague(BEN, role="member", password=PASSWORD)
    admin, ben = await signed_in(server), await signed_in(server, BEN)
    path = await path_of(server, BEN)
    page = read(await admin.get(path))
    assert person.api_key not in page.text
    asked = await admin.get(str(page.links["Revoke"]["href"]))
    assert goes_to(await admin.submit(asked, f"{path}/revoke-key")) == path
    assert (await server.manage("GET", "/oauth_clients", key=person.api_key)).status_code == 401
    assert goes_to(await admin.submit(await admin.get(path), f"{path}/end-session")) == path
    assert goes_to(await ben.get("/account/keys")).startswith("/sign-in")


async def test_an_api_key_makes_and_changes_no_users_and_no_keys(server: Server) -> None:
    ben = await server.make_colleague(BEN)
    for method, wire, body in (
        ("GET", "/users", None),
        ("POST", "/users", {"email": "eve@example.com"}),
        ("PUT", f"/users/{ben.user_id}", {"enabled": False}),
        ("POST", "/users/reset_password", {"user_id": ben.user_id}),
        ("POST", "/api_keys", {"name": "x", "capabilities": ["clients"]}),
        ("GET", "/api_keys", None),
        ("GET", "/sessions", None),
        ("POST", "/sessions/end_all", {}),
        ("POST", "/account/password", {"current_password": PASSWORD, "new_password": "another one"}),
    ):
        answer = await server.manage(method, wire, json=body)
        assert (answer.status_code, server.events[-1].reason) == (403, "capability_missing"), wire
