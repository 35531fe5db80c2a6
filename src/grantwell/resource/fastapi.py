"""For FastAPI: a dependency that admits a request by its token, and tells OpenAPI so."""

from fastapi import FastAPI, HTTPException
from fastapi.openapi.models import HTTPBearer
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from grantwell.resource.access_token import AccessToken
from grantwell.resource.answers import HttpAnswer, refusal_answer
from grantwell.resource.asgi import ResourceMetadata, bearer_of
from grantwell.resource.protected_resource import ProtectedResource
from grantwell.resource.refusals import TokenRefused


class Refused(HTTPException):
    """A request that must not be served. An exception handler of the application may say so in other words."""

    def __init__(self, refusal: TokenRefused, answer: HttpAnswer) -> None:
        super().__init__(answer.status, str(refusal), dict(answer.headers))
        self.refusal = refusal


class RequireToken(SecurityBase):
    """A dependency: `Depends(token)`, or `Security(token, scopes=["orders:read"])`. Its value is an `AccessToken`."""

    def __init__(self, resource: ProtectedResource) -> None:
        self.scheme_name = "AccessToken"
        self.model = HTTPBearer(bearerFormat="JWT", description=f"An access token of {resource.rules.issuer}")
        self._resource = resource

    async def __call__(self, connection: HTTPConnection, security_scopes: SecurityScopes) -> AccessToken:
        """Judge one request, or one websocket."""
        try:
            return await self._resource.verify_async(bearer_of(connection.scope), security_scopes.scopes)
        except TokenRefused as refusal:
            raise Refused(refusal, refusal_answer(self._resource, refusal)) from None


def protect(app: FastAPI, resource: ProtectedResource) -> RequireToken:
    """Serve the metadata of a protected resource; the dependency that its operations want."""
    app.add_middleware(ResourceMetadata, resource=resource)
    return RequireToken(resource)
