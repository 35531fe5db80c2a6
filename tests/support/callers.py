"""Callers of the token endpoint whose requests go in separate steps, and books about the lineages that they use.

A request is read, loaded, decided, applied and answered; between any two steps those of others may come, or the caller
may be lost. A conflict sends it back to loading, as the driver does, and so does a database whose answer was lost. The
books are kept from what was applied, never from what the server remembers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.support.values import (
    CALLBACK,
    CLIENT_SECRET,
    NOW,
    PUBLIC_CALLBACK,
    VERIFIER,
    Entropy,
    a_caller,
    a_client,
    a_consent_request,
    a_context,
    a_form_call,
    a_public_client,
    a_user,
    an_access_token,
    finish,
)

from grantwell.operations.grants import CREATE_GRANT, DecisionRequest
from grantwell.operations.token import EXCHANGE_TOKEN
from grantwell.protocol.access_token import AccessTokenClaims, read_access_token
from grantwell.protocol.changes import Change
from grantwell.protocol.context import Context
from grantwell.protocol.errors import InvalidGrant
from grantwell.protocol.generated_secret import AUTHORIZATION_CODE
from grantwell.protocol.lineage_token import read_lineage_token
from grantwell.protocol.live_token import refuse_token
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.store import Conflict
from grantwell.protocol.token_request import TokenRequest
from grantwell.storage.dictionary import DictionaryBackend

# Presenting a string makes its successor the head, gets the successor that is the head already, gets nothing, or ends
# the lineage.
Verdict = Literal["advance", "repeat", "refuse", "end"]

WINDOW, CODE_SECONDS, HEAD_SECONDS, LINEAGE_SECONDS = 600, 60, 30 * 86400, 90 * 86400
CREDENTIALS = {
    "client-1": {"client_id": "client-1", "client_secret": CLIENT_SECRET},
    "public-1": {"client_id": "public-1"},
}
CALLBACKS = {"client-1": CALLBACK, "public-1": PUBLIC_CALLBACK}


@dataclass
class Book:
    """What is known of one lineage: each number's string, when it came to be, and which request brought it.

    Nothing works any more when it is `over`; when it is `revoked`, a further replay has nothing left to end either.
    """

    client_id: str
    strings: list[str]
    born: list[int]
    brought_by: list[str] = field(default_factory=lambda: [""])
    redeemed: int = 0
    over: bool = False
    revoked: bool = False
    tokens: list[AccessTokenClaims] = field(default_factory=list)

    @property
    def head(self) -> int:
        return len(self.strings) - 1

    def head_lives(self, now: int) -> bool:
        if self.head == 0:
            return now < self.born[0] + CODE_SECONDS
        return now < min(self.born[-1] + HEAD_SECONDS, self.born[0] + LINEAGE_SECONDS)

    def expected(self, number: int, now: int, request_id: str) -> Verdict:
        """What must come of presenting the string of that number."""
        usable = not self.over and self.head_lives(now)
        if number == self.head:
            return "advance" if usable else "refuse"
        in_time = number > 0 and now < self.born[-1] + WINDOW
        if number == self.head - 1 and (in_time or self.brought_by[-1] == request_id):
            return "repeat" if usable else "refuse"
        return "refuse" if self.revoked else "end"

    def revoke(self) -> None:
        self.over = self.revoked = True


@dataclass
class Attempt:
    """One caller's request, somewhere on its way."""

    book: Book
    number: int
    request: TokenRequest
    context: Context
    phase: Literal["load", "decide", "apply", "answer", "over", "lost"] = "load"
    facts: Any = None
    expected: Verdict = "refuse"
    outcome: Outcome | None = None
    error: InvalidGrant | None = None

    @property
    def changes(self) -> Sequence[Change]:
        found = self.outcome or self.error
        assert found is not None
        return found.changes

    @property
    def verdict(self) -> Verdict:
        if self.outcome is not None:
            return "advance" if self.changes else "repeat"
        return "end" if self.changes else "refuse"

    @property
    def under_way(self) -> bool:
        return self.phase not in ("over", "lost")

    def successor(self) -> str:
        """The refresh token of the answer."""
        assert self.outcome is not None
        assert callable(self.outcome.reply)
        found: str = self.outcome.reply("signed").body.refresh_token
        return found


class World:
    """A store with two clients and a user, a clock, and whatever the user has approved."""

    def __init__(self) -> None:
        self.backend = DictionaryBackend()
        self.now = NOW
        self.books: list[Book] = []
        self._entropy = Entropy()
        clients = (a_client(), a_public_client(), a_client(client_id="client-2"))
        self.backend.tables.clients = {client.client_id: client for client in clients}
        self.backend.tables.users["user-1"] = a_user()

    def context(self) -> Context:
        request_id = self._entropy(12).hex()
        return a_context(now=self.now, entropy=self._entropy, caller=a_caller(), request_id=request_id)

    def approve(self, client_id: str) -> Book:
        """The user allows what a client asks; the client gets a code."""
        context, client = self.context(), self.backend.tables.clients[client_id]
        asked = a_consent_request(
            client, consent_id=f"consent-{len(self.books)}", issued_at=self.now, expires_at=self.now + 600
        )
        request = DecisionRequest(True, asked)
        outcome = CREATE_GRANT.decide(request, finish(CREATE_GRANT.load(self.backend, request, context)), context)
        finish(self.backend.apply(outcome.changes))
        assert isinstance(outcome.reply, Reply)
        code: str = outcome.reply.body.redirect_uri.partition("code=")[2].partition("&")[0]
        self.books.append(Book(client_id, [code], [self.now]))
        return self.books[-1]

    def book_of(self, text: str) -> Book:
        (book,) = (book for book in self.books if text in book.strings)
        return book

    def attempt(self, text: str) -> Attempt:
        """A request of the right client with the right proof, read and not yet loaded."""
        book, presented = self.book_of(text), read_lineage_token(text)
        assert presented is not None
        request = EXCHANGE_TOKEN.read(a_form_call(parameters(text, book.client_id)), self.context())
        return Attempt(book, presented.number, request, self.context())

    def race(self, texts: Sequence[str], schedule: Sequence[int]) -> Iterator[tuple[Attempt, str | None]]:
        """A request with each string at once, in the order of a schedule, and then each to its end."""
        attempts = [self.attempt(text) for text in texts]
        for number in schedule:
            yield attempts[number], self.step(attempts[number])
        for attempt in attempts:
            yield attempt, self.run(attempt)

    def run(self, attempt: Attempt) -> str | None:
        """Take all the steps that are left. The refresh token that came of it."""
        found = None
        while attempt.under_way:
            found = self.step(attempt)
        return found

    def step(self, attempt: Attempt) -> str | None:
        """Take one step. At the last one, the refresh token that came of it."""
        match attempt.phase:
            case "load":
                attempt.facts = finish(EXCHANGE_TOKEN.load(self.backend, attempt.request, attempt.context))
                attempt.expected = attempt.book.expected(
                    attempt.number, attempt.context.now, attempt.context.request_id
                )
                attempt.phase = "decide"
            case "decide":
                decide(attempt)
                assert attempt.verdict == attempt.expected
                attempt.phase = "apply"
            case "apply":
                attempt.phase = self._apply(attempt)
            case "answer":
                attempt.phase = "over"
                return answered(attempt) if attempt.outcome else None
        return None

    def lose_the_databases_answer(self, attempt: Attempt) -> None:
        """Go on until the change is made, or not, and nobody knows which."""
        while attempt.phase in ("load", "decide"):
            self.step(attempt)
        if attempt.phase == "apply":
            self._apply(attempt)
            attempt.phase = "load"

    def _apply(self, attempt: Attempt) -> Literal["load", "answer"]:
        try:
            if attempt.changes:
                finish(self.backend.apply(attempt.changes))
        except Conflict:
            return "load"
        book = attempt.book
        if attempt.verdict == "advance":
            # Whoever decided before a revocation finds its change refused after it.
            assert not book.revoked
            book.redeemed += attempt.number == 0
            book.strings.append(attempt.successor())
            book.born.append(attempt.context.now)
            book.brought_by.append(attempt.context.request_id)
        if attempt.verdict == "end":
            book.revoke()
        return "answer"

    def verdict_now(self, text: str) -> Verdict:
        """What would come of presenting a string at this moment, without its effect."""
        attempt = self.attempt(text)
        attempt.facts = finish(EXCHANGE_TOKEN.load(self.backend, attempt.request, attempt.context))
        decide(attempt)
        return attempt.verdict

    def refusal_of(self, said: AccessTokenClaims) -> str | None:
        """Why an issued access token is not live now; None if it is."""
        token = read_access_token(an_access_token(said))
        assert token is not None
        facts = finish(self.backend.token(said.client_id, said.sub, said.lineage, said.sid, said.jti))
        return refuse_token(token, facts, self.context())


def decide(attempt: Attempt) -> None:
    attempt.outcome = attempt.error = None
    try:
        attempt.outcome = EXCHANGE_TOKEN.decide(attempt.request, attempt.facts, attempt.context)
    except InvalidGrant as error:
        attempt.error = error


def answered(attempt: Attempt) -> str:
    assert attempt.outcome is not None
    assert isinstance(attempt.outcome.unsealed, AccessTokenClaims)
    attempt.book.tokens.append(attempt.outcome.unsealed)
    # Whoever presents one string always gets one and the same successor.
    assert attempt.successor() == attempt.book.strings[attempt.number + 1]
    return attempt.successor()


def parameters(text: str, client_id: str) -> dict[str, str]:
    """What the right client sends with a string."""
    if text.startswith(AUTHORIZATION_CODE):
        proof = {"redirect_uri": CALLBACKS[client_id], "code_verifier": VERIFIER}
        return {**CREDENTIALS[client_id], **proof, "grant_type": "authorization_code", "code": text}
    return {**CREDENTIALS[client_id], "grant_type": "refresh_token", "refresh_token": text}
