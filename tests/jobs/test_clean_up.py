"""What clean-up forgets, shown by what the store still knows afterwards."""

from msgspec.structs import replace
from tests.support.values import (
    NOW,
    a_client,
    a_grant,
    a_lineage,
    a_refreshed_lineage,
    a_self_registered_client,
    a_session,
    finish,
)

from grantwell.jobs.clean_up import BATCH, plan_clean_up
from grantwell.protocol.key_life import MARGIN_SECONDS
from grantwell.protocol.records import AuditEvent, ConsentDecision
from grantwell.storage.dictionary import DictionaryBackend

TOKEN_SECONDS, LINEAGE_SECONDS, REAP_SECONDS, AUDIT_SECONDS = 1800, 90 * 86400, 86400, 400 * 86400


def clean_up(backend: DictionaryBackend, now: int) -> None:
    plan = plan_clean_up(
        now,
        token_seconds=TOKEN_SECONDS,
        lineage_seconds=LINEAGE_SECONDS,
        reap_seconds=REAP_SECONDS,
        audit_seconds=AUDIT_SECONDS,
    )
    assert {change.limit for change in plan} == {BATCH}
    finish(backend.apply(plan))


def last_moment(backend: DictionaryBackend, table: str, key: str, around: int) -> int:
    """The last second after which clean-up still leaves a row."""
    kept = around
    for step in (10**6, 10**5, 10**4, 1000, 100, 10, 1):
        while True:
            tried = DictionaryBackend()
            tried.tables = backend.tables.copy()
            clean_up(tried, kept + step)
            if key not in getattr(tried.tables, table):
                break
            kept += step
    return kept


def test_a_decision_is_remembered_until_no_process_can_still_believe_its_token() -> None:
    backend = DictionaryBackend()
    backend.tables.consent_decisions["c"] = ConsentDecision("c", "u", "client-1", True, None, NOW, NOW + 600)
    assert last_moment(backend, "consent_decisions", "c", NOW) == NOW + 600 + MARGIN_SECONDS


def test_a_revoked_token_is_remembered_until_no_process_can_still_believe_it() -> None:
    backend = DictionaryBackend()
    backend.tables.revoked_tokens["jti"] = NOW + 1800
    assert last_moment(backend, "revoked_tokens", "jti", NOW) == NOW + 1800 + MARGIN_SECONDS


def test_a_session_outlives_its_last_token() -> None:
    backend = DictionaryBackend()
    backend.tables.sessions["session-1"] = a_session(expires_at=NOW)
    assert last_moment(backend, "sessions", "session-1", NOW) == NOW + TOKEN_SECONDS


def test_a_code_that_nobody_redeemed_goes_soon() -> None:
    backend = DictionaryBackend()
    backend.tables.lineages["l"] = a_lineage(expires_at=NOW)
    assert last_moment(backend, "lineages", "l", NOW) == NOW + TOKEN_SECONDS


def test_what_was_redeemed_stays_to_its_absolute_end_so_that_late_replays_are_recognised() -> None:
    backend = DictionaryBackend()
    backend.tables.lineages["l"] = a_refreshed_lineage(expires_at=NOW, ends_at=NOW + 10**6)
    assert last_moment(backend, "lineages", "l", NOW + 10**6) == NOW + 10**6 + TOKEN_SECONDS


def test_a_revoked_grant_goes_once_no_lineage_stands_on_it() -> None:
    backend = DictionaryBackend()
    backend.tables.grants["grant-1"] = a_grant(revoked_at=NOW)
    assert last_moment(backend, "grants", "grant-1", NOW) == NOW + LINEAGE_SECONDS
    ends_at = NOW + 2 * LINEAGE_SECONDS
    backend.tables.lineages["l"] = a_refreshed_lineage(ends_at=ends_at)
    assert last_moment(backend, "grants", "grant-1", NOW) == ends_at + TOKEN_SECONDS


def test_a_living_grant_stays() -> None:
    backend = DictionaryBackend()
    backend.tables.grants["grant-1"] = a_grant()
    clean_up(backend, NOW + 10**9)
    assert "grant-1" in backend.tables.grants


def test_a_self_registered_client_that_nobody_ever_authorized_is_reaped_by_age() -> None:
    backend = DictionaryBackend()
    backend.tables.clients["r"] = a_self_registered_client(created_at=NOW)
    assert last_moment(backend, "clients", "r", NOW) == NOW + REAP_SECONDS


def test_every_other_client_stays() -> None:
    backend = DictionaryBackend()
    reapable = a_self_registered_client()
    kept = {
        "authorized": replace(reapable, authorized_at=NOW),
        "of an organization": a_client(),
        "registered with an API key": replace(reapable, origin="management", org_id="org-1"),
    }
    backend.tables.clients = dict(kept)
    clean_up(backend, NOW + 10**9)
    assert backend.tables.clients == kept


def test_a_batch_is_bounded() -> None:
    backend = DictionaryBackend()
    backend.tables.revoked_tokens = {str(number): number for number in range(BATCH + 7)}
    clean_up(backend, NOW)
    assert backend.tables.revoked_tokens == {str(number): number for number in range(BATCH, BATCH + 7)}
    clean_up(backend, NOW)
    assert backend.tables.revoked_tokens == {}


def test_an_event_is_kept_as_long_as_the_settings_say() -> None:
    backend = DictionaryBackend()
    backend.tables.audit_events["e"] = AuditEvent("e", NOW, "user.signed_in", *[""] * 8)
    assert last_moment(backend, "audit_events", "e", NOW) == NOW + AUDIT_SECONDS


def test_the_audit_log_is_kept_for_ever_where_that_is_asked_for() -> None:
    plan = plan_clean_up(NOW, token_seconds=1, lineage_seconds=1, reap_seconds=1, audit_seconds=0)
    assert "audit_events" not in {change.table for change in plan}
