"""Every metric, in one list: what is not in it is not exposed, and dashboard, alerts and docs are held to it.

Labels have few values, all of them ours: ids of operations, reason codes, statuses. Never a client or a path.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from grantwell.protocol.numbers import DURATIONS

# Of each metric, by the values of its labels: one number, or a histogram's (a count for each bound, the count of those
# above, and the sum).
Samples: TypeAlias = dict[tuple[str, ...], list[float]]
Values: TypeAlias = dict[str, Samples]


class Metric(Struct, frozen=True):
    """One metric. `merge` says what several processes come to together; `bounds` are a histogram's."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    merge: Literal["sum", "max", "min"] = "sum"
    bounds: tuple[float, ...] = ()


SECONDS = DURATIONS
GROUP_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 500)

REQUESTS = Metric(
    "grantwell_requests_total",
    "counter",
    "Requests by operation, HTTP status and reason code; the reason is empty unless something was refused.",
    ("operation", "status", "reason"),
)
DURATION = Metric(
    "grantwell_request_duration_seconds",
    "histogram",
    "How long answers took.",
    ("operation",),
    bounds=SECONDS,
)
TOKENS = Metric("grantwell_tokens_issued_total", "counter", "Access tokens issued, by grant type.", ("grant_type",))
REPLAYS = Metric(
    "grantwell_replays_total",
    "counter",
    "Codes and refresh tokens that were presented again, which ended their lineages.",
    ("credential",),
)
RATE_LIMITED = Metric("grantwell_rate_limited_total", "counter", "Requests refused by a rate limit.", ("limit",))
CONFLICTS = Metric(
    "grantwell_conflicts_total",
    "counter",
    "Lost races that were settled by loading and deciding again.",
    ("operation",),
)
WRITER_WAITING = Metric("grantwell_writer_waiting", "gauge", "Changes that wait for the SQLite writer.")
WRITER_GROUPS = Metric(
    "grantwell_writer_group_size",
    "histogram",
    "How many callers' changes the SQLite writer commits in one transaction.",
    bounds=GROUP_SIZES,
)
WRITER_BUSY = Metric(
    "grantwell_writer_busy_seconds_total", "counter", "Time that the SQLite writer has spent in transactions."
)
POOL_CONNECTIONS = Metric("grantwell_pool_connections", "gauge", "Open connections to PostgreSQL.", ("state",))
POOL_LIMIT = Metric("grantwell_pool_connections_limit", "gauge", "How many connections there may be.")
POOL_WAITING = Metric("grantwell_pool_waiting", "gauge", "Callers that wait for a connection to PostgreSQL.")
POOL_WAITS = Metric("grantwell_pool_waits_total", "counter", "How often a caller had to wait for a connection.")
POOL_WAIT_SECONDS = Metric("grantwell_pool_wait_seconds_total", "counter", "How long callers waited for connections.")
BACKGROUND_RUNS = Metric(
    "grantwell_background_runs_total",
    "counter",
    "Runs of background jobs: done, postponed because the database could not answer, or failed.",
    ("task", "result"),
)
BACKGROUND_SECONDS = Metric(
    "grantwell_background_seconds_total", "counter", "How long background jobs took.", ("task",)
)
BACKGROUND_LAG = Metric(
    "grantwell_background_lag_seconds",
    "gauge",
    "How much later than planned a job's last run began, in the process that is worst off.",
    ("task",),
    merge="max",
)
BACKGROUND_SUCCESS = Metric(
    "grantwell_background_last_success_timestamp_seconds",
    "gauge",
    "When a job last succeeded (or its process started), in the process that is worst off.",
    ("task",),
    merge="min",
)
ROWS_REMOVED = Metric("grantwell_rows_removed_total", "counter", "Expired rows that clean-up deleted.", ("table",))
SIGNING_KEYS = Metric(
    "grantwell_signing_keys",
    "gauge",
    "Published signing keys: the next one, the one that signs, and those that only verify.",
    ("state",),
    merge="max",
)
KEY_AGE = Metric(
    "grantwell_signing_key_age_seconds", "gauge", "For how long the key that signs has been signing.", merge="max"
)
KEY_ROTATION = Metric(
    "grantwell_signing_key_rotation_seconds", "gauge", "After how long a signing key is replaced.", merge="max"
)
LOOP_LAG = Metric(
    "grantwell_loop_lag_seconds",
    "gauge",
    "By how much the event loop was late, at worst, within the last 15 seconds.",
    merge="max",
)
LINES_LOST = Metric("grantwell_log_lines_lost_total", "counter", "Lines of the access log that could not be written.")
CPU = Metric("grantwell_cpu_seconds_total", "counter", "CPU time of all processes.")
MEMORY = Metric("grantwell_resident_memory_bytes", "gauge", "Resident memory of all processes together (Linux).")
PROCESSES = Metric("grantwell_processes", "gauge", "Serving processes.")
STARTS = Metric("grantwell_process_starts_total", "counter", "Serving processes started since the server was.")
BUILD = Metric("grantwell_build_info", "gauge", "Always 1.", ("version", "python", "database"), merge="max")

METRICS: tuple[Metric, ...] = (
    *(REQUESTS, DURATION, TOKENS, REPLAYS, RATE_LIMITED, CONFLICTS),
    *(WRITER_WAITING, WRITER_GROUPS, WRITER_BUSY),
    *(POOL_CONNECTIONS, POOL_LIMIT, POOL_WAITING, POOL_WAITS, POOL_WAIT_SECONDS),
    *(BACKGROUND_RUNS, BACKGROUND_SECONDS, BACKGROUND_LAG, BACKGROUND_SUCCESS, ROWS_REMOVED),
    *(SIGNING_KEYS, KEY_AGE, KEY_ROTATION),
    *(LOOP_LAG, LINES_LOST, CPU, MEMORY, PROCESSES, STARTS, BUILD),
)
BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}
