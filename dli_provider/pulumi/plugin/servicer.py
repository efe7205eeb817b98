"""The engine's calls: each is opened, handed to the face of its resource, and answered. Holds no rule about jobs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeAlias, TypeVar

import grpc  # type: ignore[import-untyped]
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from google.protobuf.struct_pb2 import Struct  # type: ignore[import-untyped]

from dli_provider.errors import DliError, Invalid
from dli_provider.pulumi import messages, process
from dli_provider.pulumi.messages import for_the_terminal
from dli_provider.pulumi.plugin.detailed_diff import PropertyChange
from dli_provider.pulumi.plugin.faces import Face, InState, MadeResource
from dli_provider.pulumi.plugin.host import Host, at_row
from dli_provider.pulumi.plugin.package_names import CONFIG, CREDENTIALS, JOB, TEMPLATE, VERSION
from dli_provider.pulumi.plugin.protocol import plugin_pb2, provider_pb2_grpc, status_pb2
from dli_provider.pulumi.plugin.protocol import provider_pb2 as proto
from dli_provider.pulumi.plugin.structs import Places, closed, hidden, opened
from dli_provider.settings import Settings, own_keys, unknown_keys

_Diff = proto.PropertyDiff
_KINDS = {
    ("add", False): _Diff.ADD,
    ("add", True): _Diff.ADD_REPLACE,
    ("update", False): _Diff.UPDATE,
    ("update", True): _Diff.UPDATE_REPLACE,
    ("delete", False): _Diff.DELETE,
    ("delete", True): _Diff.DELETE_REPLACE,
}
_CONFIG = "dli:config:"
_NOT_OURS = ("version", "pluginDownloadURL")
"""Keys that Pulumi itself puts into the inputs of a provider."""
_Answer = TypeVar("_Answer")
_Bag: TypeAlias = tuple[Mapping[str, Any], Places]
"""Values, and where there are secrets among them."""


def _answered(call: Callable[[Any, Any, Any], _Answer]) -> Callable[[Any, Any, Any], _Answer]:
    """An error is answered in one line: `rolled back: orders (job 7): ...`."""

    @wraps(call)
    def answer(self: Any, request: Any, context: Any) -> _Answer:
        handed_on = [request]
        del request  # it is large, and the call may wait long: see `plugin_process`
        try:
            return call(self, handed_on.pop(), context)
        except Exception as error:
            if os.environ.get("DLI_DEBUG") == "1":
                raise
            context.abort(grpc.StatusCode.UNKNOWN, messages.fit(f"{type(error).__name__}: {error}"))
            raise  # never reached: to abort is to raise

    return answer


class DliServicer(provider_pb2_grpc.ResourceProviderServicer):
    """One provider of the package `dli`, for one configuration."""

    def __init__(self, host: Host, environ: Mapping[str, str]) -> None:
        self._host, self._environ = host, environ
        self._config: dict[str, str] = {}
        self._keys: tuple[str, ...] = ()
        self._credentials: Mapping[str, Any] = {}
        self._faces: dict[str, Face] = {}
        self._making = threading.Lock()
        self._cancelled = threading.Event()

    # -- the package -----------------------------------------------------------------------------------------------

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - the engine's names, here and below
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        from dli_provider.pulumi.plugin.package_schema import schema_text

        return proto.GetSchemaResponse(schema=schema_text())

    def Cancel(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        """What is under way is finished, for a job that is left half done may be left stopped; nothing new is begun."""
        self._cancelled.set()
        return empty_pb2.Empty()

    # -- the provider ----------------------------------------------------------------------------------------------

    def CheckConfig(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """The provider's config as it came, with its credentials marked: whoever declares a provider without an SDK of
        ours may give them in clear, and what is not marked stands in the state as it is."""
        given, secret = opened(request.news)
        unknown = unknown_keys(f"dli:{key}" for key in given if key not in _NOT_OURS)
        found = [(key.removeprefix("dli:"), meant and meant.removeprefix("dli:")) for key, meant in unknown]
        return proto.CheckResponse(
            inputs=closed(given, {*secret, *((key,) for key in CREDENTIALS)}),
            # Under no property: the engine prints its value, and what is misspelt may be a key of an account.
            failures=[
                proto.CheckFailure(reason=f"{key} is no argument of the provider. {_instead(meant)}")
                for key, meant in found
            ],
        )

    def DiffConfig(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Another config is another way to the same jobs; whether it leads to another place each job says itself."""
        olds, news = opened(request.olds)[0], opened(request.news)[0]
        changed = {key for key in {*olds, *news} if olds.get(key) != news.get(key)} - {*_NOT_OURS}
        kind = proto.DiffResponse.DIFF_SOME if changed else proto.DiffResponse.DIFF_NONE
        return proto.DiffResponse(changes=kind, diffs=sorted(changed))

    @_answered
    def Configure(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Take endpoint, project and credentials from the provider's config or the environment."""
        messages.warn_of_variables(self._host.warn)
        given = {key.removeprefix(_CONFIG): value for key, value in request.variables.items()}
        if request.HasField("args"):
            given |= {key: str(value) for key, value in opened(request.args)[0].items()}
        self._config = {f"dli:{key}": value for key, value in given.items() if key not in _NOT_OURS}
        project = request.urn.split("::")[1] if "::" in request.urn else ""
        self._keys = own_keys(self._config, project)
        with for_the_terminal():
            settings = Settings.from_config(self._setting, self._environ, self._keys)
            self._credentials = {"secret": settings.secrets}
        return proto.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def _setting(self, key: str) -> str | None:
        return self._config.get(f"dli:{key}")

    def _face(self, type_: str) -> Face:
        with self._making:
            if type_ not in self._faces:
                self._faces[type_] = self._made(type_)
            return self._faces[type_]

    def _made(self, type_: str) -> Face:
        # Each is imported when the first of its kind is asked for: a stack need not have templates.
        if type_ == JOB:
            from dli_provider.pulumi.job_verbs import JobVerbs
            from dli_provider.pulumi.plugin.job_face import JobFace

            verbs = JobVerbs.configured(
                self._config.get,
                self._environ,
                tell=self._host.tell,
                progress=self._host.progress,
                warn=self._host.warn,
                before_write=process.require_engine,
                keys=self._keys,
            )
            return JobFace(verbs)
        if type_ == TEMPLATE:
            from dli_provider.pulumi.plugin.template_face import TemplateFace
            from dli_provider.pulumi.template_verbs import TemplateVerbs

            templates = TemplateVerbs.configured(
                self._config.get,
                self._environ,
                tell=self._host.tell,
                before_write=process.require_engine,
                keys=self._keys,
            )
            return TemplateFace(templates)
        raise Invalid(type_, "this package has no such resource", remedy=f"it has {JOB} and {TEMPLATE}")

    @_answered
    def Invoke(self, request: Any, _context: Any) -> Any:  # noqa: N802
        """Ask DLI something for a program."""
        from dli_provider.connect import connect
        from dli_provider.pulumi.plugin.functions import function, not_known_yet

        arguments, secret = opened(request.args)
        with for_the_terminal(arguments, _told((arguments, secret)), self._credentials):
            ask = function(request.tok, arguments)
            if ask is None:
                return proto.InvokeResponse(**{"return": closed(not_known_yet(request.tok))})
            with connect(Settings.from_config(self._setting, self._environ)) as api:
                return proto.InvokeResponse(**{"return": closed(ask(api, arguments, self._host.warn))})

    # -- a resource ------------------------------------------------------------------------------------------------

    @contextmanager
    def _of(self, urn: str, *in_hand: _Bag) -> Iterator[Face]:
        """The face of the resource that a call is about; what is said meanwhile stands at its row, without what looks
        like a secret or is marked as one by the program."""
        type_ = urn.split("::")[2].rpartition("$")[2]
        bags = (values for values, _ in in_hand)
        with at_row(urn), for_the_terminal(*bags, _told(*in_hand), self._credentials):
            yield self._face(type_)

    @_answered
    def Check(self, request: Any, _context: Any) -> Any:  # noqa: N802
        olds, was_secret = opened(request.olds)
        news, secret = opened(request.news)
        with self._of(request.urn, (olds, was_secret), (news, secret)) as face:
            marked = {str(place[0]) for place in secret}
            inputs, found = face.check(request.urn, olds, news, marked)
            # The engine prints the value of the property that a failure is about.
            failures = [
                proto.CheckFailure(property="" if name in marked else name, reason=messages.fit(reason))
                for name, reason in found
            ]
        return proto.CheckResponse(inputs=closed(inputs, secret), failures=failures)

    @_answered
    def Diff(self, request: Any, _context: Any) -> Any:  # noqa: N802
        was, secret = _recorded(request, request.olds)
        # Nearly always the same, and protobuf sees that sooner than they are opened.
        same = request.news == request.old_inputs
        news, now_secret = (was.inputs, secret) if same else opened(request.news)
        with self._of(request.urn, *_bags(was, secret), (news, now_secret)) as face:
            found = face.diff(request.urn, was, news, {str(place[0]) for place in secret | now_secret})
        # Values that are the same and secret from now on: only an update has the state keep them so.
        hidden_now = {str(place[0]): PropertyChange("update") for place in now_secret - secret}
        changed = hidden_now | dict(found.changed)
        return proto.DiffResponse(
            changes=proto.DiffResponse.DIFF_SOME if changed else proto.DiffResponse.DIFF_NONE,
            replaces=found.replaces,
            diffs=sorted({path.split(".")[0].split("[")[0] for path in changed}),
            detailedDiff={
                path: _Diff(kind=_KINDS[one.verb, one.replaces], inputDiff=one.of_inputs)
                for path, one in changed.items()
            },
            hasDetailedDiff=True,
        )

    @_answered
    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        news, secret = opened(request.properties)
        urn, timeout, preview = request.urn, request.timeout, request.preview
        del request  # not held while the job is waited for
        with self._of(urn, (news, secret)) as face:
            if preview:
                return proto.CreateResponse(properties=closed(face.foresee(None, news), secret))
            self._require_going_on()
            made = face.create(news, timeout)
            if made.trouble:
                _keep(made, made.trouble, closed(news, secret), secret, context)
        return proto.CreateResponse(id=made.id, properties=closed(made.outputs, secret))

    @_answered
    def Update(self, request: Any, _context: Any) -> Any:  # noqa: N802
        was, was_secret = _recorded(request, request.olds)
        news, secret = opened(request.news)
        urn, timeout, preview = request.urn, request.timeout, request.preview
        del request  # not held while the job is waited for
        with self._of(urn, *_bags(was, was_secret), (news, secret)) as face:
            if preview:
                return proto.UpdateResponse(properties=closed(face.foresee(was, news), secret))
            self._require_going_on()
            outputs = face.update(was, news, timeout)
        return proto.UpdateResponse(properties=closed(outputs, secret))

    @_answered
    def Read(self, request: Any, _context: Any) -> Any:  # noqa: N802
        was, secret = _recorded(request, request.properties, request.inputs)
        was = InState(was.id, was.inputs, was.outputs, is_imported=not request.HasField("inputs"))
        with self._of(request.urn, *_bags(was, secret)) as face:
            found = face.read(request.urn, was)
        if found is None:
            return proto.ReadResponse()
        places = secret.union(found.secret)
        inputs, outputs = closed(found.inputs, places), closed(found.outputs, places)
        return proto.ReadResponse(id=found.id, inputs=inputs, properties=outputs)

    @_answered
    def Delete(self, request: Any, _context: Any) -> Any:  # noqa: N802
        was, secret = _recorded(request, request.properties)
        urn, timeout = request.urn, request.timeout
        del request  # not held while the job is waited for
        with self._of(urn, *_bags(was, secret)) as face:
            self._require_going_on()
            face.delete(was, timeout)
        return empty_pb2.Empty()

    def _require_going_on(self) -> None:
        if self._cancelled.is_set():
            raise Invalid(
                "the deployment",
                "it was cancelled before this was begun; nothing was done",
                remedy="deploy again",
            )


def _recorded(request: Any, outputs: Struct, inputs: Struct | None = None) -> tuple[InState, Places]:
    """The resource as the state has it, and where that has secrets."""
    kept, secret = opened(outputs)
    declared, secret_too = opened(request.old_inputs if inputs is None else inputs)
    return InState(request.id, declared, kept), secret | secret_too


def _bags(was: InState, secret: Places) -> tuple[_Bag, _Bag]:
    return (was.inputs, secret), (was.outputs, secret)


def _told(*bags: _Bag) -> Mapping[str, list[str]]:
    """What the program marks as secret, under a name that tells as much.

    SQL is not among it: with one password in it, it is marked as a whole, and lines that name its tables and columns
    would be full of holes. No line quotes it, and what it holds is found by its own masker.
    """
    marked = (
        hidden(values, [place for place in secret if place[0] != "sql_body"]) for values, secret in bags
    )
    return {"secret": [text for texts in marked for text in texts]}


def _instead(meant: str | None) -> str:
    return f"Did you mean {meant}?" if meant else f"It has {', '.join(sorted(CONFIG))}."


def _keep(made: MadeResource, trouble: DliError, inputs: Struct, secret: Places, context: Any) -> None:
    """Answer with a resource that was made and is not well: the state has it from here on, and the deployment fails.

    The next one sees the reason in the state, and updates the resource whether the program has changed or not.
    """
    reason = messages.fit(f"{messages.kind_of(trouble)}: {trouble.text()}")
    told = proto.ErrorResourceInitFailed(
        id=made.id, properties=closed(made.outputs, secret), inputs=inputs, reasons=[reason]
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason)
    status.details.add().Pack(told)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.set_code(grpc.StatusCode.UNKNOWN)
    context.set_details(reason)
