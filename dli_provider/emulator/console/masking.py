"""Takes what is secret out of SQL and of request bodies before they are shown. Pure."""

from __future__ import annotations

import json
import re
from typing import Any, Final

MASK: Final = "••••••"
_SECRET: Final = (
    r"passw(?:or)?d|pwd|secret|token|credential|jaas|access[._-]?key|private[._-]?key|api[._-]?key"
)
_KEY: Final = re.compile(rf"(?:{_SECRET})|(?:^|[._-])(?:ak|sk)$", re.IGNORECASE)

# 'some.password' = 'value', in WITH, SET and OPTIONS; a value that is not closed goes to the end.
_OPTION: Final = re.compile(r"'(?P<key>[^'\n]*)'(?P<between>\s*=\s*)'(?P<value>(?:[^']|'')*)(?P<close>'|$)")
# "key": "some.password", "value": "..." as runtime_config has it, and "some.password": "..." anywhere.
_PAIR: Final = re.compile(
    r'(?P<head>"key"\s*:\s*"(?P<key>[^"\\]*)"\s*,\s*"value"\s*:\s*")(?P<value>(?:[^"\\]|\\.)*)(?P<close>"|$)'
)
_MEMBER: Final = re.compile(r'(?P<head>"(?P<key>[^"\\]*)"\s*:\s*")(?P<value>(?:[^"\\]|\\.)*)(?P<close>"|$)')
_IN_URL: Final = re.compile(r"(?P<head>\w://[^\s/:@'\"]*:)[^\s/@'\"]+(?=@)")


def is_secret(key: str) -> bool:
    """Whether a value under this name is nobody's business."""
    return _KEY.search(key) is not None


def mask_text(text: str) -> str:
    """SQL, or JSON as text, without its secrets."""

    def option(found: re.Match[str]) -> str:
        kept = MASK if is_secret(found["key"]) and found["value"] else found["value"]
        return f"'{found['key']}'{found['between']}'{kept}{found['close']}"

    def member(found: re.Match[str]) -> str:
        kept = MASK if is_secret(found["key"]) and found["value"] else found["value"]
        return f"{found['head']}{kept}{found['close']}"

    text = _OPTION.sub(option, text)
    text = _MEMBER.sub(member, _PAIR.sub(member, text))
    return _IN_URL.sub(rf"\g<head>{MASK}", text)


def mask_json(value: Any, key: str = "") -> Any:
    """A parsed body without its secrets, in whichever depth."""
    if isinstance(value, dict):
        named = str(value.get("key", ""))
        return {name: mask_json(part, named if name == "value" else name) for name, part in value.items()}
    if isinstance(value, list):
        return [mask_json(part, key) for part in value]
    if isinstance(value, str):
        return MASK if value and is_secret(key) else mask_text(value)
    return value


def body_for_eyes(body: str) -> str:
    """A request body, laid out and without its secrets."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return mask_text(body)
    return json.dumps(mask_json(parsed), ensure_ascii=False, indent=2)
