"""The look-ups of the ports, over whatever runs a statement: shared by the SQL drivers."""

from typing import Any

from grantwell.protocol.records import AuthenticatingClient, Client, SigningKeyRow
from grantwell.protocol.store import (
    ApiKeyFacts,
    ClientFilter,
    ConsentFacts,
    GrantView,
    RedemptionFacts,
    SessionFacts,
    TokenFacts,
)
from grantwell.storage import rows
from grantwell.storage.apps import SqlAppsStore
from grantwell.storage.client_filter import filter_parameters, page_parameters
from grantwell.storage.external import SqlExternalStore
from grantwell.storage.operator_lookups import SqlOperatorStore
from grantwell.storage.people import SqlPeople
from grantwell.storage.refusals import SqlRefusalStore
from grantwell.storage.statements import accounts, clients, grants, tokens

# Where the records of a joined row begin.
_LINEAGE_IN_REDEMPTION = rows.AUTHENTICATING_CLIENT.width
_REVOKED_IN_REDEMPTION = _LINEAGE_IN_REDEMPTION + rows.LINEAGE.width
_USER_IN_REDEMPTION = _REVOKED_IN_REDEMPTION + 1
_USER_IN_CONSENT = rows.CLIENT.width
_GRANT_IN_CONSENT = _USER_IN_CONSENT + rows.USER.width
_DECISION_IN_CONSENT = _GRANT_IN_CONSENT + rows.GRANT.width
_LINEAGE_IN_CONSENT = _DECISION_IN_CONSENT + rows.CONSENT_DECISION.width
_TOKEN_IN_INTROSPECTION = rows.AUTHENTICATING_CLIENT.width
# The fields of TokenFacts about a user, a lineage and a session.
_NO_PERSON: tuple[Any, ...] = (None,) * 10


def _caller(row: rows.Row) -> AuthenticatingClient | None:
    return None if row[0] is None else rows.authenticating_client(tuple(row[:_LINEAGE_IN_REDEMPTION]))


class SqlStore(SqlOperatorStore, SqlPeople, SqlAppsStore, SqlRefusalStore, SqlExternalStore):
    """The look-ups (`Store`)."""

    async def client(self, client_id: str) -> Client | None:
        row = await self.point(tokens.CLIENT, (client_id,))
        return rows.CLIENT.read(row) if row else None

    async def authenticating_client(self, client_id: str) -> AuthenticatingClient | None:
        row = await self.point(tokens.AUTHENTICATING_CLIENT, (client_id,))
        return rows.authenticating_client(tuple(row)) if row else None

    async def redemption(self, client_id: str, lineage_id: str) -> RedemptionFacts:
        row = await self.point(tokens.REDEMPTION, (client_id, lineage_id))
        assert row is not None
        return RedemptionFacts(
            _caller(row),
            rows.LINEAGE.read_joined(row, _LINEAGE_IN_REDEMPTION),
            row[_REVOKED_IN_REDEMPTION],
            rows.USER.read_joined(row, _USER_IN_REDEMPTION),
        )

    async def token(self, client_id: str, subject: str, lineage_id: str, session_id: str, jti: str) -> TokenFacts:
        row = await self.point(tokens.TOKEN, (client_id, subject, lineage_id, session_id, jti))
        assert row is not None
        return TokenFacts(*row)

    async def introspection(
        self, caller_id: str, client_id: str, subject: str, lineage_id: str, session_id: str, jti: str
    ) -> tuple[AuthenticatingClient | None, TokenFacts]:
        if subject == client_id and not lineage_id and not session_id:
            return await self._client_token_introspection(caller_id, client_id, jti)
        row = await self.point(tokens.INTROSPECTION, (caller_id, client_id, subject, lineage_id, session_id, jti))
        assert row is not None
        return _caller(row), TokenFacts(*row[_TOKEN_IN_INTROSPECTION:])

    async def _client_token_introspection(
        self, caller_id: str, client_id: str, jti: str
    ) -> tuple[AuthenticatingClient | None, TokenFacts]:
        row = await self.point(tokens.CLIENT_TOKEN_INTROSPECTION, (caller_id, client_id, jti))
        assert row is not None
        values = (*row[_TOKEN_IN_INTROSPECTION:-2], *_NO_PERSON, *row[-2:])
        return _caller(row), TokenFacts(*values)

    async def api_key(self, key_hash: str) -> ApiKeyFacts | None:
        row = await self.point(accounts.API_KEY, (key_hash,))
        return ApiKeyFacts(rows.API_KEY.read(row), rows.USER.read(row, rows.API_KEY.width)) if row else None

    async def consent(self, consent_id: str, client_id: str, user_id: str) -> ConsentFacts:
        names = {"consent_id": consent_id, "client_id": client_id, "user_id": user_id}
        row = await self.point(grants.CONSENT, grants.CONSENT.bind(names))
        assert row is not None
        return ConsentFacts(
            rows.CLIENT.read_joined(row),
            rows.USER.read_joined(row, _USER_IN_CONSENT),
            rows.GRANT.read_joined(row, _GRANT_IN_CONSENT),
            rows.CONSENT_DECISION.read_joined(row, _DECISION_IN_CONSENT),
            rows.LINEAGE.read_joined(row, _LINEAGE_IN_CONSENT),
        )

    async def managed_client(self, org_id: str, client_id: str) -> Client | None:
        row = await self.point(clients.MANAGED_CLIENT, (client_id, org_id))
        return rows.CLIENT.read(row) if row else None

    async def clients(self, org_id: str, chosen: ClientFilter, offset: int, limit: int) -> tuple[list[Client], int]:
        names = {"org_id": org_id} | filter_parameters(chosen) | page_parameters(offset, limit)
        found = await self.scan(clients.CLIENTS, clients.CLIENTS.bind(names))
        return [rows.CLIENT.read(row, 1) for row in found if row[1] is not None], found[0][0]

    async def grant(self, user_id: str, grant_id: str) -> GrantView | None:
        row = await self.point(grants.GRANT, (grant_id, user_id))
        return GrantView(rows.GRANT.read(row), row[-1]) if row else None

    async def grants(self, user_id: str, offset: int, limit: int) -> tuple[list[GrantView], int]:
        names = {"user_id": user_id} | page_parameters(offset, limit)
        found = await self.scan(grants.GRANTS, grants.GRANTS.bind(names))
        return [GrantView(rows.GRANT.read(row, 1), row[-1]) for row in found if row[1] is not None], found[0][0]

    async def session(self, session_hash: str) -> SessionFacts | None:
        row = await self.point(accounts.SESSION, (session_hash,))
        return SessionFacts(rows.SESSION.read(row), rows.USER.read(row, rows.SESSION.width)) if row else None

    async def signing_keys(self) -> list[SigningKeyRow]:
        return [rows.SIGNING_KEY.read(row) for row in await self.scan(accounts.SIGNING_KEYS, ())]
