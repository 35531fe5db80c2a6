"""When the authorization server is asked, by plain values; and how long an answer is fresh."""

import pytest

from grantwell.resource.discovery import ServerDocuments
from grantwell.resource.knowledge import Knowledge, Step, failed, fresh_seconds, is_usable, learned, next_step

OUTAGE = 1000.0
NOTHING = Knowledge()
GOOD = Knowledge(asked_at=0, fresh_seconds=300, tried_at=0)


def missed(known: Knowledge, at: float) -> Knowledge:
    return failed(known, at)


@pytest.mark.parametrize(
    ("known", "now", "found", "step"),
    [
        pytest.param(NOTHING, 0, False, "ask_and_wait", id="nothing is known yet"),
        pytest.param(missed(NOTHING, 5), 5.9, False, "give_up", id="nothing, and just tried"),
        pytest.param(missed(NOTHING, 5), 6, False, "ask_and_wait", id="nothing, and tried a while ago"),
        pytest.param(GOOD, 239, True, "use", id="fresh"),
        pytest.param(GOOD, 240, True, "use_and_ask", id="ageing"),
        pytest.param(GOOD, 299, True, "use_and_ask", id="nearly stale"),
        pytest.param(GOOD, 300, True, "ask_and_wait", id="stale"),
        pytest.param(missed(GOOD, 240), 249, True, "use", id="ageing, and just tried in vain"),
        pytest.param(missed(GOOD, 295), 304, True, "use", id="stale, and just tried in vain"),
        pytest.param(missed(GOOD, 295), 305, True, "use_and_ask", id="an outage goes on"),
        pytest.param(missed(GOOD, 1200), 1299, True, "use_and_ask", id="a long outage"),
        pytest.param(missed(GOOD, 1200), 1300, True, "ask_and_wait", id="too long an outage"),
        pytest.param(missed(GOOD, 1299.5), 1300, True, "give_up", id="too long an outage, and just tried"),
        pytest.param(GOOD, 9, False, "give_up", id="an unknown key, and just asked"),
        pytest.param(GOOD, 10, False, "ask_and_wait", id="an unknown key"),
        pytest.param(missed(GOOD, 100), 109, False, "give_up", id="an unknown key in an outage"),
        pytest.param(GOOD, -50, True, "ask_and_wait", id="the clock was set back"),
    ],
)
def test_the_server_is_asked_when_there_is_nothing_better(
    known: Knowledge, now: float, found: bool, step: Step
) -> None:
    assert next_step(known, now, OUTAGE, found=found) == step


def test_what_is_known_is_usable_until_it_is_stale_and_an_outage_has_lasted_too_long() -> None:
    assert not is_usable(NOTHING, 0, OUTAGE)
    assert is_usable(GOOD, 1299, OUTAGE)
    assert not is_usable(GOOD, 1300, OUTAGE)


@pytest.mark.parametrize(
    ("cache_control", "age", "seconds"),
    [
        ("", "", 300),
        ("public, max-age=600", "", 600),
        ("public, max-age=600", "100", 500),
        ('MAX-AGE="600"', "", 600),
        ("s-maxage=9, max-age=600", "", 600),
        ("max-age=0", "", 10),
        ("max-age=600", "9999", 10),
        ("no-store, max-age=600", "", 10),
        ("private, no-cache", "", 10),
        ("max-age=999999999", "", 86400),
        ("max-age=600", "soon", 600),
        ("public", "", 300),
    ],
)
def test_an_answer_is_fresh_as_long_as_it_says_within_bounds(cache_control: str, age: str, seconds: float) -> None:
    assert fresh_seconds(cache_control, age) == seconds


@pytest.mark.parametrize("jwks", [[], "keys", {"keys": {}}, {"error": "x"}, {"keys": None}])
def test_what_is_no_key_set_teaches_nothing(jwks: object) -> None:
    assert learned(GOOD, ServerDocuments(jwks, None), 50) is None


def test_a_server_without_keys_is_believed() -> None:
    after = learned(GOOD, ServerDocuments({"keys": []}, None), 50)
    assert after is not None
    assert after.keys == {}
    assert not after.failed
