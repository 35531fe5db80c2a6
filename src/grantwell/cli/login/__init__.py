"""`grantwell login`, `logout`, `token` and `whoami`: a person's own login, for programs that have no browser."""
