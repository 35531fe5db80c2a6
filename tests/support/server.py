"""The real server, in process: every room of it, and nothing but the network and the clock stood in for."""

from pathlib import Path
from typing import Any

import httpx
from tests.support.actors import Person
from tests.support.api import Api
from tests.support.clock import Clock

from grantwell.app import Application, create_app
from grantwell.asgi.event import Event, Sink
from grantwell.protocol.accounts import new_api_key, new_organization, new_user
from grantwell.protocol.changes import Change
from grantwell.protocol.passwords import hash_password
from grantwell.protocol.records import CAPABILITIES, AuditEvent, Role
from grantwell.protocol.store import Backend
from grantwell.settings import Settings, load_settings

ISSUER = "http://127.0.0.1:8000"
API_KEY = "the-administrators-own-api-key"
EMAIL = "admin@example.com"
PASSWORD = "correct horse battery staple"


def settings_for(directory: Path, **overrides: Any) -> Settings:
    """Settings of a test: nothing of this machine's environment, and no rate limits unless they are asked for."""
    chosen = {
        "data_dir": directory,
        "rate_limits": "off",
        "bootstrap_api_key": API_KEY,
        "bootstrap_email": EMAIL,
        "bootstrap_password": PASSWORD,
    } | overrides
    return load_settings({}, **chosen)


class Server(Api):
    """One running server. `events` are what it told its log."""

    def __init__(self, app: Application, clock: Clock, events: list[Event], address: str) -> None:
        transport = httpx.ASGITransport(app=app, client=(address, 40000))
        http = httpx.AsyncClient(transport=transport, base_url=app.settings.issuer)
        super().__init__(http, app.settings.bootstrap_api_key or "")
        self.app = app
        self.backend = app.backend
        self.clock = clock
        self.events = events

    @classmethod
    async def start(
        cls, settings: Settings, backend: Backend, clock: Clock, sink: Sink | None = None, address: str = "192.0.2.1"
    ) -> "Server":
        """Prepare the database and serve."""
        events: list[Event] = []

        def note(event: Event) -> None:
            events.append(event)

        app, _ = await create_app(settings, clock=clock, backend=backend, sink=sink or note)
        await app.start()
        return cls(app, clock, events, address)

    async def stop(self) -> None:
        await self.http.aclose()
        await self.app.stop()

    def from_address(self, address: str) -> Api:
        """The same server, as somebody at another network address sees it."""
        transport = httpx.ASGITransport(app=self.app, client=(address, 40000))
        return Api(httpx.AsyncClient(transport=transport, base_url=str(self.http.base_url)), self.api_key)

    async def make_person(
        self,
        email: str = "ada@example.com",
        *,
        organization: str = "Elsewhere",
        role: Role = "admin",
        capabilities: tuple[str, ...] = CAPABILITIES,
        expires_at: int | None = None,
        password: str | None = None,
    ) -> Person:
        """A user with an API key, as an operator makes them; the organization, too, if there is none of that name."""
        context = self.app.driver.context("test", "")
        changes: list[Change] = []
        employer = await self.backend.organization_by_name(organization)
        if employer is None:
            added = new_organization(organization, context)
            employer = added.organization
            changes.append(added)
        user = new_user(employer, email, hash_password(password) if password else None, role, context)
        key, secret = new_api_key(user.user, "test", context, capabilities=capabilities, expires_at=expires_at)
        await self.backend.apply((*changes, user, key))
        return Person(user.user.user_id, employer.org_id, email, secret)

    async def make_colleague(self, email: str = "grace@example.com", **more: Any) -> Person:
        """Another user of the administrator's organization."""
        return await self.make_person(email, organization=self.app.settings.bootstrap_organization, **more)

    async def open_session(self, email: str = EMAIL, password: str = PASSWORD) -> str:
        """The secret of a new session."""
        opened = await self.http.post("/v2/sessions", json={"email": email, "password": password})
        assert opened.status_code == 201, opened.text
        return str(opened.json()["session"])

    async def session_token(self, email: str = EMAIL, password: str = PASSWORD, *, session: str = "") -> str:
        """A bearer of somebody who is signed in, as our own pages have it."""
        secret = session or await self.open_session(email, password)
        issued = await self.http.post("/v2/sessions/token", json={"session": secret})
        assert issued.status_code == 200, issued.text
        return str(issued.json()["access_token"])

    async def audited(self) -> list[AuditEvent]:
        """The audit log, oldest first."""
        return list(await self.backend.audit_events(0, 10_000))
