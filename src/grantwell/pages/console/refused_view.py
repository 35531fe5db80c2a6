"""What a page says of a refused request: the story, with what differs cut out so that it can be marked."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Marked:
    """A text in three parts, of which the middle one is to be marked; that is empty where the text ends too early."""

    before: str
    marked: str
    after: str


@dataclass(frozen=True, slots=True)
class Beside:
    """A registered redirect URI and the sent one, each with its first character that differs; `hints` say what does."""

    sent: Marked
    registered: Marked
    position: int
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """A refused request. `registered` is None where no redirect URI was sent, or its client is not known."""

    reference: str
    created_at: str
    operation: str
    client_id: str
    client_name: str
    error: str
    description: str
    redirect_uri: str
    registered: bool | None
    beside: tuple[Beside, ...]
    sent: tuple[tuple[str, str], ...]


def story_of(told: dict[str, Any]) -> Story:
    """The story, made of the server's answer."""
    uri = told["redirect_uri"] or ""
    return Story(
        told["reference"],
        told["created_at"],
        told["operation"],
        told["client_id"] or "",
        told["client_name"] or "",
        told["error"],
        told["description"],
        uri,
        told["redirect_uri_registered"],
        tuple(_beside(uri, each) for each in told["registered"] if each["differs_at"] is not None),
        tuple((each["name"], each["value"]) for each in told["sent"]),
    )


def _beside(sent: str, registered: dict[str, Any]) -> Beside:
    at = registered["differs_at"]
    return Beside(_mark(sent, at), _mark(registered["uri"], at), at + 1, tuple(registered["hints"]))


def _mark(text: str, at: int) -> Marked:
    return Marked(text[:at], text[at : at + 1], text[at + 1 :])
