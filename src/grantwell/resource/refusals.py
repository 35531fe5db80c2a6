"""Every refusal of a request to a protected resource: its reason code, and the answer that stands for it."""

from msgspec import Struct


class Answer(Struct, frozen=True):
    """What a caller is told: an HTTP status, a registered error code (RFC 6750 section 3.1), and words."""

    status: int
    error: str
    words: str


def _invalid_request(words: str) -> Answer:
    return Answer(400, "invalid_request", words)


def _invalid_token(words: str) -> Answer:
    return Answer(401, "invalid_token", words)


def _unavailable(words: str) -> Answer:
    return Answer(503, "temporarily_unavailable", words)


ANSWERS: dict[str, Answer] = {
    "token_in_query": _invalid_request("send the access token in the Authorization header, never in the query"),
    "repeated_header": _invalid_request("the Authorization header came more than once"),
    "bearer_missing": _invalid_token("an access token is needed: send Authorization: Bearer"),
    "token_malformed": _invalid_token("the bearer is not an access token"),
    "token_wrong_type": _invalid_token("the bearer is a token, but not an access token"),
    "token_unknown_key": _invalid_token("the access token is signed with a key that the issuer does not publish"),
    "token_wrong_algorithm": _invalid_token("the access token is not signed as its key is meant to"),
    "token_wrong_signature": _invalid_token("the signature of the access token is wrong"),
    "token_wrong_issuer": _invalid_token("the access token is from another issuer"),
    "token_wrong_audience": _invalid_token("the access token is for another API"),
    "token_bound": _invalid_token("the access token is bound to a key, and no bearer token"),
    "token_expired": _invalid_token("the access token has expired"),
    "token_not_yet_valid": _invalid_token("the access token is not valid yet"),
    "token_inactive": _invalid_token("the access token is not active"),
    "scope_missing": Answer(403, "insufficient_scope", "the access token does not have every scope that this needs"),
    "keys_unavailable": _unavailable("the keys of the authorization server cannot be had now"),
    "introspection_unavailable": _unavailable("the authorization server cannot be asked about the token now"),
}


class TokenRefused(Exception):
    """A request that must not be served. Its text may be shown to the caller.

    Attributes:
        reason: the stable code, as in docs/reasons.md.
        status: the HTTP status: 400, 401, 403 or 503.
        error: the registered error code (RFC 6750 section 3.1).
        scopes: all that the request needs, whether or not the token has them.
    """

    def __init__(self, *, reason: str, words: str = "") -> None:
        answer = ANSWERS[reason]
        super().__init__(words or answer.words)
        self.reason = reason
        self.status = answer.status
        self.error = answer.error
        self.scopes: tuple[str, ...] = ()
