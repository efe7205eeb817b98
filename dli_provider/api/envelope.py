"""Whether an answer is a success, and what a refusal says: the envelope around every payload, in each of its shapes.

HTTP 200 alone does not mean success: `is_success` may be false, as a boolean or as text, for the whole or for
one element of a list. A refusal may be an object, a list of them, nested, under four spellings, or not JSON
at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dli_provider.api.decoding import truth

_CODES = ("error_code", "errorCode", "code")
_TEXTS = ("error_msg", "errorMsg", "message")
_KIND = re.compile(r"[\w.+-]{1,40}/[\w.+-]{1,60}", re.ASCII)
NO_CONTENT = 204


@dataclass(frozen=True)
class Answer:
    """What came back: the HTTP status, and the body as JSON, or as text where it is none; `length` in bytes."""

    http_status: int
    # A job's SQL may be in it, and passwords in that. So nothing shows it, least of all where it could not be read.
    body: object = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    length: int = 0

    @property
    def form(self) -> str:
        """What can be said of an answer without showing it: status, kind and length."""
        kind = _KIND.match(self.headers.get("Content-Type", ""))
        what = (
            f"{kind[0] if kind else 'of no stated kind'}, {self.length} bytes" if self.length else "no body"
        )
        return f"HTTP {self.http_status}, {what}"

    @property
    def request_id(self) -> str:
        """What to quote to support; from the header, else from the body."""
        return self.headers.get("X-Request-Id", "") or next(_values(self.body, "request_id"), "")


@dataclass(frozen=True)
class ErrorBody:
    """A refusal: the HTTP status, DLI's code ("" where it gave none) and words, one per failed element."""

    http_status: int
    code: str
    reasons: tuple[str, ...]
    request_id: str
    authorization_message: str = ""
    understood: bool = True
    """False for an answer that is neither a success nor a refusal."""


def parse(text: str) -> object:
    """A body as JSON where it is JSON, else as text; None where it is empty."""
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def error_body(answer: Answer, confirmed_by: str, elements: Sequence[str] = ()) -> ErrorBody | None:
    """The refusal in an answer, or None for a success. `confirmed_by` and `elements` are those of the call."""
    if 200 <= answer.http_status < 300:
        findings = _findings_in_success(answer, confirmed_by, elements)
        if findings is None:
            return None
        # A proxy or a login page may answer 200 as well. That is no success, and no refusal of DLI either.
        understood = bool(findings)
        findings = findings or [("", f"the answer says neither yes nor no ({answer.form})")]
    else:
        understood = True
        findings = [*_findings(answer.body)] or [("", f"the answer gives no reason ({answer.form})")]
    return ErrorBody(
        http_status=answer.http_status,
        code=next((code for code, _ in findings if code), ""),
        reasons=tuple(dict.fromkeys(text for _, text in findings if text)),
        request_id=answer.request_id,
        authorization_message=next(_values(answer.body, "encoded_authorization_message"), ""),
        understood=understood,
    )


_Finding = tuple[str, str]


def _findings_in_success(answer: Answer, confirmed_by: str, elements: Sequence[str]) -> list[_Finding] | None:
    """What a 2xx answer objects to; None for a success, an empty list where it says neither."""
    # The tag calls answer so; without a body there is nothing to ask.
    if answer.http_status == NO_CONTENT:
        return None
    # For these calls the status is the success, unless the body says otherwise.
    if not confirmed_by and _is_yes(answer.body, confirmed_by) is not False:
        return None
    # Run and stop answer one element for each job, and some may be refused where others are not.
    parts = answer.body if isinstance(answer.body, list) else [answer.body]
    verdicts = [_is_yes(part, confirmed_by) for part in parts]
    # An empty list has refused nothing, and done nothing either.
    if parts and all(verdicts):
        return None
    # The elements hold no job id: they are told apart by their order, if there are as many as were asked for.
    labels = [f"{name}: " for name in elements] if len(elements) == len(parts) > 1 else [""] * len(parts)
    return [
        (code, label + text)
        for part, verdict, label in zip(parts, verdicts, labels, strict=True)
        if verdict is False
        for code, text in [*_findings(part)] or [("", "DLI gave no reason")]
    ]


def _is_yes(part: object, confirmed_by: str) -> bool | None:
    """True for a success, False for a refusal, None for neither."""
    if not isinstance(part, dict):
        return None
    said = truth(part.get("is_success"))
    # The explicit word comes before what is only a sign of it.
    if said is not None:
        return said
    if any(part.get(key) for key in ("error_code", "errorCode")):
        return False
    return True if part.get(confirmed_by) is not None else None


def _findings(body: object) -> Iterator[_Finding]:
    """Code and text of every objection in a body, however deep."""
    if isinstance(body, list):
        for part in body:
            yield from _findings(part)
    elif isinstance(body, dict):
        # In a mixed answer the elements that succeeded also have a `message`.
        if truth(body.get("is_success")):
            return
        code, text = _first(body, _CODES), _first(body, _TEXTS)
        if code or text:
            yield code, text
        else:
            for part in body.values():
                if isinstance(part, (dict, list)):
                    yield from _findings(part)


def _first(body: Mapping[str, object], keys: Sequence[str]) -> str:
    return next(
        (str(body[key]).strip() for key in keys if isinstance(body.get(key), (str, int)) and body[key]), ""
    )


def _values(body: object, key: str) -> Iterator[str]:
    if isinstance(body, dict):
        value = body.get(key)
        if isinstance(value, str) and value:
            yield value
        for part in body.values():
            yield from _values(part, key)
    elif isinstance(body, list):
        for part in body:
            yield from _values(part, key)
