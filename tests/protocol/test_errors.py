import re
from inspect import getmembers, isclass

import pytest

from grantwell.protocol import authorization_errors, errors
from grantwell.protocol.errors import InvalidGrant, OAuthError, TooManyRequests

CLASSES = [
    found
    for module in (errors, authorization_errors)
    for _, found in getmembers(module, isclass)
    if issubclass(found, OAuthError) and found.__module__ == module.__name__ and "error" in vars(found)
]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_has_a_registered_code_and_a_status(kind: type[OAuthError]) -> None:
    assert re.fullmatch("[a-z_]+", kind.error)
    assert 400 <= kind.status <= 599


def test_the_list_of_errors_names_every_class_with_its_status() -> None:
    listed = dict(re.findall(r"^ {6}(\w+) +(\d{3})", errors.__doc__ or "", re.MULTILINE))
    here = {kind.__name__: str(kind.status) for kind in CLASSES if kind.__module__ == errors.__name__}
    assert listed == {name: status for name, status in here.items() if name != "OAuthError"}


def test_a_refusal_has_a_public_text_and_a_private_reason() -> None:
    refusal = InvalidGrant("it is over", reason="grant_expired")
    assert (str(refusal), refusal.description, refusal.reason) == ("it is over", "it is over", "grant_expired")
    assert (refusal.changes, refusal.problems) == ((), ())


@pytest.mark.parametrize(("asked", "said"), [(-5, 1), (0, 1), (1, 1), (60, 60), (61, 60), (3600, 60)])
def test_nobody_is_told_to_wait_longer_than_sdks_do(asked: int, said: int) -> None:
    assert TooManyRequests("wait", reason="limit", retry_after=asked).retry_after == said
