"""What was meant by a name that nothing knows."""

from __future__ import annotations

from collections.abc import Iterable


def closest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that is likely meant; None where none is much alike."""
    # Imported only where something is wrong.
    from difflib import get_close_matches

    # Upper and lower case are what is mistaken first.
    folded = {each.lower(): each for each in sorted(known)}
    close = get_close_matches(name.lower(), folded, 1, cutoff=cutoff)
    return folded[close[0]] if close else None


def likeliest(name: str, known: Iterable[str]) -> str:
    """What to do about a name that nothing knows: the closest known one, or what there is to choose from."""
    names = sorted(known)
    close = closest(name, names)
    return f"Did you mean {close}?" if close else f"Known are: {', '.join(names) or 'none'}."
