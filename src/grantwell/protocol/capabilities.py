"""What an API key can be given beyond the default set, which is `CAPABILITIES` of the records."""

# Who has a key with it signs everybody of its organization in.
SIGN_IN_OTHERS = "sessions"
