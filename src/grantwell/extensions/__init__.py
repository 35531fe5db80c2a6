"""What goes beyond the seed, one RFC a line."""

from grantwell.extensions.api_keys import API_KEYS
from grantwell.extensions.audit_events import AUDIT_EVENTS
from grantwell.extensions.client_secrets import CLIENT_SECRETS
from grantwell.extensions.client_switch import CLIENT_SWITCH
from grantwell.extensions.connected_apps import CONNECTED_APPS
from grantwell.extensions.external_sessions import EXTERNAL_SESSIONS
from grantwell.extensions.inspection import INSPECTION
from grantwell.extensions.new_users import NEW_USERS
from grantwell.extensions.numbers import NUMBERS
from grantwell.extensions.password import PASSWORD
from grantwell.extensions.refused_requests import REFUSED_REQUESTS
from grantwell.extensions.revocation import REVOCATION
from grantwell.extensions.session_list import SESSION_LIST
from grantwell.extensions.sessions import SESSIONS
from grantwell.extensions.setup import SETUP
from grantwell.extensions.sign_in_tickets import SIGN_IN_TICKETS
from grantwell.extensions.signing_keys import SIGNING_KEYS
from grantwell.extensions.users import USERS

EXTENSIONS = (
    API_KEYS,
    AUDIT_EVENTS,
    CLIENT_SECRETS,
    CLIENT_SWITCH,
    CONNECTED_APPS,
    EXTERNAL_SESSIONS,
    INSPECTION,
    PASSWORD,
    REFUSED_REQUESTS,
    NEW_USERS,
    NUMBERS,
    REVOCATION,
    SESSION_LIST,
    SESSIONS,
    SETUP,
    SIGNING_KEYS,
    SIGN_IN_TICKETS,
    USERS,
)
