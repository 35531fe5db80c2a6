"""What time brings. Each job is a pure plan of facts and now; every process runs all of them, without a leader."""
