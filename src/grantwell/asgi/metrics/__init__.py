"""Prometheus metrics: counted from the events of requests, read from the parts beside them when somebody asks."""
