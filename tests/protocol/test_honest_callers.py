"""One client on a bad line: several tabs, lost answers, dying processes. It is never taken for a thief.

Not even where the server is on a bad line to its database, too. What is asked of the client is what the documentation
says. After an answer was lost it asks again within the window, and it begins no further refresh while one of the token
before is still on its way.
"""

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.support.callers import WINDOW, Attempt, World


class HonestTabs(RuleBasedStateMachine):
    attempts = Bundle("attempts")

    @initialize(client_id=st.sampled_from(("client-1", "public-1")), lost=st.integers(0, 2))
    def sign_in(self, client_id: str, lost: int) -> None:
        self.world = World()
        attempt = self.world.attempt(self.world.approve(client_id).strings[0])
        for _ in range(lost):
            self.world.lose_the_databases_answer(attempt)
        first = self.world.run(attempt)
        assert first is not None
        self.token = first
        self.number = 1
        self.begun: list[Attempt] = []

    def settled(self) -> bool:
        """Nothing is on its way, and the client holds the head."""
        book = self.world.books[0]
        return self.token == book.strings[-1] and not any(attempt.under_way for attempt in self.begun)

    def may_begin(self) -> bool:
        return not any(attempt.under_way and attempt.number < self.number for attempt in self.begun)

    @precondition(lambda self: self.may_begin())
    @rule(target=attempts)
    def refresh(self) -> Attempt:
        attempt = self.world.attempt(self.token)
        self.begun.append(attempt)
        return attempt

    @rule(attempt=attempts)
    def one_step(self, attempt: Attempt) -> None:
        self.answered(attempt, self.world.step(attempt))

    @rule(attempt=attempts)
    def all_steps(self, attempt: Attempt) -> None:
        self.answered(attempt, self.world.run(attempt))

    @precondition(lambda self: self.may_begin())
    @rule(schedule=st.lists(st.integers(0, 3), max_size=16))
    def several_tabs_refresh_at_once(self, schedule: list[int]) -> None:
        for attempt, text in self.world.race([self.token] * 4, schedule):
            self.begun.append(attempt)
            self.answered(attempt, text)

    def answered(self, attempt: Attempt, text: str | None) -> None:
        if text is not None and attempt.number >= self.number:
            self.token, self.number = text, attempt.number + 1

    @rule(attempt=attempts)
    def lose_the_databases_answer(self, attempt: Attempt) -> None:
        self.world.lose_the_databases_answer(attempt)

    @rule(attempt=attempts)
    def lose(self, attempt: Attempt) -> None:
        if attempt.under_way:
            attempt.phase = "lost"

    @rule(pause=st.sampled_from((1, 60, 299, 599, 600, 1800, 86400, 29 * 86400)))
    def wait(self, pause: int) -> None:
        oldest = min([self.world.books[0].born[-1], *(each.context.now for each in self.begun if each.under_way)])
        if self.settled() or self.world.now + pause < oldest + WINDOW:
            self.world.now += pause

    @precondition(lambda self: self.settled())
    @rule(months=st.integers(1, 4))
    def come_back_every_month(self, months: int) -> None:
        for _ in range(months):
            self.world.now += 29 * 86400
            attempt = self.world.attempt(self.token)
            self.begun.append(attempt)
            self.answered(attempt, self.world.run(attempt))

    @invariant()
    def after_the_absolute_end_the_person_is_asked_again(self) -> None:
        if not self.world.books[0].head_lives(self.world.now):
            assert self.world.verdict_now(self.token) == "refuse"

    @invariant()
    def the_client_is_never_refused_before_the_absolute_end(self) -> None:
        book = self.world.books[0]
        if book.head_lives(self.world.now):
            assert not book.over
            assert self.world.verdict_now(self.token) in ("advance", "repeat")
        for attempt in self.begun:
            if attempt.error is not None:
                assert attempt.error.reason == "grant_expired"

    @precondition(lambda self: self.may_begin() and self.world.books[0].head_lives(self.world.now))
    @rule()
    def whoever_asks_again_gets_an_answer(self) -> None:
        attempt = self.world.attempt(self.token)
        self.answered(attempt, self.world.run(attempt))
        assert attempt.outcome is not None


TestHonestTabs = HonestTabs.TestCase
