"""Who of those that are signed in may do what: everybody, administrators, whoever runs the server."""

from grantwell.protocol.context import Caller
from grantwell.protocol.errors import AccessDenied


def require_administrator(caller: Caller) -> None:
    """Raise AccessDenied unless the caller administers an organization."""
    if caller.role != "admin":
        raise AccessDenied("only an administrator may do this", reason="administrator_required")


def is_operator(caller: Caller, operator_org_id: str | None) -> bool:
    """Does the caller administer the organization that runs the server, which is the first one that was made?"""
    return caller.role == "admin" and caller.org_id == operator_org_id


def require_operator(caller: Caller, operator_org_id: str | None) -> None:
    """Raise AccessDenied for everybody else: signing keys are the server's, not an organization's."""
    require_administrator(caller)
    if not is_operator(caller, operator_org_id):
        raise AccessDenied(
            "only an administrator of the organization that runs this server may do this", reason="operator_required"
        )
