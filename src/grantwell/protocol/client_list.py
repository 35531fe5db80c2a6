"""Which clients a list is narrowed to. A name with brackets is one opaque name: several of them may come together."""

from collections.abc import Mapping

from msgspec import Struct

from grantwell.protocol.errors import InvalidRequest, Problem
from grantwell.protocol.operation import Parameter
from grantwell.protocol.paging import PageRequest, read_page
from grantwell.protocol.records import GRANT_TYPE_NAMES
from grantwell.protocol.store import ClientFilter

CLIENT_TYPES = ("confidential", "public")
BOOLEANS = {"true": True, "false": False}
PARAMETERS = (
    Parameter("page[size]", int),
    Parameter("page[number]", int),
    Parameter("filter[client_type]"),
    Parameter("filter[verified]", bool),
    Parameter("filter[allowed_grant_types][contains]"),
    Parameter("filter[name]"),
    Parameter("filter[name][contains]"),
    Parameter("filter[client_id]"),
)


class ListRequest(Struct, frozen=True):
    """Which clients, and which page of them."""

    chosen: ClientFilter
    page: PageRequest


def read_client_list(query: Mapping[str, str]) -> ListRequest:
    """Read page and filters. Raises InvalidRequest."""
    verified = _one_of(query, "filter[verified]", tuple(BOOLEANS))
    chosen = ClientFilter(
        _one_of(query, "filter[client_type]", CLIENT_TYPES),
        BOOLEANS[verified] if verified is not None else None,
        _one_of(query, "filter[allowed_grant_types][contains]", GRANT_TYPE_NAMES),
        query.get("filter[name]"),
        query.get("filter[name][contains]"),
        query.get("filter[client_id]"),
    )
    return ListRequest(chosen, read_page(query))


def _one_of(query: Mapping[str, str], name: str, values: tuple[str, ...]) -> str | None:
    value = query.get(name)
    if value is None or value in values:
        return value
    problem = Problem(name, f"must be one of {', '.join(values)}")
    raise InvalidRequest(f"{name} {problem.message}", reason="filter_invalid", problems=(problem,))
