"""Codes and refresh tokens under every schedule that hypothesis finds: thieves, honest callers, and time."""

from typing import Literal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
)
from msgspec.structs import replace
from tests.support.callers import CREDENTIALS, WINDOW, Attempt, Book, World, parameters
from tests.support.values import CLIENT_SECRET, OTHER_SECRETS, SECRETS, a_form_call, finish

from grantwell.extensions.revocation import REVOKE_TOKEN
from grantwell.operations.token import EXCHANGE_TOKEN
from grantwell.protocol.changes import RevokeGrant
from grantwell.protocol.errors import InvalidClient, InvalidGrant
from grantwell.protocol.generated_secret import AUTHORIZATION_CODE, REFRESH_TOKEN, payload_of, with_checksum
from grantwell.protocol.lineage_token import read_lineage_token, write_lineage_token

Forgery = Literal["guess", "future", "moved", "disguised", "stranger", "secret", "verifier"]

PAUSES = st.one_of(st.integers(0, 59), st.sampled_from((60, 299, 599, 600, 601, 1800, 29 * 86400, 31 * 86400)))
SELDOM = st.integers(0, 5).map(lambda drawn: drawn == 5)
CLIENTS = st.sampled_from(sorted(CREDENTIALS))
SCHEDULES = st.lists(st.integers(0, 3), max_size=16)
FORGERIES = st.sampled_from(("guess", "future", "moved", "disguised", "stranger", "secret", "verifier"))


class Lineages(RuleBasedStateMachine):
    strings = Bundle("strings")
    attempts = Bundle("attempts")

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.checked: tuple[object, int] = (None, 0)

    # What callers do. Who got hold of a string, and how, does not matter: any may be presented, and many times.

    @rule(target=strings, client_id=CLIENTS, refreshes=st.integers(0, 4))
    def approve(self, client_id: str, refreshes: int) -> MultipleResults[str]:
        book = self.world.approve(client_id)
        for _ in range(refreshes):
            self.world.run(self.world.attempt(book.strings[-1]))
        return multiple(*book.strings)

    @precondition(lambda self: self.living(0))
    @rule(target=attempts, data=st.data(), ago=st.integers(0, 1))
    def present_the_head_or_its_predecessor(self, data: st.DataObject, ago: int) -> Attempt:
        book = data.draw(st.sampled_from(self.living(0)))
        return self.world.attempt(book.strings[max(0, book.head - ago)])

    @rule(target=attempts, text=strings)
    def present(self, text: str) -> Attempt:
        return self.world.attempt(text)

    @rule(target=strings, attempt=attempts)
    def one_step(self, attempt: Attempt) -> str | MultipleResults[str]:
        return self.world.step(attempt) or multiple()

    @rule(target=strings, attempt=attempts)
    def all_steps(self, attempt: Attempt) -> str | MultipleResults[str]:
        return self.world.run(attempt) or multiple()

    @rule(target=strings, text=strings)
    def present_and_wait_for_the_answer(self, text: str) -> str | MultipleResults[str]:
        return self.world.run(self.world.attempt(text)) or multiple()

    @precondition(lambda self: self.living(0))
    @rule(target=strings, data=st.data(), schedule=SCHEDULES)
    def several_present_at_once(self, data: st.DataObject, schedule: list[int]) -> MultipleResults[str]:
        """The head, most of them, and one whatever it has got hold of."""
        book = data.draw(st.sampled_from(self.living(0)))
        texts = [book.strings[-1]] * 3 + [data.draw(st.sampled_from(book.strings))]
        return multiple(*{found for _, found in self.world.race(texts, schedule) if found is not None})

    @rule(attempt=attempts)
    def lose(self, attempt: Attempt) -> None:
        """A process or connection dies: what was not applied never is, and what was is never answered."""
        attempt.phase = "lost"

    @rule(attempt=attempts)
    def lose_the_databases_answer(self, attempt: Attempt) -> None:
        """The server cannot know whether the change was made, and whoever waits for its answer still does."""
        self.world.lose_the_databases_answer(attempt)

    @rule(pause=PAUSES)
    def wait(self, pause: int) -> None:
        self.world.now += pause

    # What must come of it whenever it is tried.

    def living(self, least_head: int) -> list[Book]:
        return [
            book
            for book in self.world.books
            if not book.over and book.head >= least_head and book.head_lives(self.world.now)
        ]

    @precondition(lambda self: self.living(2))
    @rule(data=st.data(), age=st.integers(0, WINDOW - 1))
    def an_honest_retry_within_the_window_gets_the_same_successor(self, data: st.DataObject, age: int) -> None:
        book = data.draw(st.sampled_from(self.living(2)))
        self.world.now = max(self.world.now, book.born[-1] + age)
        if self.world.now >= book.born[-1] + WINDOW:
            return
        before = self.world.backend.tables
        assert self.world.run(self.world.attempt(book.strings[-2])) == book.strings[-1]
        assert self.world.backend.tables is before

    @precondition(lambda self: self.living(1))
    @rule(data=st.data())
    def a_second_holder_is_found_at_once_with_what_is_too_old(self, data: st.DataObject) -> None:
        book = data.draw(st.sampled_from(self.living(1)))
        number = data.draw(st.integers(0, book.head - 1))
        if 0 < number == book.head - 1:
            self.world.now = max(self.world.now, book.born[-1] + WINDOW)
        attempt = self.world.attempt(book.strings[number])
        self.world.run(attempt)
        assert attempt.error is not None
        assert attempt.error.reason == ("refresh_token_replayed" if number else "code_replayed")
        assert book.revoked
        self.check(book)

    @precondition(lambda self: self.world.books)
    @rule(data=st.data(), forgery=FORGERIES)
    def what_is_forged_or_foreign_changes_nothing(self, data: st.DataObject, forgery: Forgery) -> None:
        book = data.draw(st.sampled_from(self.world.books))
        text = data.draw(st.sampled_from(book.strings))
        before, context = self.world.backend.tables, self.world.context()
        request = EXCHANGE_TOKEN.read(a_form_call(self.forged(forgery, book, text)), context)
        facts = finish(EXCHANGE_TOKEN.load(self.world.backend, request, context))
        with pytest.raises((InvalidGrant, InvalidClient)) as caught:
            EXCHANGE_TOKEN.decide(request, facts, context)
        assert caught.value.changes == ()
        assert self.world.backend.tables is before

    def forged(self, forgery: Forgery, book: Book, text: str) -> dict[str, str]:
        presented = read_lineage_token(text)
        assert presented is not None
        lineage = self.world.backend.tables.lineages[presented.lineage_id]
        number, prefix = presented.number, REFRESH_TOKEN if presented.number else AUTHORIZATION_CODE
        payload = payload_of(prefix, text)
        assert payload is not None
        match forgery:
            case "guess":
                text = write_lineage_token(replace(lineage, salt="guess"), number, SECRETS.lineage)
            case "future":
                stolen = replace(lineage, key_id=OTHER_SECRETS.lineage.primary_id)
                text = write_lineage_token(stolen, book.head + 1, OTHER_SECRETS.lineage)
            case "moved":
                moved = payload[:16] + (number + 1).to_bytes(4) + payload[20:]
                text = with_checksum(REFRESH_TOKEN, moved)
            case "disguised":
                text = with_checksum(AUTHORIZATION_CODE if number else REFRESH_TOKEN, payload)
            case "stranger":
                return {**parameters(text, book.client_id), "client_id": "client-2", "client_secret": CLIENT_SECRET}
            case "secret":
                return {**parameters(text, book.client_id), "client_secret": "wrong"}
            case "verifier" if number == 0:
                return {**parameters(text, book.client_id), "code_verifier": "a" * 43}
            case "verifier":
                text = with_checksum(prefix, payload[:20] + bytes(32))
        return parameters(text, book.client_id)

    # What ends a lineage besides a replay.

    @rule(text=strings, seldom=SELDOM)
    def revoke_at_the_endpoint(self, text: str, seldom: bool) -> None:
        if seldom:
            self.revoke(text)

    @precondition(lambda self: self.living(1))
    @rule(data=st.data(), seldom=SELDOM)
    def a_revocation_between_decision_and_effect_wins(self, data: st.DataObject, seldom: bool) -> None:
        if not seldom:
            return
        book = data.draw(st.sampled_from(self.living(1)))
        attempt = self.world.attempt(book.strings[-1])
        for _ in ("load", "decide"):
            self.world.step(attempt)
        assert attempt.verdict == "advance"
        self.revoke(book.strings[-1])
        self.world.run(attempt)
        assert attempt.error is not None
        assert attempt.error.reason == "lineage_revoked"

    def revoke(self, text: str) -> None:
        book, context = self.world.book_of(text), self.world.context()
        request = REVOKE_TOKEN.read(a_form_call({**CREDENTIALS[book.client_id], "token": text}), context)
        facts = finish(REVOKE_TOKEN.load(self.world.backend, request, context))
        finish(self.world.backend.apply(REVOKE_TOKEN.decide(request, facts, context).changes))
        # A code is not what that endpoint is for.
        if text.startswith(REFRESH_TOKEN):
            book.revoke()

    @rule(client_id=CLIENTS, seldom=SELDOM)
    def revoke_the_grant(self, client_id: str, seldom: bool) -> None:
        if not seldom:
            return
        grants = [grant for grant in self.world.backend.tables.grants.values() if grant.client_id == client_id]
        finish(self.world.backend.apply([RevokeGrant(grant.grant_id, self.world.now) for grant in grants]))
        for book in self.world.books:
            book.over = book.over or book.client_id == client_id

    # What holds at every moment.

    @invariant()
    def a_code_is_redeemed_at_most_once(self) -> None:
        assert all(book.redeemed <= 1 for book in self.world.books)

    @invariant()
    def there_is_at_most_one_live_head_and_nothing_of_what_is_over_works(self) -> None:
        tables, now = self.checked
        if tables is self.world.backend.tables and now == self.world.now:
            return
        self.checked = self.world.backend.tables, self.world.now
        for book in self.world.books:
            self.check(book)

    def check(self, book: Book) -> None:
        verdicts = [self.world.verdict_now(text) for text in book.strings]
        lives = not book.over and book.head_lives(self.world.now)
        assert [number for number, verdict in enumerate(verdicts) if verdict == "advance"] == [book.head] * lives
        assert verdicts.count("repeat") <= lives
        if book.over:
            assert None not in [self.world.refusal_of(said) for said in book.tokens]

    @invariant()
    def whatever_was_issued_works_until_it_expires(self) -> None:
        for book in self.world.books:
            living = [said for said in book.tokens[-2:] if not book.over and self.world.now < said.exp]
            assert {self.world.refusal_of(said) for said in living} <= {None}


TestLineages = Lineages.TestCase
