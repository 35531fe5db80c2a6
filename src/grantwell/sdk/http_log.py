"""httpx logs the address of every request, at level INFO. Some of ours hold what no log may: it is taken out."""

from __future__ import annotations

import logging
import re
from typing import Any

# Values of a query by their names, and what stands in a path in place of a consent token.
SECRETS = re.compile(
    r"(?<=[?&])(state|code|code_challenge|consent_token|token)=[^&#\s]*|(?<=/oauth/consent/)[^/?#\s]+", re.IGNORECASE
)


def redacted(value: Any) -> Any:
    """An address, or whatever else a line of the log is made of, without secrets."""
    if isinstance(value, int | float):
        return value
    return SECRETS.sub(lambda found: f"{found[1]}=..." if found[1] else "...", str(value))


def redact(record: logging.LogRecord) -> bool:
    """A filter that lets every record pass, without the secrets in addresses."""
    if isinstance(record.args, tuple):
        record.args = tuple(redacted(each) for each in record.args)
    return True


def keep_secrets_out() -> None:
    """Has httpx's log redacted from now on. To do it again changes nothing."""
    logging.getLogger("httpx").addFilter(redact)
