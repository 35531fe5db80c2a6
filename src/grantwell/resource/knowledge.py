"""What is known of the authorization server, and when to ask it again. Plain values; times are seconds since 1970.

Keys are asked for anew shortly before their time is over, behind the back of the requests; a request waits only where
there is nothing good to go by. While the server is out of reach, what was known last is good for a bounded time.
"""

import re
from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from grantwell.resource.discovery import ServerDocuments
from grantwell.resource.public_keys import PublicKey, read_keys

# Between two attempts: an unknown key or an outage must not become a storm of requests to the server.
PAUSE_SECONDS = 10
# The same while nothing is known at all, and no request can be served.
FIRST_PAUSE_SECONDS = 1
DEFAULT_MAX_AGE = 300
LONGEST_MAX_AGE = 86400
# Of its time, after which what is known is refreshed ahead.
AGEING = 0.8

MAX_AGE = re.compile(r"(?:^|[\s,])max-age=\"?(\d{1,9})", re.IGNORECASE)
UNCACHED = re.compile("no-(?:store|cache)", re.IGNORECASE)

Step = Literal["use", "use_and_ask", "ask_and_wait", "give_up"]


class Knowledge(Struct, frozen=True):
    """What the server said last, and how the last attempt to ask it ended."""

    keys: Mapping[str, PublicKey] = msgspec.field(default_factory=dict)
    introspection_endpoint: str | None = None
    asked_at: float | None = None
    fresh_seconds: float = 0
    tried_at: float | None = None
    failed: bool = False


def next_step(known: Knowledge, now: float, outage_seconds: float, *, found: bool) -> Step:
    """What to do for a request that looks for something, which was `found` among what is known, or was not."""
    if not is_usable(known, now, outage_seconds):
        return "give_up" if _just_tried(known, now, FIRST_PAUSE_SECONDS) else "ask_and_wait"
    just_tried = _just_tried(known, now, PAUSE_SECONDS)
    if not found:
        return "give_up" if just_tried else "ask_and_wait"
    age = now - (known.asked_at or 0)
    if just_tried or 0 <= age < known.fresh_seconds * AGEING:
        return "use"
    # A key may have been withdrawn meanwhile: what is stale is not used while the server can be asked.
    if not 0 <= age < known.fresh_seconds and not known.failed:
        return "ask_and_wait"
    return "use_and_ask"


def is_usable(known: Knowledge, now: float, outage_seconds: float) -> bool:
    """Whether what is known may be gone by if the server cannot be asked."""
    return known.asked_at is not None and now < known.asked_at + known.fresh_seconds + outage_seconds


def _just_tried(known: Knowledge, now: float, pause: float) -> bool:
    # A clock that was set back must not stop the asking.
    return known.tried_at is not None and 0 <= now - known.tried_at < pause


def learned(known: Knowledge, documents: ServerDocuments, now: float) -> Knowledge | None:
    """What is known after the server has answered; None if that answer was of no use."""
    keys = known.keys if documents.jwks is None else read_keys(documents.jwks, known.keys)
    if keys is None:
        return None
    fresh = fresh_seconds(documents.cache_control, documents.age)
    return Knowledge(keys, documents.introspection_endpoint, now, fresh, now)


def failed(known: Knowledge, now: float) -> Knowledge:
    """What is known after an attempt in vain."""
    return msgspec.structs.replace(known, tried_at=now, failed=True)


def fresh_seconds(cache_control: str, age: str) -> float:
    """How long an answer is fresh (RFC 9111 section 4.2), between the pause and a day."""
    found = MAX_AGE.search(cache_control)
    lifetime = int(found[1]) if found is not None else DEFAULT_MAX_AGE
    if UNCACHED.search(cache_control):
        lifetime = 0
    spent = int(age) if age.isdecimal() else 0
    return min(max(lifetime - spent, PAUSE_SECONDS), LONGEST_MAX_AGE)
