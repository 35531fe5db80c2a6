"""Refused requests: kept in small numbers, for a while."""

from grantwell.storage.statement import Statement
from grantwell.storage.statements.columns import statement

# In the place of a client that is not known stands nobody, so that made-up names share what one client may have.
ADD_REFUSED_REQUEST = statement(
    "add_refused_request",
    """INSERT INTO refused_requests
    (reference, at, client_id, operation, error, reason, description, redirect_uri, sent)
    VALUES (:reference, :at, COALESCE((SELECT clients.client_id FROM clients WHERE clients.client_id = :client_id), ''),
    :operation, :error, :reason, :description, :redirect_uri, :sent) ON CONFLICT (reference) DO NOTHING""",
)

FORGET_OF_CLIENT = statement(
    "forget_refused_requests_of_client",
    """DELETE FROM refused_requests WHERE reference IN (SELECT reference FROM refused_requests
    WHERE client_id = :client_id ORDER BY at DESC, reference DESC LIMIT :most OFFSET :keep)""",
)

FORGET_OF_NOBODY = statement(
    "forget_refused_requests_of_nobody",
    """DELETE FROM refused_requests WHERE reference IN (SELECT reference FROM refused_requests
    WHERE client_id = '' ORDER BY at DESC, reference DESC LIMIT :most OFFSET :keep)""",
)

FORGET_IN_ALL = statement(
    "forget_refused_requests_in_all",
    """DELETE FROM refused_requests WHERE reference IN (SELECT reference FROM refused_requests
    ORDER BY at DESC, reference DESC LIMIT :most OFFSET :keep)""",
)

_WHOSE = "(client.org_id = :org_id OR CAST(:everywhere AS BIGINT) = 1)"
_JOINED = "refused_requests AS refused LEFT JOIN clients AS client ON client.client_id = refused.client_id"

REFUSED_REQUEST = statement(
    "refused_request",
    "SELECT {refused}, {client} FROM {joined} WHERE refused.reference = :reference AND {whose}",
    joined=_JOINED,
    whose=_WHOSE,
)


def _listed(name: str, chosen: str) -> Statement:
    return statement(
        name,
        """SELECT total.number, {refused}, {client}
        FROM (SELECT COUNT(*) AS number FROM {joined} WHERE {chosen} AND {whose}) AS total
        LEFT JOIN (SELECT refused.reference FROM {joined} WHERE {chosen} AND {whose}
            ORDER BY refused.at DESC, refused.reference DESC LIMIT :limit OFFSET :offset) AS found ON 1 = 1
        LEFT JOIN refused_requests AS refused ON refused.reference = found.reference
        LEFT JOIN clients AS client ON client.client_id = refused.client_id
        ORDER BY refused.at DESC, refused.reference DESC""",
        joined=_JOINED,
        whose=_WHOSE,
        chosen=chosen,
    )


REFUSED_REQUESTS = _listed("refused_requests", "1 = 1")
REFUSED_REQUESTS_OF_CLIENT = _listed("refused_requests_of_client", "refused.client_id = :client_id")
