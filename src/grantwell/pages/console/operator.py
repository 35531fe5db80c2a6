"""What whoever runs the server looks at: signing keys, the audit log, live numbers."""

from grantwell.pages.console import audit, numbers, signing_keys

ROUTES = (*signing_keys.ROUTES, *audit.ROUTES, *numbers.ROUTES)
