"""Which fields of a form the server has refused, so that a page can say it in its reader's language."""

from grantwell.sdk import UnprocessableEntityError


def refused_fields(error: UnprocessableEntityError) -> tuple[str, ...]:
    """The names of the fields, each once, in the server's order; none where it was no single field's fault."""
    body = error.body if isinstance(error.body, dict) else {}
    pointers = (each.get("source", {}).get("pointer", "") for each in body.get("errors", ()))
    return tuple(dict.fromkeys(pointer.removeprefix("/") for pointer in pointers if pointer))
