"""What the engine does by the second door, message by message: the same as `PulumiState` does around the lifecycle.

The plugin's own servicer is called with the messages that would come over the wire, in this thread, so that whatever is
cut off is cut off at once. What it says of an error is turned back into one, as the user is told it: what matrices ask
of errors is so asked of what stands in the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2

from dli_provider import errors
from dli_provider.errors import DliError, Invalid, StateLoss
from dli_provider.pulumi import job_properties
from dli_provider.pulumi.job_verbs import JobVerbs
from dli_provider.pulumi.messages import kind_of
from dli_provider.pulumi.plugin.faces import Face
from dli_provider.pulumi.plugin.host import Host
from dli_provider.pulumi.plugin.job_face import TIMEOUTS, JobFace
from dli_provider.pulumi.plugin.package_names import JOB
from dli_provider.pulumi.plugin.servicer import DliServicer
from dli_provider.pulumi.plugin.structs import Place, closed, opened
from dli_provider.pulumi.property_bags import OUTPUTS
from dli_provider.pulumi.reviewed_lock import ReviewedLock
from dli_provider.run.lifecycle import Lifecycle
from dli_provider.settings import Settings
from tests.contract.pulumi_state import PulumiState
from tests.support.declared import Inputs
from tests.support.second_door import init_failed_in

SECRET: frozenset[Place] = frozenset({("sql_body",), ("tags", "team"), ("runtime_config",)})
"""What every program of a matrix keeps secret: as a whole, and at depth."""
_NOBODY = "127.0.0.1:9"
_OWNER = "shop/dev/orders"


@dataclass
class PluginState(PulumiState):
    """One declared job as the state has it by the second door; `init_errors` are why it is not as it should be."""

    settings: Settings | None = None
    said: list[str] = field(default_factory=list)
    init_errors: list[str] = field(default_factory=list)
    told: Any = None
    """The answer to the last question what differs."""
    _open: tuple[Lifecycle, _Calls] | None = None

    def fresh(self) -> PluginState:
        return PluginState(settings=self.settings, said=self.said)

    def up(self, lifecycle: Lifecycle, inputs: Inputs, *, refresh: bool = False) -> None:
        calls = self._calls(lifecycle)
        self._delete_the_replaced(lifecycle)
        if refresh:
            self.refresh(lifecycle)
        news = self.check(calls, inputs)
        if self.state is None:
            self._create(calls, news, inputs)
            return
        told = self.told = self.diff(calls, news)
        if told.replaces:
            former = self._in_state()
            self._create(calls, news, inputs)
            self._former.append(former)
            self._delete_the_replaced(lifecycle)
            return
        # The engine updates what it has in its state as not well, whether anything differs or not.
        if told.changes == proto.DiffResponse.DIFF_SOME or self.init_errors:
            self._update(calls, news, inputs)

    def update(self, lifecycle: Lifecycle, inputs: Inputs) -> None:
        self._update(self._calls(lifecycle), closed(_given(inputs), SECRET), inputs)

    def adopt(self, lifecycle: Lifecycle, inputs: Inputs, job_id: int) -> None:
        self.up(lifecycle, {**inputs, "adopt": str(job_id)})

    def check(self, calls: _Calls, inputs: Inputs) -> Any:
        """The checked inputs. Raises StateLoss, and Invalid, for what the engine would print under the arguments."""
        olds = self._in_state()["old_inputs"] if self.state else None
        asked = provider_pb2.CheckRequest(urn=_urn(inputs), olds=olds, news=closed(_given(inputs), SECRET))
        answer = calls.ask("Check", asked)
        if reasons := [each.reason for each in answer.failures]:
            kind = StateLoss if any("state" in reason for reason in reasons) else Invalid
            raise kind("check", reasons)
        return answer.inputs

    def diff(self, calls: _Calls, news: Any) -> Any:
        return calls.ask(
            "Diff", provider_pb2.DiffRequest(**self._in_state(), urn=_urn(self.state), news=news)
        )

    def refresh(self, lifecycle: Lifecycle) -> None:
        if self.state is None:
            return
        was = self._in_state()
        asked = provider_pb2.ReadRequest(
            id=was["id"], urn=_urn(self.state), properties=was["olds"], inputs=was["old_inputs"]
        )
        answer = self._calls(lifecycle).ask("Read", asked)
        if not answer.id:
            self.state = None
            return
        # What was read well has no errors of its creation any more.
        self._keep(answer.inputs, answer.properties, self.state)

    def destroy(self, lifecycle: Lifecycle) -> None:
        assert self.state is not None
        self._delete(self._calls(lifecycle), self._in_state(), self.state)
        self.state = None

    # -- inside ----------------------------------------------------------------------------------------------------

    _former: list[dict[str, Any]] = field(default_factory=list)

    def _delete_the_replaced(self, lifecycle: Lifecycle) -> None:
        while self._former:
            self._delete(self._calls(lifecycle), self._former[-1], self.state or {})
            self._former.pop()

    def _create(self, calls: _Calls, news: Any, inputs: Inputs) -> None:
        bound = inputs.get("create_timeout", 0.0)
        asked = provider_pb2.CreateRequest(urn=_urn(inputs), properties=news, timeout=bound)
        try:
            answer = calls.ask("Create", asked)
        except _Kept as kept:
            self._keep(kept.made.inputs, kept.made.properties, inputs)
            self.init_errors = [*kept.made.reasons]
            raise kept.failure from None
        self._keep(news, answer.properties, inputs)
        assert (self.state or {})["job_id"] == answer.id

    def _update(self, calls: _Calls, news: Any, inputs: Inputs) -> None:
        bound = inputs.get("update_timeout", 0.0)
        asked = provider_pb2.UpdateRequest(**self._in_state(), urn=_urn(inputs), news=news, timeout=bound)
        self._keep(news, calls.ask("Update", asked).properties, inputs)

    def _delete(self, calls: _Calls, was: dict[str, Any], inputs: Mapping[str, Any]) -> None:
        bound = inputs.get("delete_timeout", 0.0)
        asked = provider_pb2.DeleteRequest(
            id=was["id"],
            urn=_urn(inputs),
            properties=was["olds"],
            old_inputs=was["old_inputs"],
            timeout=bound,
        )
        calls.ask("Delete", asked)

    def _keep(self, inputs: Any, outputs: Any, program: Mapping[str, Any]) -> None:
        declared, secret = opened(inputs)
        kept, hidden = opened(outputs)
        assert not {*TIMEOUTS} & {*declared, *kept}, "the engine has them"
        assert {place for place in secret if _has(kept, place)} <= hidden, "a secret came back in clear"
        bounds = {key: program[key] for key in TIMEOUTS if key in program}
        self.state, self.init_errors = {**declared, **kept, **bounds}, []

    def _in_state(self) -> dict[str, Any]:
        """Id, outputs and inputs, as the engine sends them along."""
        assert self.state is not None
        kept = {key: value for key, value in self.state.items() if key not in TIMEOUTS}
        declared = {key: value for key, value in kept.items() if key not in OUTPUTS}
        return {
            "id": str(self.job_id),
            "olds": closed(kept, SECRET),
            "old_inputs": closed({"owner": _owner(self.state), **declared}, SECRET),
        }

    def _calls(self, lifecycle: Lifecycle) -> _Calls:
        """The plugin of this deployment: each has one of its own, which knows nothing of those before."""
        if self._open is None or self._open[0] is not lifecycle:
            assert self.settings is not None
            verbs = JobVerbs(
                self.settings,
                ReviewedLock(),
                sql=None,
                judge=None,
                tell=self.said.append,
                warn=self.said.append,
                progress=self.said.append,
                before_write=lambda: None,
                _lifecycle=lifecycle,
            )
            self._open = lifecycle, _Calls(verbs)
        return self._open[1]


class _Plugin(DliServicer):
    """The servicer around a lifecycle whose time and calls a test has in hand."""

    def __init__(self, verbs: JobVerbs) -> None:
        super().__init__(Host(_NOBODY), {})
        self._job = JobFace(verbs)

    def _face(self, type_: str) -> Face:
        assert type_ == JOB
        return self._job


class _Aborted(Exception): ...


class _Context:
    """A call's end as gRPC would bring it to the engine."""

    details, metadata = "", ()

    def abort(self, _code: Any, details: str) -> None:
        raise _Aborted(details)

    def set_code(self, _code: Any) -> None: ...

    def set_details(self, details: str) -> None:
        self.details = details

    def set_trailing_metadata(self, metadata: Any) -> None:
        self.metadata = metadata


class _Kept(Exception):
    """A creation that failed and left a resource in the state."""

    def __init__(self, made: Any, failure: DliError) -> None:
        super().__init__(str(failure))
        self.made, self.failure = made, failure


class _Calls:
    def __init__(self, verbs: JobVerbs) -> None:
        self._servicer = _Plugin(verbs)

    def ask(self, name: str, request: Any) -> Any:
        """The answer to a message. Raises the error that the user is told, or _Kept."""
        context = _Context()
        came = type(request).FromString(request.SerializeToString())
        try:
            answer = getattr(self._servicer, name)(came, context)
        except _Aborted as told:
            raise as_told(str(told)) from None
        if context.details:
            raise _Kept(init_failed_in(context.metadata), as_told(context.details))
        return type(answer).FromString(answer.SerializeToString())


def as_told(message: str) -> DliError:
    """The error of a message: `rolled back: orders (job 7): the queue is full. What to do: ...`."""
    kind, _, text = message.partition(": ")
    assert kind in _KINDS, f"no error of ours, but a mistake: {message}"
    subject, _, rest = text.partition(": ")
    reasons, _, remedy = rest.partition(" What to do: ")
    return _KINDS[kind](subject, reasons, remedy=remedy)


def _kinds(kind: type[DliError]) -> Iterator[type[DliError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _kinds(each)


_KINDS = {kind_of(each("", "")): each for each in _kinds(errors.DliError)}


def _has(bag: Mapping[str, Any], place: Place) -> bool:
    first, *rest = place
    inside = bag.get(str(first))
    return inside is not None and (not rest or (isinstance(inside, dict) and _has(inside, tuple(rest))))


def _owner(bag: Mapping[str, Any] | None) -> str:
    return str((bag or {}).get("owner") or _OWNER)


def _urn(bag: Mapping[str, Any] | None) -> str:
    project, stack, name = _owner(bag).split("/", 2)
    return f"urn:pulumi:{stack}::{project}::{JOB}::{name}"


def _given(inputs: Inputs) -> Inputs:
    """What the program says, without what the engine's calls say."""
    return {key: value for key, value in inputs.items() if key not in (*TIMEOUTS, "owner")}


def as_declared(inputs: Inputs) -> Inputs:
    """What this door is given of a program: without the waits, which the engine has, and with the owner it names."""
    return job_properties.arguments({**_given(inputs), "owner": _owner(inputs)})[0]
