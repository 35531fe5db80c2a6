"""From a person's consent, or a program's own credentials, to a token that stays fresh."""
