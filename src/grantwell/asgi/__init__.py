"""HTTP in, HTTP out: one driver, one edge, errors on the wire."""
