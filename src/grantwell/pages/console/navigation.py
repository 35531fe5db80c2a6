"""The sections of the console, in the order in which they stand beside every page."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """One entry. Its text is `console.<key>`; a section `for_admins` is not offered to others."""

    key: str
    path: str
    for_admins: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Sections under one heading, whose text is `console.<key>`."""

    key: str
    sections: tuple[Section, ...]


ACCOUNT = Group(
    "account",
    (
        Section("apps", "/account/apps"),
        Section("sessions", "/account/sessions"),
        Section("password", "/account/password"),
        Section("keys", "/account/keys"),
    ),
)
ORGANIZATION = Group(
    "organization",
    (
        Section("clients", "/console/clients"),
        Section("playground", "/console/playground"),
        Section("errors", "/console/errors"),
        Section("users", "/console/users", for_admins=True),
        Section("signing_keys", "/console/signing-keys", for_admins=True),
        Section("audit", "/console/audit", for_admins=True),
        Section("numbers", "/console/numbers", for_admins=True),
    ),
)
GROUPS = (ACCOUNT, ORGANIZATION)


def groups_for(*, is_admin: bool, paths: Iterable[str]) -> tuple[Group, ...]:
    """What somebody is offered: the sections that are for them, and whose pages there are."""
    there = frozenset(paths)
    offered = (Group(group.key, tuple(_offered(group, there, is_admin=is_admin))) for group in GROUPS)
    return tuple(group for group in offered if group.sections)


def _offered(group: Group, there: frozenset[str], *, is_admin: bool) -> Iterable[Section]:
    return (each for each in group.sections if each.path in there and (is_admin or not each.for_admins))


def section_of(path: str) -> Section | None:
    """The section that a path lies in."""
    sections = (section for group in GROUPS for section in group.sections)
    return next((each for each in sections if path == each.path or path.startswith(f"{each.path}/")), None)
