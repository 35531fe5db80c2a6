"""Whether a sign-in ticket can be traded in: genuine, unused, not expired, and all that it stands on standing."""

from msgspec import Struct

from grantwell.protocol.capabilities import SIGN_IN_OTHERS
from grantwell.protocol.context import Context
from grantwell.protocol.errors import Unprocessable
from grantwell.protocol.records import ApiKey, Session, User
from grantwell.protocol.sign_in_ticket import PresentedTicket, SignInTicket, is_genuine


class Presented(Struct, frozen=True):
    """A ticket that somebody presents, None for what has another form, and the browser that does."""

    presented: PresentedTicket | None
    user_agent: str = ""


class TicketFacts(Struct, frozen=True):
    """Whom the ticket is for, the session that it opens, if it was opened already, and the API key with its owner."""

    user: User | None = None
    session: Session | None = None
    api_key: ApiKey | None = None
    owner: User | None = None


def judge_ticket(request: Presented, facts: TicketFacts, context: Context) -> tuple[SignInTicket, User]:
    """A ticket that can be traded in, and whom it is for. Raises Unprocessable."""
    presented, key, keys = request.presented, facts.api_key, context.server.secrets.tickets
    # What is not genuine learns nothing.
    if presented is None or key is None or not is_genuine(presented, key, keys):
        raise Unprocessable("this is no ticket of this server", reason="ticket_invalid")
    ticket, user = presented.ticket, facts.user
    if facts.session is not None:
        raise Unprocessable("the ticket was used already", reason="ticket_used")
    if ticket.expires_at <= context.now:
        raise Unprocessable("the ticket has expired", reason="ticket_expired")
    if not _vouches(key, facts.owner, context):
        raise Unprocessable("who vouched for this user may no longer", reason="ticket_withdrawn")
    # What was issued before a password was changed, or a user disabled, has ended with everything else.
    if user is None or not user.enabled or ticket.issued_at < user.valid_after:
        raise Unprocessable("this user cannot be signed in with the ticket", reason="ticket_user_disabled")
    return ticket, user


def _vouches(key: ApiKey, owner: User | None, context: Context) -> bool:
    """Whether the key may still do what it did when it asked for the ticket."""
    living = key.revoked_at is None and (key.expires_at is None or key.expires_at > context.now)
    return living and SIGN_IN_OTHERS in key.capabilities and bool(owner and owner.enabled and owner.role == "admin")
