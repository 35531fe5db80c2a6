"""An authorization server made of Authlib's Flask integration and its SQLAlchemy mixins, as its documentation shows.

python server.py prepare                        makes the tables and the client
python server.py seed refresh_token|code COUNT  prints that many of them, one a line
gunicorn server:app                             serves
"""

import os
import secrets
import sys
import time
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.integrations.sqla_oauth2 import (
    OAuth2AuthorizationCodeMixin,
    OAuth2ClientMixin,
    OAuth2TokenMixin,
    create_query_client_func,
    create_save_token_func,
)
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge, create_s256_code_challenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from flask import Flask
from sqlalchemy import create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, scoped_session, sessionmaker

DATABASE = os.environ["BENCH_DATABASE"]
SECRET, VERIFIER, REDIRECT = (os.environ[f"BENCH_{name}"] for name in ("SECRET", "VERIFIER", "REDIRECT"))
METHODS = ["client_secret_basic", "client_secret_post"]
SECONDS = 86400

engine = create_engine(DATABASE)
session = scoped_session(sessionmaker(engine))

if DATABASE.startswith("sqlite"):

    @event.listens_for(engine, "connect")
    def use_write_ahead_log(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "busy_timeout = 10000"):
            connection.execute(f"PRAGMA {pragma}")


class Base(DeclarativeBase):
    pass


class Person:
    def __init__(self, name: str) -> None:
        self.name = name

    def get_user_id(self) -> str:
        return self.name


class Client(Base, OAuth2ClientMixin):
    __tablename__ = "clients"
    id: Mapped[int] = mapped_column(primary_key=True)


class Token(Base, OAuth2TokenMixin):
    __tablename__ = "tokens"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str | None]


class Code(Base, OAuth2AuthorizationCodeMixin):
    __tablename__ = "codes"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str]


class ClientCredentials(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS


class AuthorizationCode(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        found = session.query(Code).filter_by(code=code, client_id=client.client_id).first()
        return found if found and not found.is_expired() else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        session.delete(authorization_code)
        session.commit()

    def authenticate_user(self, authorization_code: Code) -> Person:
        return Person(authorization_code.user_id)


class RefreshToken(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        found = session.query(Token).filter_by(refresh_token=refresh_token).first()
        return found if found and not found.refresh_token_revoked_at else None

    def authenticate_user(self, refresh_token: Token) -> Person:
        return Person(refresh_token.user_id or "")

    def revoke_old_credential(self, refresh_token: Token) -> None:
        refresh_token.access_token_revoked_at = refresh_token.refresh_token_revoked_at = int(time.time())
        session.commit()


class Introspection(IntrospectionEndpoint):
    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, token_string: str, _token_type_hint: str | None) -> Token | None:
        return session.query(Token).filter_by(access_token=token_string).first()

    def check_permission(self, _token: Token, _client: Client, _request: Any) -> bool:
        return True

    def introspect_token(self, token: Token) -> dict[str, Any]:
        return {
            "active": not token.is_revoked() and not token.is_expired(),
            "client_id": token.client_id,
            "token_type": token.token_type,
            "scope": token.get_scope(),
            "sub": token.user_id,
            "iat": token.issued_at,
            "exp": token.issued_at + token.expires_in,
        }


app = Flask(__name__)
app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
server = AuthorizationServer(
    app, query_client=create_query_client_func(session, Client), save_token=create_save_token_func(session, Token)
)
server.register_grant(ClientCredentials)
server.register_grant(AuthorizationCode, [CodeChallenge(required=True)])
server.register_grant(RefreshToken)
server.register_endpoint(Introspection)


@app.teardown_appcontext
def forget(_error: BaseException | None) -> None:
    session.remove()


@app.get("/health")
def health() -> str:
    return "well"


@app.post("/token")
def token() -> Any:
    return server.create_token_response()


@app.post("/introspect")
def introspect() -> Any:
    return server.create_endpoint_response("introspection")


def prepare() -> None:
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    client = Client(client_id="bench-client", client_secret=SECRET, client_id_issued_at=int(time.time()))
    client.set_client_metadata(
        {
            "client_name": "Bench",
            "grant_types": ["client_credentials", "authorization_code", "refresh_token"],
            "redirect_uris": [REDIRECT],
            "response_types": ["code"],
            "scope": "read write",
            "token_endpoint_auth_method": "client_secret_post",
        }
    )
    session.add(client)
    session.commit()


def seed(what: str, count: int) -> None:
    made = [secrets.token_urlsafe(32) for _ in range(count)]
    session.add_all([_row(what, value, number) for number, value in enumerate(made)])
    session.commit()
    sys.stdout.write("\n".join(made))


def _row(what: str, value: str, number: int) -> Base:
    common = {"client_id": "bench-client", "user_id": f"user-{number}", "scope": "read write"}
    if what == "code":
        challenge = create_s256_code_challenge(VERIFIER)
        return Code(**common, code=value, redirect_uri=REDIRECT, code_challenge=challenge, code_challenge_method="S256")
    access_token = secrets.token_urlsafe(32)
    return Token(**common, token_type="Bearer", access_token=access_token, refresh_token=value, expires_in=SECONDS)


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare()
    else:
        seed(sys.argv[2], int(sys.argv[3]))
