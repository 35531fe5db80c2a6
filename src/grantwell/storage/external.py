"""The look-ups of external identities (`ExternalStore`), over whatever runs a statement: shared by the SQL drivers."""

from grantwell.protocol.external_records import ExternalFacts
from grantwell.storage import rows
from grantwell.storage.queries import Queries
from grantwell.storage.statements.external import EXTERNAL_IDENTITY

_NAMESAKE = rows.USER.width
_ORGANIZATION = 2 * rows.USER.width


class SqlExternalStore(Queries):
    """What `SqlStore` knows of external identities."""

    async def external_identity(self, identity_id: str, email: str, organization: str) -> ExternalFacts:
        names = {"identity_id": identity_id, "email_folded": email.casefold(), "organization": organization}
        row = await self.point(EXTERNAL_IDENTITY, EXTERNAL_IDENTITY.bind(names))
        assert row is not None
        return ExternalFacts(
            rows.USER.read_joined(row),
            rows.USER.read_joined(row, _NAMESAKE),
            rows.ORGANIZATION.read_joined(row, _ORGANIZATION),
        )
