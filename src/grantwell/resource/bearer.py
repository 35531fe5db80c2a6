"""Where a request carries its access token: in the Authorization header and nowhere else (RFC 6750 section 2.1)."""

from collections.abc import Sequence

from grantwell.resource.refusals import TokenRefused

# As it stands at the beginning of a parameter; no other spelling means a token to anybody.
IN_QUERY = "access_token="


def read_bearer(authorization: Sequence[str], query: str) -> str:
    """The token of a request, or the empty string if it has none.

    Args:
        authorization: every Authorization header that came.
        query: the query string, not decoded.

    Raises:
        TokenRefused: a token in the query, where logs and histories keep it; or two headers, of which two programs
            might each believe another one.
    """
    if IN_QUERY in query and any(part.startswith(IN_QUERY) for part in query.split("&")):
        raise TokenRefused(reason="token_in_query")
    if len(authorization) > 1:
        raise TokenRefused(reason="repeated_header")
    scheme, _, token = authorization[0].partition(" ") if authorization else ("", "", "")
    return token.strip(" ") if scheme.lower() == "bearer" else ""
