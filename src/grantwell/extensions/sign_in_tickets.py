"""Sign-in tickets: the seam for somebody's own login. Its program asks for a ticket, and our page trades it in.

Ours, not an RFC's. An API key with the capability `sessions` vouches for people of its organization. The session's
secret goes from our page to the browser and to nobody else, and not before the person has said that they are the one.
"""

from urllib.parse import urlencode

from msgspec import Struct

from grantwell.protocol.call import Call
from grantwell.protocol.context import Context
from grantwell.protocol.errors import NotFound, Problem, Unprocessable
from grantwell.protocol.extension import Extension
from grantwell.protocol.operation import Documentation, Operation
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.people_changes import AddSession
from grantwell.protocol.people_rules import email_address, refuse, refuse_unknown
from grantwell.protocol.records import ApiKey, User
from grantwell.protocol.rights import require_administrator
from grantwell.protocol.sign_in import open_session
from grantwell.protocol.sign_in_ticket import SignInTicket, read_ticket, write_ticket
from grantwell.protocol.store import Store
from grantwell.protocol.ticket_bodies import NewTicket, Ticket, TicketShown, TicketText, TicketTraded
from grantwell.protocol.ticket_rules import Presented, TicketFacts, judge_ticket
from grantwell.protocol.timestamps import rfc3339
from grantwell.protocol.tokens import NO_STORE

TICKET_SECONDS = 60
MAXIMUM_RETURN_TO = 1024
PAGE = "/sign-in/ticket"


class Vouching(Struct, frozen=True):
    """Whom to vouch for, and the API key that does."""

    user: User | None
    api_key: ApiKey | None


def read_create(call: Call, context: Context) -> NewTicket:
    """Read the body. Raises AccessDenied, InvalidRequest, Unprocessable."""
    # Whose key it is may have ceased to be an administrator since.
    require_administrator(context.caller)
    body = call.json()
    email, return_to = email_address(body.get("email")), body.get("return_to", "/")
    problems = [*refuse_unknown(body, ("email", "return_to"))]
    if email is None:
        problems.append(Problem("email", "must be an email address"))
    if not isinstance(return_to, str) or not _is_own_path(return_to):
        problems.append(Problem("return_to", "must be a path of this server, as in /account/apps"))
    refuse(problems, reason="ticket_malformed")
    return NewTicket(str(email), str(return_to))


def _is_own_path(path: str) -> bool:
    """Nothing that a browser could take for another site: it takes a backslash for a slash, and drops line breaks."""
    plain = len(path) <= MAXIMUM_RETURN_TO and all("\x21" <= char <= "\x7e" and char != "\\" for char in path)
    return plain and path.startswith("/") and not path.startswith("//")


async def load_create(store: Store, request: NewTicket, context: Context) -> Vouching:
    """The user, if it is of the key's organization, and the key."""
    found, caller = await store.user_by_email(request.email), context.caller
    key = await store.api_key_by_id(caller.org_id, caller.credential.removeprefix("api_key "))
    return Vouching(found if found and found.org_id == caller.org_id else None, key)


def decide_create(request: NewTicket, facts: Vouching, context: Context) -> Outcome:
    """Write a ticket. Raises NotFound, Unprocessable."""
    user, key = facts.user, facts.api_key
    if user is None or key is None:
        raise NotFound("there is no such user", reason="user_not_found")
    if not user.enabled:
        raise Unprocessable("this user is disabled", reason="ticket_user_disabled")
    expires_at = context.now + min(TICKET_SECONDS, context.server.session_seconds)
    ticket = SignInTicket(
        context.identifier(), user.user_id, user.org_id, key.api_key_id, request.return_to, context.now, expires_at
    )
    text = write_ticket(ticket, key, context.server.secrets.tickets)
    url = f"{context.server.issuer}{PAGE}?{urlencode({'ticket': text})}"
    event = context.record("user.ticket_issued", subject=user.user_id, detail=f"session {ticket.session_id}")
    return Outcome(Reply(201, Ticket(text, url, user.user_id, rfc3339(expires_at)), NO_STORE), (event,))


def read_presented(call: Call, _context: Context) -> Presented:
    """Read the body. Raises InvalidRequest, Unprocessable."""
    body = call.json()
    text, agent = body.get("ticket"), body.get("user_agent")
    if not isinstance(text, str) or not text:
        problem = Problem("ticket", "must be a sign-in ticket")
        raise Unprocessable("ticket is missing", reason="ticket_malformed", problems=(problem,))
    return Presented(read_ticket(text), agent if isinstance(agent, str) else "")


async def load_presented(store: Store, request: Presented, _context: Context) -> TicketFacts:
    """Look up whom it is for, whether it was used, and who vouches."""
    if request.presented is None:
        return TicketFacts()
    ticket = request.presented.ticket
    key = await store.api_key_by_id(ticket.org_id, ticket.api_key_id)
    if key is None:
        return TicketFacts()
    owner, user = await store.user(key.org_id, key.user_id), await store.user(ticket.org_id, ticket.user_id)
    return TicketFacts(user, await store.session_by_id(ticket.org_id, ticket.session_id), key, owner)


def decide_show(request: Presented, facts: TicketFacts, context: Context) -> Outcome:
    """Tell whom it is for, and use nothing up. Raises Unprocessable."""
    ticket, user = judge_ticket(request, facts, context)
    return Outcome(Reply(200, TicketShown(user.email, ticket.return_to, rfc3339(ticket.expires_at)), NO_STORE))


def decide_trade(request: Presented, facts: TicketFacts, context: Context) -> Outcome:
    """Open the session that it names. Raises Unprocessable."""
    ticket, user = judge_ticket(request, facts, context)
    session, secret = open_session(user, context, request.user_agent, ticket.session_id)
    event = context.record(
        "user.signed_in", subject=user.user_id, org_id=user.org_id, actor=user.user_id, credential="ticket"
    )
    body = TicketTraded(secret, user.user_id, user.email, rfc3339(session.expires_at), ticket.return_to)
    # Of two who trade it at once one finds the session's id taken, and then that it was used.
    return Outcome(Reply(201, body, NO_STORE), (AddSession(session), event))


_ERRORS = (400, 422)

CREATE_TICKET = Operation(
    "CreateSignInTicket",
    "POST /sessions/tickets",
    "sessions",
    read_create,
    load_create,
    decide_create,
    Documentation(
        summary="Vouch for a person: get a sign-in ticket",
        tag="Sessions",
        request=NewTicket,
        response=Ticket,
        success=201,
        errors=(401, 403, 404, *_ERRORS),
    ),
)
SHOW_TICKET = Operation(
    "ShowSignInTicket",
    "POST /sessions/tickets/show",
    "person",
    read_presented,
    load_presented,
    decide_show,
    Documentation(
        summary="Whom a sign-in ticket is for",
        tag="Sessions",
        request=TicketText,
        response=TicketShown,
        errors=_ERRORS,
    ),
)
TRADE_TICKET = Operation(
    "TradeSignInTicket",
    "POST /sessions/tickets/trade",
    "person",
    read_presented,
    load_presented,
    decide_trade,
    Documentation(
        summary="Sign in with a ticket",
        tag="Sessions",
        request=TicketText,
        response=TicketTraded,
        success=201,
        errors=_ERRORS,
    ),
)
SIGN_IN_TICKETS = Extension("sign-in tickets", (CREATE_TICKET, SHOW_TICKET, TRADE_TICKET))
