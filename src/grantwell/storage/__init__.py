"""The storage room: one schema, one catalogue of statements, and the drivers that run them."""
