"""`WWW-Authenticate`, taken apart as a client does (RFC 9110 section 11.6.1)."""

import re

import httpx

PARAMETER = re.compile(r'([a-z_]+)="([^"]*)"(?:, |$)')


def challenge_of(answer: httpx.Response) -> dict[str, str]:
    """The parameters of the one Bearer challenge."""
    scheme, _, rest = answer.headers["www-authenticate"].partition(" ")
    assert scheme == "Bearer"
    parameters = dict(PARAMETER.findall(rest))
    assert ", ".join(f'{name}="{value}"' for name, value in parameters.items()) == rest
    return parameters
