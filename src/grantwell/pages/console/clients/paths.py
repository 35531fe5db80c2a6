"""Where clients are: in the console, and at the API."""

from urllib.parse import quote

PATH = "/console/clients"
NEW = f"{PATH}/new"


def page_of(client_id: str, rest: str = "") -> str:
    """The path of a client's page, or of one below it."""
    return f"{PATH}/{quote(client_id, safe='')}{rest}"


def api_of(client_id: str, rest: str = "") -> str:
    """The path of a client at the API, or of what belongs to it."""
    return f"/oauth_clients/{quote(client_id, safe='')}{rest}"
