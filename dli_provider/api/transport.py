"""Sends calls over HTTP: in bounded time, again where that is safe, every failure one of our errors.

Knows no endpoint of DLI by name. Never shows what was sent, nor what came back: a body may hold SQL, and SQL may hold
passwords.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, urlencode

import requests
from requests.auth import AuthBase

from dli_provider import resting
from dli_provider.api import envelope, error_codes
from dli_provider.api.call import Call
from dli_provider.api.envelope import Answer
from dli_provider.api.outages import BROKEN_CONNECTIONS, outage
from dli_provider.api.pace import Pace
from dli_provider.api.reading import MOST, TimedAdapter, TooLongError, read
from dli_provider.api.retry import Patience, Trouble, asked_wait, is_worth_repeating
from dli_provider.api.signing import token_expiry
from dli_provider.errors import DliError, Unavailable
from dli_provider.secrets import secret_values
from dli_provider.settings import Settings

log = logging.getLogger(__name__)

_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "Content-Type": "application/json",
    "User-Agent": f"dli-provider/{version('dli-provider')}",
    "X-Language": "en-us",
}

_LEAST = 5.0
"""Seconds that a call has even where nothing is left: a last look must not fail because it is the last."""


def _nothing() -> None: ...


@dataclass(frozen=True)
class _Failure:
    """One attempt that came to nothing; `asked` is the wait in seconds that the server asked for."""

    trouble: Trouble
    asked: float | None
    error: DliError
    cause: Exception | None = None


class Transport:
    """A thread-safe connection to one project of DLI.

    `auth` puts credentials on each attempt. `before_write` runs right before each attempt of anything but a
    GET, and what it raises goes to the caller. `pool_size` connections are kept, for as many calls as can be under
    way at once where each takes a tenth of a second; more are opened when needed. All calls together keep to one
    pace. `sleep`, `clock` (seconds) and `chance` (0 to 1) are for tests.
    """

    def __init__(
        self,
        settings: Settings,
        auth: AuthBase | None = None,
        *,
        before_write: Callable[[], None] | None = None,
        pool_size: int = 128,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._auth = auth
        self._before_write = before_write or _nothing
        self._patience = Patience(settings.retry_attempts, settings.retry_seconds)
        # A local DLI that cannot be reached is not running: to go on asking would only keep its user waiting.
        few = min(3, settings.retry_attempts)
        self._unreached = replace(self._patience, attempts=few) if settings.local else self._patience
        self._sleep, self._clock, self._chance = sleep, clock, chance
        self._pace = Pace(clock, sleep)
        # Without a session of `requests`: it would merge its own settings into each request, for a tenth of what a call
        # costs, follow redirects, and keep cookies, of which one of a gateway would tie calls to each other. No retries
        # by the adapter, which knows no kinds of calls.
        self._adapter = TimedAdapter(pool_maxsize=pool_size)
        # Proxies and certificates from the environment, read once; logins from ~/.netrc never.
        # With stream, an answer is not read before somebody counts what he reads of it.
        found = requests.Session().merge_environment_settings(settings.endpoint, {}, True, True, None)
        # A proxy cannot reach a server on this machine.
        self._environment: dict[str, Any] = {**found, "proxies": {}} if settings.local else {**found}

    def close(self) -> None:
        """Close all connections."""
        self._adapter.close()

    @property
    def place(self) -> str:
        """Where what is sent arrives: region and project id."""
        return self._settings.place

    @property
    def credentials_expire(self) -> float | None:
        """When DLI will take the credentials no more, in seconds since the epoch; None where nothing tells."""
        return token_expiry(self._settings.token)

    def send(self, call: Call, subject: str, left: float | None = None) -> Answer:
        """DLI's yes, after as many attempts as the kind of call allows, none of them later than what is `left` in
        seconds, if anything bounds it.

        Raises an error about `subject`: Unavailable where the last attempt was not answered, else what
        DLI's refusal means.
        """
        return resting.elsewhere(lambda: self._send(call, subject, left))

    def _send(self, call: Call, subject: str, left: float | None) -> Answer:
        bound = None if left is None else max(left, _LEAST)
        began = self._clock()
        attempt = 1
        untouched = True
        while True:
            began += self._pace.wait()  # time spent waiting for its turn does not count against the call
            remaining = None if bound is None else max(bound - (self._clock() - began), _LEAST)
            outcome = self._attempt(call, subject, remaining)
            if isinstance(outcome, Answer):
                return outcome
            # A clear no says nothing about an earlier attempt whose answer was lost.
            untouched = outcome.error.certainly_not_done = untouched and outcome.error.certainly_not_done
            # Only where nothing was reached: a local DLI that answers slowly is there.
            patience = self._unreached if outcome.trouble is Trouble.NOT_SENT else self._patience
            if bound is not None:
                patience = replace(patience, seconds=min(patience.seconds, bound))
            wait = patience.delay(attempt, self._clock() - began, outcome.asked, self._chance())
            if wait is None or not is_worth_repeating(call.repeat, outcome.trouble):
                raise outcome.error from outcome.cause
            log.debug("%s %s: %s; again in %.1f s", call.method, call.path, outcome.trouble.name, wait)
            self._sleep(wait)
            attempt += 1

    def _attempt(self, call: Call, subject: str, remaining: float | None) -> Answer | _Failure:
        # Prepared for each attempt, since a signature holds the time and is soon too old.
        request = self._request(call)
        if call.method != "GET":
            # Before each attempt, not once: if Pulumi's engine is gone by now, nobody would record the write.
            self._before_write()
        timeouts = (self._settings.connect_timeout, self._settings.read_timeout)
        if remaining is not None:
            timeouts = (min(timeouts[0], remaining), min(timeouts[1], remaining))
        sent = self._clock()
        try:
            # No redirects: they would send credentials and SQL to an address that nobody configured.
            response = self._adapter.send(request, timeout=timeouts, **self._environment)
            answer = _answer(response)
        except BROKEN_CONNECTIONS as cause:
            broken = outage(cause, self._settings.endpoint, self._settings.local)
            return _Failure(broken.trouble, None, broken.error(subject), cause)
        except TooLongError as cause:
            return _Failure(Trouble.FINAL, None, _too_long(response, cause, subject))
        log.debug(
            "%s %s: HTTP %d, request id %s", call.method, call.path, answer.http_status, answer.request_id
        )
        refusal = envelope.error_body(answer, call.confirmed_by, call.elements)
        if refusal is None:
            self._pace.taken()
            return answer
        error, asked = (
            error_codes.error(refusal, call, subject, self._secrets(call)),
            asked_wait(answer.headers),
        )
        trouble = error_codes.trouble(refusal, call)
        if trouble is Trouble.THROTTLED:
            # A wait longer than one call may last would fail every other call too, so it is not put on the shared pace:
            # DLI answers each call for itself.
            too_long = asked is not None and asked > self._patience.seconds
            self._pace.refused(sent, None if too_long else asked)
        else:
            self._pace.taken()
        return _Failure(trouble, asked, error)

    def _request(self, call: Call) -> requests.PreparedRequest:
        """Encoded as it is signed: no "+" for a space in the query, text as UTF-8 in the body."""
        url = f"{self._settings.endpoint}/{call.version}/{self._settings.project_id}/{call.path}"
        query = urlencode(call.query, quote_via=quote, safe="~")
        body = None if call.body is None else json.dumps(call.body, ensure_ascii=False).encode()
        request = requests.PreparedRequest()
        request.prepare(
            call.method, f"{url}?{query}" if query else url, headers=_HEADERS, data=body, auth=self._auth
        )
        return request

    def _secrets(self, call: Call) -> Iterator[str]:
        """What no message may show: our credentials, and the passwords in what was sent."""
        yield from self._settings.secrets
        # DLI's messages quote what they complain about.
        yield from secret_values(call.body or {})


def _answer(response: requests.Response) -> Answer:
    content = read(response)
    # Not response.text, which guesses an encoding from the headers.
    body = envelope.parse(content.decode("utf-8", "replace"))
    return Answer(response.status_code, body, response.headers, len(content))


def _too_long(response: requests.Response, cause: TooLongError, subject: str) -> Unavailable:
    """Of an answer that was not read to its end nobody knows whether it was a yes."""
    began = Answer(response.status_code, None, response.headers, cause.length)
    return Unavailable(
        subject,
        f"the answer is longer than the {MOST} bytes that are read of one; so far: {began.form}",
        remedy="check that dli:endpoint [DLI_ENDPOINT] is DLI itself and no proxy answers in its place",
        request_id=began.request_id,
    )
