"""What the tally of requests comes to: every metric that is about requests is made of it, when somebody asks."""

from collections.abc import Iterable, Mapping

from grantwell.asgi.metrics import catalogue as the
from grantwell.asgi.metrics.catalogue import Samples, Values
from grantwell.asgi.tally import Kind

REPLAYED = {"code_replayed": "authorization_code", "refresh_token_replayed": "refresh_token"}
LIMITED = "limit_"
# Sign-ins have a queue besides their limits; when it is full, that is a limit too.
QUEUE_FULL = {"heavy_queue_full": "sign_in_queue"}


def of_requests(cells: Mapping[Kind, list[float]], grant_types: Iterable[str], limits: Iterable[str]) -> Values:
    """The metrics of all requests. What may happen seldom is there from the start, as 0.

    Otherwise its first occurrence would be no increase, and the alert for it would stay silent.
    """
    requests: Samples = {}
    durations: Samples = {}
    tokens: Samples = {(name,): [0] for name in grant_types}
    replays: Samples = {(name,): [0] for name in REPLAYED.values()}
    limited: Samples = {(name,): [0] for name in (*limits, *QUEUE_FULL.values())}
    for (operation, status, reason, grant_type), cell in cells.items():
        count, name = sum(cell[:-1]), operation or "none"
        _add(requests, (name, str(status), reason), [count])
        _add(durations, (name,), cell)
        if grant_type:
            _add(tokens, (grant_type,), [count])
        if reason in REPLAYED:
            _add(replays, (REPLAYED[reason],), [count])
        if limit := QUEUE_FULL.get(reason) or _limit(reason):
            _add(limited, (limit,), [count])
    return {
        the.REQUESTS.name: requests,
        the.DURATION.name: durations,
        the.TOKENS.name: tokens,
        the.REPLAYS.name: replays,
        the.RATE_LIMITED.name: limited,
    }


def _limit(reason: str) -> str:
    return reason.removeprefix(LIMITED) if reason.startswith(LIMITED) else ""


def _add(samples: Samples, labels: tuple[str, ...], numbers: list[float]) -> None:
    before = samples.get(labels)
    samples[labels] = [a + b for a, b in zip(before, numbers, strict=True)] if before else list(numbers)
