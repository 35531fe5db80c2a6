"""How tests ask whether a token is admitted, and for the reason of a refusal."""

from collections.abc import Collection

import pytest

from grantwell.resource import ProtectedResource, TokenRefused


def refusal_of(resource: ProtectedResource, token: str, scopes: Collection[str] = ()) -> TokenRefused:
    with pytest.raises(TokenRefused) as refused:
        resource.verify(token, scopes)
    return refused.value


def reason_of(resource: ProtectedResource, token: str, scopes: Collection[str] = ()) -> str:
    return refusal_of(resource, token, scopes).reason


def admits(resource: ProtectedResource, token: str, scopes: Collection[str] = ()) -> bool:
    return resource.verify(token, scopes) is not None
