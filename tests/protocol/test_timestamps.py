from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from grantwell.protocol.timestamps import rfc3339


def test_a_time_is_written_in_utc() -> None:
    assert rfc3339(0) == "1970-01-01T00:00:00Z"
    assert rfc3339(1_800_000_000) == "2027-01-15T08:00:00Z"


@given(st.integers(0, 4_102_444_800))
def test_a_time_is_read_again_by_whoever_knows_rfc_3339(seconds: int) -> None:
    assert datetime.fromisoformat(rfc3339(seconds)) == datetime.fromtimestamp(seconds, UTC)
