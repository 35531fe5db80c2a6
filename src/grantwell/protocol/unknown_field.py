"""Fields that nobody knows, and what may be repeated of their names, which are anybody's text."""

from grantwell.protocol.errors import Problem

MAXIMUM_LENGTH = 64


def unknown_field(name: str, message: str) -> Problem:
    """A problem with such a field, by its name where that is short and plain."""
    plain = len(name) <= MAXIMUM_LENGTH and name.isascii() and name.isprintable()
    return Problem(name if plain else "body", message)
