"""The bodies of sign-in tickets."""

from msgspec import Struct


class NewTicket(Struct, frozen=True):
    """Whom to vouch for, and the path of this server where the browser goes once signed in."""

    email: str
    return_to: str = "/"


class Ticket(Struct, frozen=True):
    """A ticket, and the address to send the browser to with it."""

    ticket: str
    url: str
    user_id: str
    expires_at: str


class TicketText(Struct, frozen=True):
    """A ticket as it was issued; `user_agent` is what the browser says of itself."""

    ticket: str
    user_agent: str = ""


class TicketShown(Struct, frozen=True):
    """Whom a ticket is for."""

    email: str
    return_to: str
    expires_at: str


class TicketTraded(Struct, frozen=True):
    """A new session; its secret stands here and nowhere else."""

    session: str
    user_id: str
    email: str
    expires_at: str
    return_to: str
