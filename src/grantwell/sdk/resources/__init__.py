"""The operations, grouped as in the official SDK. Each is defined once; see `grantwell.sdk.calls`."""
