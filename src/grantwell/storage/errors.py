"""Why a database could not be opened. The texts are for operators, and say what to do."""


class CannotOpen(Exception):
    """The database cannot be used as it is; the text says why and what helps."""


class DatabaseInUse(CannotOpen):
    """Another server holds the lock of this database file."""


class SchemaMismatch(CannotOpen):
    """The database's schema is too old, too new, or not Grantwell's."""
