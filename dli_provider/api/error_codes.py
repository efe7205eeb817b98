"""What a refusal means to a caller: which error it is raised as, and what the reader can do about it.

There are four families of codes: the five digits of the DLI API reference of 2020 on single calls, the few general
ones that its 'Error Codes' has left today, those of the gateway before it, and none at all. The same no may come under
any of them, so nobody but this module looks at a code. A general one names no cause; DLI's words may, read together
with the call, and where they do not the error is Refused, whose cause is unknown. A code that is not here is shown as
it is. Where a code says nothing, the HTTP status does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from dli_provider.api.call import Call
from dli_provider.api.envelope import ErrorBody
from dli_provider.api.retry import Trouble
from dli_provider.errors import (
    Conflict,
    DliError,
    Forbidden,
    Invalid,
    Misconfigured,
    NoSavepoint,
    NotFound,
    QuotaExceeded,
    Refused,
    Throttled,
    Unauthenticated,
    Unavailable,
    WrongStatus,
)
from dli_provider.secrets import KnownSecrets, without_secrets

_Kind = tuple[type[DliError], str]

_GONE: _Kind = (NotFound, "it was deleted elsewhere; refresh, then repeat the command")
_LOGIN: _Kind = (
    Unauthenticated,
    "check dli:accessKey [HW_ACCESS_KEY] and dli:secretKey [HW_SECRET_KEY]; renew dli:token [HW_AUTH_TOKEN] "
    "or dli:securityToken [HW_SECURITY_TOKEN] if it has expired; check the clock of this machine",
)
_PROJECT: _Kind = (
    Misconfigured,
    "check that dli:projectId [HW_PROJECT_ID] is the project of these credentials and this region",
)
_PATH: _Kind = (
    Misconfigured,
    "check dli:endpoint [DLI_ENDPOINT], dli:region [HW_REGION_NAME] and dli:projectId [HW_PROJECT_ID]; "
    "not every call exists in every region",
)
_PERMISSION: _Kind = (
    Forbidden,
    "ask for a DLI role that allows it (dli:jobs:*, and submitting to the queue)",
)
_FILES: _Kind = (Forbidden, "allow DLI and this user to read and write the files in OBS")
_ACCOUNT: _Kind = (
    QuotaExceeded,
    "settle the account's balance or its real-name check, then repeat the command",
)
_QUOTA: _Kind = (QuotaExceeded, "ask for more quota, or delete what is no longer needed")
_QUEUE_FULL: _Kind = (QuotaExceeded, "lower cu_number, stop other jobs on the queue, or enlarge the queue")
_NAME_TAKEN: _Kind = (Conflict, "choose another name, or delete or adopt the job that has it")
_TEMPLATE_TAKEN: _Kind = (Conflict, "choose another name for the template")
_NOT_NOW: _Kind = (WrongStatus, "wait until the job has settled, then repeat the command")
_STOP_FIRST: _Kind = (WrongStatus, "stop the job first")
_ARGUMENT: _Kind = (Invalid, "correct the argument that DLI names")
_NAME: _Kind = (Invalid, "use 1 to 57 letters, digits, '-' or '_' in name")
_SQL: _Kind = (Invalid, "correct sql_body")
_BUCKET_NEEDED: _Kind = (Invalid, "set obs_bucket, or switch checkpoint_enabled and log_enabled off")
_BUCKET: _Kind = (Invalid, "set obs_bucket to a bucket of this region that DLI may write to")
_CAPACITY: _Kind = (Invalid, "correct cu_number, manager_cu_number, parallel_number, tm_cus or tm_slot_num")
_QUEUE: _Kind = (
    Invalid,
    "set run_mode to exclusive_cluster and queue_name to a general-purpose queue that exists",
)
_MODE: _Kind = (Invalid, "let job_type and run_mode fit together, and both fit the connectors in sql_body")
_SUPPORT: _Kind = (Refused, "quote the code and the request id to Huawei Cloud support")
_LATER: _Kind = (Refused, "repeat the command later; if it stays, quote the request id to support")
_NO_SAVEPOINT: _Kind = (NoSavepoint, "run the job without resuming a savepoint, or import one first")
_TOPIC: _Kind = (Invalid, "set smn_topic to the name of a topic that exists")
_ALREADY_AUTHORIZED: _Kind = (Conflict, "nothing: DLI may use the bucket already")
_LOOK: _Kind = (Unavailable, "repeat the command; the job is looked at first")
_UNCLEAR: _Kind = (
    Unavailable,
    "check that dli:endpoint [DLI_ENDPOINT] is DLI itself and no proxy answers in its place",
)
_SLOWER: _Kind = (Throttled, "repeat the command later, or with less parallelism")

_KINDS: dict[str, _Kind] = {
    **dict.fromkeys(("0001", "0018", "10004", "11029", "12001", "1206", "23001", "23003"), _ARGUMENT),
    "0002": (Refused, "check the names of queue, bucket, topic and agency in the arguments"),
    **dict.fromkeys(("0003", "10002", "10005", "13011"), _PERMISSION),
    **dict.fromkeys(("0004", "0005", "11001", "13005", "18001"), _SQL),
    "0006": _NAME_TAKEN,
    **dict.fromkeys(("0007", "0008", "0009", "12002", "13010"), _SUPPORT),
    "0011": _FILES,
    **dict.fromkeys(("0012", "0100", "11005", "28202"), _LATER),
    **dict.fromkeys(("0013", "0014", "0015", "0016", "10007", "10008", "10010"), _LOGIN),
    **dict.fromkeys(("0019", "0999", "10001", "10015", "26500"), _LOOK),
    **dict.fromkeys(("1028", "11003", "18003"), _QUOTA),
    "10003": _PATH,
    "10006": _PROJECT,
    **dict.fromkeys(("10009", "10014", "10016"), _ACCOUNT),
    **dict.fromkeys(("11002", "13003"), _BUCKET_NEEDED),
    **dict.fromkeys(("11004", "12006"), _NAME_TAKEN),
    **dict.fromkeys(("11006", "11007", "11015"), _NAME),
    "11008": (Invalid, "correct checkpoint_interval"),
    "11009": (Invalid, "correct checkpoint_mode"),
    **dict.fromkeys(("11010", "11011", "11016", "13004", "19003", "19004"), _BUCKET),
    **dict.fromkeys(("11012", "11013", "11022", "11025", "11027", "11028"), _CAPACITY),
    "11014": (Invalid, "shorten desc to 512 characters"),
    "11023": (Invalid, "set edge_group_ids"),
    **dict.fromkeys(("11024", "11035", "13009", "13012", "13014", "13015", "13016"), _MODE),
    "11032": _TOPIC,
    "11036": (Invalid, "correct idle_state_retention"),
    "11039": (Invalid, "correct dirty_data_strategy"),
    "12003": _STOP_FIRST,
    **dict.fromkeys(("12005", "13006", "15002"), _NOT_NOW),
    "14001": (WrongStatus, "wait until the job runs"),
    **dict.fromkeys(("12004", "13007", "15001", "16001", "17001", "18005", "1205"), _GONE),
    **dict.fromkeys(("13001", "13002", "20014"), _QUEUE_FULL),
    **dict.fromkeys(("13008", "13024", "20005"), _QUEUE),
    "13017": _NO_SAVEPOINT,
    "18002": _TEMPLATE_TAKEN,
    **dict.fromkeys(("18004", "18006", "18007", "18008", "18009"), _ARGUMENT),
    "19001": _ARGUMENT,
    "19002": (Refused, "check that the bucket exists, and authorise DLI for it in the console"),
    "19005": _ALREADY_AUTHORIZED,
    **dict.fromkeys(
        ("19006", "19007", "19008", "19009", "19010", "19011"),
        (Forbidden, "let an administrator grant DLI its agency in the console, under Global Configuration"),
    ),
    **dict.fromkeys(("29001", "29002"), (Invalid, "correct the path in OBS")),
}
"""By code, without its prefix `DLI.`."""

_GATEWAY_KINDS: dict[str, _Kind] = {
    "0101": _PATH,
    "0301": _LOGIN,
    "0308": _SLOWER,
    "0310": _PROJECT,
    # With HTTP 405, which would else mean that the call does not exist.
    "0501": _QUOTA,
    "0502": _ACCOUNT,
}
"""By code, without its prefix `APIGW.` or `APIG.`."""

_STATUS_KINDS: dict[int, _Kind] = {
    401: _LOGIN,
    403: _PERMISSION,
    404: _PATH,
    405: _PATH,
    408: _LOOK,
    409: (Conflict, "refresh, then repeat the command"),
    413: (Invalid, "shorten sql_body"),
    429: _SLOWER,
}

_GENERAL = frozenset({"", "0001", "0002", "0007", "0008", "0009", "0999", "12002"})
"""The codes, and none, that stand for more than one cause: DLI's words come first."""

_ABSENT = r"(?:(?:does|do|did) not exist|doesn't exist|not found|cannot be found|(?:is|are) no such|has been deleted)"
_OBJECTS = re.compile(r"\b(job|queue|bucket|topic|agency|template|savepoint|table|user|project)\b", re.I)


def _absent(what: str) -> re.Pattern[str]:
    return re.compile(rf"\b{what}\b.*\b{_ABSENT}\b|\bno (?:such )?{what}\b", re.I | re.S)


def _any_call(_call: Call) -> bool:
    return True


def _asks_job(call: Call) -> bool:
    return call.asks_job


def _names(call: Call) -> bool:
    """Whether the call gives something a name."""
    return "name" in (call.body or {})


def _resumes(call: Call) -> bool:
    return bool((call.body or {}).get("resume_savepoint"))


_WORDS: tuple[tuple[re.Pattern[str], Callable[[Call], bool], _Kind], ...] = (
    (re.compile(r"\bbucket\b.*\balready authori[sz]ed\b", re.I | re.S), _any_call, _ALREADY_AUTHORIZED),
    (re.compile(r"\bbucket\b.*\bnot (?:been )?authori[sz]ed\b", re.I | re.S), _any_call, _BUCKET),
    (re.compile(r"\bno permission\b|\bpermission denied\b", re.I), _any_call, _PERMISSION),
    (
        re.compile(
            r"\b(?:quota|cus?|balance)\b.*\binsufficient\b|\binsufficient (?:quota|cus?|balance)\b",
            re.I | re.S,
        ),
        _any_call,
        _QUEUE_FULL,
    ),
    (
        re.compile(
            r"\bname\b.*\b(?:already exists|exists already|is taken|already used|in use)\b", re.I | re.S
        ),
        _names,
        _NAME_TAKEN,
    ),
    (_absent("savepoint"), _resumes, _NO_SAVEPOINT),
    (_absent("queue"), _any_call, _QUEUE),
    (_absent("bucket"), _any_call, _BUCKET),
    (_absent("topic"), _any_call, _TOPIC),
    (_absent("job"), _asks_job, _GONE),
    # Last: the status of a job is also spoken of where something else is the cause.
    (
        re.compile(
            r"\bjob_[a-z]+\b|\b(?:is|while|when|already) (?:it is )?(?:already |still |being )?"
            r"(?:running|submitting|submitted|stopping|stopped|canceling|savepointing)\b"
            r"|\b(?:current|present|job|this) status\b|\bstatus of the job\b|\bin a status\b",
            re.I,
        ),
        _asks_job,
        _NOT_NOW,
    ),
)
"""What DLI's words say for certain, in the language that is asked for; the first that matches."""

_TASK_TIMED_OUT = "DLI.0019"
_TOO_MANY_REQUESTS = 429
_NO_WORDS = "DLI gave no reason"


def trouble(refusal: ErrorBody, call: Call) -> Trouble:
    """What the refusal means for repeating the call."""
    kind, _ = _kind(refusal, call)
    if kind is Throttled:
        return Trouble.THROTTLED
    if refusal.code == _TASK_TIMED_OUT:
        return Trouble.TASK_TIMED_OUT
    # What is neither a yes nor a no came from something that is not DLI, and will come again.
    return Trouble.INTERNAL if kind is Unavailable and refusal.understood else Trouble.FINAL


def error(refusal: ErrorBody, call: Call, subject: str, secrets: Iterable[str] = ()) -> DliError:
    """The refusal as an error of the tree, in DLI's own words, with `secrets` masked."""
    kind, remedy = _kind(refusal, call)
    reasons = refusal.reasons or (_NO_WORDS,)
    if refusal.authorization_message:
        reasons += (f"encoded authorization message: {refusal.authorization_message}",)
    known = KnownSecrets(secrets)
    return kind(
        subject,
        [without_secrets(reason, known) for reason in reasons],
        remedy=remedy,
        request_id=refusal.request_id,
        code=refusal.code or ("" if refusal.http_status < 300 else f"HTTP {refusal.http_status}"),
    )


def _kind(refusal: ErrorBody, call: Call) -> _Kind:
    family, _, number = refusal.code.partition(".")
    # Before all codes: what did not come from DLI may hold a code that means something else.
    if not refusal.understood:
        return _UNCLEAR
    if refusal.http_status == _TOO_MANY_REQUESTS:
        return _SLOWER
    known = {"DLI": _KINDS, "APIGW": _GATEWAY_KINDS, "APIG": _GATEWAY_KINDS}.get(family, {})
    told = _by_words(refusal, call) if family in ("", "DLI") else None
    if told or number in known:
        return told or known[number]
    # 404 with a code of DLI's own comes from DLI; without one nothing is known about the object in the path.
    if refusal.http_status == 404 and family == "DLI":
        return _GONE
    return _by_status(refusal.http_status)


def _by_words(refusal: ErrorBody, call: Call) -> _Kind | None:
    """What a code that is not clear by itself means for this call and with these words; None where that is not sure."""
    number, words = refusal.code.partition(".")[2], " ".join(refusal.reasons)
    # Some codes are ambiguous in general and clear for the calls that name one object in their path; unless it is
    # another that is missing. To take a job for gone that is there costs most of all.
    named = {noun.lower() for noun in _OBJECTS.findall(words)}
    if refusal.code in call.missing and (not named or any(noun in call.path for noun in named)):
        return _GONE
    # Without a code, 401 or 404 say all that is certain; and 5xx says that DLI itself does not know.
    telling = refusal.http_status < 500 if number else refusal.http_status in (200, 400, 409)
    if number not in _GENERAL or not telling:
        return None
    for pattern, applies, kind in _WORDS:
        if applies(call) and pattern.search(words):
            return kind
    # A parameter that was refused may be one that may not change while the job runs.
    return _SUPPORT if number == "0001" and call.asks_job else None


def _by_status(http_status: int) -> _Kind:
    # There is no such call, and there will be none.
    if http_status == 501:
        return _PATH
    if http_status >= 500:
        return _LOOK
    # Redirects are not followed, so the address must be corrected.
    if 300 <= http_status < 400:
        return _PATH
    return _STATUS_KINDS.get(http_status, _SUPPORT)
