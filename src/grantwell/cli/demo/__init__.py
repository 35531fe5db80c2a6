"""`grantwell demo`: a real server, and the whole story of a grant told against it."""
