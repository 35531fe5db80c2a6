"""Which request brought a lineage's head. Only an addition: the release before works on."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the column. It stays without an index, so that PostgreSQL still rotates in place."""
    op.execute("ALTER TABLE lineages ADD COLUMN advanced_by TEXT")
