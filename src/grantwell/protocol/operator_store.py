"""The port for whoever runs the server: whose it is, and what was done in it."""

from typing import Protocol


class OperatorStore(Protocol):
    """The look-ups that are about the server."""

    async def operator_org_id(self) -> str | None:
        """The organization that runs the server, which is the first one that was made; None before there is one."""
