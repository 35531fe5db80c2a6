"""The token endpoint of a strict authorization server: every refresh token is good once."""

import threading
from itertools import count

from tests.sdk.recording_server import Answer, Asked, as_json


class TokenServer:
    """A behaviour for `RecordingServer`. While `gate` is closed, refreshes wait."""

    def __init__(self, *, expires_in: int = 1800) -> None:
        self.expires_in = expires_in
        self.numbers = count(1)
        self.head = "refresh-0"
        self.refused = 0
        self.gate = threading.Event()
        self.gate.set()
        self.arrived = threading.Event()
        self.lock = threading.Lock()

    def __call__(self, asked: Asked) -> Answer:
        self.arrived.set()
        self.gate.wait(30)
        with self.lock:
            return self.refresh(asked) if asked.form["grant_type"] == "refresh_token" else self.issue()

    def refresh(self, asked: Asked) -> Answer:
        if asked.form["refresh_token"] != self.head:
            self.refused += 1
            return as_json({"error": "invalid_grant", "error_description": "refresh token was used"}, 400)
        return self.issue()

    def issue(self) -> Answer:
        number = next(self.numbers)
        self.head = f"refresh-{number}"
        return as_json(
            {
                "access_token": f"access-{number}",
                "token_type": "Bearer",
                "expires_in": self.expires_in,
                "refresh_token": self.head,
                "scope": "admin",
            }
        )
