"""The look-ups of external identities, for dictionaries."""

from grantwell.protocol.external_records import ExternalFacts
from grantwell.storage.dictionary_tables import Tables


class DictionaryExternal:
    """What `DictionaryBackend` knows of external identities."""

    tables: Tables

    async def external_identity(self, identity_id: str, email: str, organization: str) -> ExternalFacts:
        identity = self.tables.external_identities.get(identity_id)
        users = self.tables.users.values()
        return ExternalFacts(
            self.tables.users.get(identity.user_id) if identity else None,
            next((user for user in users if user.email.casefold() == email.casefold()), None),
            next((each for each in self.tables.organizations.values() if each.name == organization), None),
        )
