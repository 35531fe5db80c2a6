"""What Alembic runs: the migrations on the connection, and within the transaction, that `migrate.py` hands over."""

from alembic import context

from grantwell.storage.schema import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
context.run_migrations()
