"""Every SQL statement, by theme, in the subset that SQLite (3.35 or newer) and PostgreSQL share.

Named columns only, one type a parameter, `LIKE ... ESCAPE`, no data-modifying CTE. `{client}` in a text stands for
all columns of a record under the alias `client`, in the order of its fields (see `columns.py`).
"""
