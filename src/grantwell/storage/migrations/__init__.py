"""Migrations, run by Alembic: expand first, contract a release later, so that two releases can run side by side."""
