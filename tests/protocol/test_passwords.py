from time import perf_counter

from grantwell.protocol.passwords import hash_password, matches_password

PASSWORD = "correct horse battery stäple"
STORED = hash_password(PASSWORD)


def test_a_password_matches_its_hash_and_no_other() -> None:
    assert matches_password(PASSWORD, STORED)
    assert not matches_password(PASSWORD + " ", STORED)
    assert not matches_password("", STORED)


def test_what_is_stored_is_argon2id_and_salted() -> None:
    assert STORED.startswith("$argon2id$")
    assert hash_password(PASSWORD) != STORED


def test_without_a_stored_password_nothing_matches() -> None:
    assert not matches_password(PASSWORD, None)
    assert not matches_password("nobody", None)


def test_a_damaged_hash_matches_nothing() -> None:
    assert not matches_password(PASSWORD, "not a hash")
    assert not matches_password(PASSWORD, STORED[:-4])


def test_whether_there_is_a_password_cannot_be_told_from_the_time_that_it_takes() -> None:
    matches_password(PASSWORD, None)

    def fastest(stored: str | None) -> float:
        times = []
        for _ in range(5):
            started = perf_counter()
            matches_password("wrong", stored)
            times.append(perf_counter() - started)
        return min(times)

    assert fastest(None) > fastest(STORED) / 3
