"""The list of what there is."""

from collections import Counter

import pytest

from grantwell.extensions import EXTENSIONS
from grantwell.operations import OPERATIONS
from grantwell.protocol.grant_types import GRANT_TYPES
from grantwell.protocol.operation import BEARER_SECURITY, Operation
from grantwell.protocol.records import GRANT_TYPE_NAMES

ALL = (*OPERATIONS, *(operation for extension in EXTENSIONS for operation in extension.operations))


def test_there_are_the_17_operations_of_the_api() -> None:
    assert len(OPERATIONS) == 17


def test_every_operation_has_a_name_and_a_route_of_its_own() -> None:
    assert Counter(operation.operation_id for operation in ALL).most_common(1)[0][1] == 1
    assert Counter(operation.route for operation in ALL).most_common(1)[0][1] == 1


def test_every_grant_type_that_clients_may_have_can_be_exchanged() -> None:
    assert {grant_type.name for grant_type in GRANT_TYPES} == set(GRANT_TYPE_NAMES)


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.operation_id)
def test_a_route_is_method_and_path(operation: Operation) -> None:
    assert operation.method in {"GET", "POST", "PUT", "DELETE"}
    assert operation.path.startswith("/")
    assert f"{operation.method} {operation.path}" == operation.route


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.operation_id)
def test_whatever_needs_a_bearer_documents_401_and_403(operation: Operation) -> None:
    if operation.security in BEARER_SECURITY:
        assert {401, 403} <= set(operation.documentation.errors)


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.operation_id)
def test_every_path_parameter_is_documented(operation: Operation) -> None:
    in_path = {part.strip("{}") for part in operation.path.split("/") if part.startswith("{")}
    documented = {parameter.name for parameter in operation.documentation.parameters if parameter.where == "path"}
    assert in_path == documented
