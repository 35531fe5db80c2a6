"""Grantwell: an OAuth 2.1 authorization server, its SDK, and a toolkit for the APIs behind it."""

__version__ = "0.1.0"
