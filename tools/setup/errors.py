"""How set-up fails."""


class SetupError(Exception):
    """Set-up cannot go on; the text says why and what to do."""
