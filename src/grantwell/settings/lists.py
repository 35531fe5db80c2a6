"""Values that are lists, or tables, of others."""

import msgspec


def read_list(value: object) -> tuple[str, ...]:
    """Text separated by commas, or a list in JSON, TOML or Python."""
    items = read_json(value) if isinstance(value, str) and value.lstrip().startswith("[") else value
    if isinstance(items, str):
        items = [item.strip() for item in items.split(",") if item.strip()]
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) and item for item in items):
        raise ValueError("must be a list, separated by commas")
    return tuple(dict.fromkeys(items))


def read_json(text: str) -> object:
    """What JSON text says. Raises ValueError."""
    try:
        decoded: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"is not valid JSON: {error}") from None
    return decoded
