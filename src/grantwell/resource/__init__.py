"""For whoever protects an API or MCP server with the tokens of a Grantwell server: verifies them, and says why not.

    from grantwell.resource import ProtectedResource, TokenRefused

    api = ProtectedResource("https://api.example.com", issuer="https://auth.example.com")
    token = api.verify(bearer, scopes=["orders:read"])

`asgi`, `fastapi`, `flask`, `django` and `mcp` below put it in front of an application; each needs its framework.
"""

from grantwell.resource.access_token import AccessToken
from grantwell.resource.bearer import read_bearer
from grantwell.resource.introspection import Introspection
from grantwell.resource.protected_resource import ProtectedResource
from grantwell.resource.refusals import TokenRefused

__all__ = ["AccessToken", "Introspection", "ProtectedResource", "TokenRefused", "read_bearer"]
