"""Refusals, asserted by class and reason code: the two by which logs, audit and documentation know them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import pytest

from grantwell.protocol.errors import OAuthError

Refusal = TypeVar("Refusal", bound=OAuthError)


class Refused(Generic[Refusal]):
    """Holds the refusal, once it has come."""

    error: Refusal


@contextmanager
def refused(kind: type[Refusal], reason: str) -> Iterator[Refused[Refusal]]:
    """What happens inside is refused, with exactly this class and reason."""
    found = Refused[Refusal]()
    with pytest.raises(kind) as caught:
        yield found
    assert type(caught.value) is kind
    assert caught.value.reason == reason
    found.error = caught.value


@contextmanager
def refused_without_consequence(kind: type[Refusal], reason: str) -> Iterator[Refused[Refusal]]:
    """The same, and nothing in the store changes for it."""
    with refused(kind, reason) as found:
        yield found
    assert found.error.changes == ()
