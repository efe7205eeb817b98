"""One Flink SQL job, field by field: the only list of a job's fields. A new field is one declaration here.

A field states its type and bounds, its meaning with unit, what a change to it does to the running job and why
(`OnChange`), and how it travels (`Wire`). None means "not declared": such a field is neither sent nor
compared. The names are DLI's (DLI API reference, "Creating a SQL Job" and "Updating a SQL Job").
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator

from dli_provider.job import wire
from dli_provider.job.control import ControlFields
from dli_provider.job.impact import Impact, OnChange, Verdict
from dli_provider.job.values import (
    DESC_LENGTH,
    EXACT,
    LARGEST,
    Attempts,
    DirtyData,
    Document,
    Flag,
    FlinkConfig,
    FlinkVersion,
    JobName,
    Mode,
    QueueName,
    ResourceConfig,
    TemplateId,
    Text,
    Texts,
    Whole,
    flink_settings,
)
from dli_provider.job.wire import EDGE, OPEN_SOURCE, SQL, Wire
from dli_provider.sql import StateFate, same_meaning

if TYPE_CHECKING:
    from dli_provider.sql import SqlVerdict

_IN_PLACE, _RESTART, _REPLACE = Impact.IN_PLACE, Impact.RESTART, Impact.REPLACE
_CARRIED, _AT_RISK, _DROPPED = StateFate.CARRIED, StateFate.AT_RISK, StateFate.DROPPED
_LABEL = OnChange(
    _IN_PLACE,
    "a label that means nothing to the running job",
    refusable=True,
)
_LIVE = OnChange(_IN_PLACE, "DLI takes this setting while the job runs")
_CHECKPOINTS = OnChange(_RESTART, "checkpoints are configured when the job is submitted", _CARRIED)
_CAPACITY = OnChange(_RESTART, "CUs and slots are allotted when the job is submitted", _CARRIED)


def _operators(**settings: object) -> dict[str, object]:
    """An example of a document about one operator."""
    return {"operator_list": [{"id": "e2" * 16, **settings}]}


def _run_mode(queue_name: str | None) -> str:
    return "exclusive_cluster" if queue_name else "shared_cluster"


def _job_type(run_mode: str) -> str:
    own = {"exclusive_cluster": "flink_opensource_sql_job", "edge_node": "flink_sql_edge_job"}
    return own.get(run_mode, "flink_sql_job")


_DLI_SETTINGS = "flink.dli."
_KEY_GROUPS = 128
"""Flink splits keyed state into at least this many key groups when a job first starts."""


def _sql_body_verdict(old: JobSpec, new: JobSpec) -> Verdict | None:
    """Compares the two queries; a query that moves to or from a template cannot be compared."""
    if not new.sql_body:
        because = "the query comes from a template, which DLI reads only when a job is created"
        return Verdict(Impact.REPLACE, because, StateFate.DROPPED)
    # The query of the template is not known here, so the declared verdict stands: at risk.
    if not old.sql_body:
        return None
    return _of_sql(sql_verdict(old, new))


def sql_verdict(old: JobSpec, new: JobSpec) -> SqlVerdict:
    """What the change of query and Flink settings does to state, both together: a setting may move between them."""
    # Of fields that are settings too, one value on both sides: what their own change means is said by their verdicts.
    retention = new.idle_state_retention or old.idle_state_retention
    tasks = new.parallel_number or old.parallel_number
    return _classified(old, new, (retention, tasks), (retention, tasks))


_InSession = tuple[int | None, int | None]
"""Of one side: `idle_state_retention` and `parallel_number`."""


def _classified(old: JobSpec, new: JobSpec, before: _InSession, after: _InSession) -> SqlVerdict:
    # Only a change of SQL needs the rules of SQL: most deployments have none.
    from dli_provider.sql import classify

    settings = _session(old, before), _session(new, after)
    return classify(old.sql_body or "", new.sql_body or "", *settings, new.flink_version or "")


def _session(spec: JobSpec, fields: _InSession) -> tuple[tuple[str, str], ...]:
    """The settings that hold before those of the query, as DLI sets them: `runtime_config` goes over fields."""
    from dli_provider.sql import STATE_TTL

    retention, tasks = fields
    found = {STATE_TTL: f"{retention} s"} if retention else {}
    # By the parallelism, operators of another one are chained or not, and have another id.
    found |= {"parallelism.default": str(tasks)} if tasks else {}
    found |= {key: value for key, value in flink_settings(spec.runtime_config).items() if not _of_dli(key)}
    return tuple(sorted(found.items()))


def _of_dli(key: str) -> bool:
    """Whether DLI itself reads the setting, and Flink does not."""
    return key.startswith(_DLI_SETTINGS)


def _of_sql(judged: SqlVerdict) -> Verdict:
    if judged.invalid:
        # DLI would stop the job for it, and then refuse to run it.
        return Verdict(
            Impact.RESTART, judged.signed, StateFate.INCOMPATIBLE, judged.computed_by, mistake=True
        )
    impact = Impact.NONE if judged.cosmetic else Impact.RESTART
    return Verdict(impact, judged.signed, judged.state_fate, judged.computed_by, mixed=judged.mixed)


def _runtime_config_verdict(old: JobSpec, new: JobSpec) -> Verdict | None:
    """The same setting means the same here as in a SET of the query."""
    if isinstance(old.runtime_config, str) or isinstance(new.runtime_config, str):
        return None  # which settings there are is known of a mapping only
    if not old.sql_body or not new.sql_body:
        return None  # there is nothing to judge by
    judged = _of_sql(sql_verdict(old, new))
    before, after = ({*flink_settings(spec.runtime_config).items()} for spec in (old, new))
    # Of a setting of DLI's own the declared verdict holds, where what changes beside it is no worse.
    if any(_of_dli(key) for key, _ in before ^ after) and judged.state_fate <= StateFate.AT_RISK:
        return None
    if judged.impact is Impact.NONE or same_meaning(old.sql_body, new.sql_body):
        return judged
    return replace(judged, because="it is judged together with sql_body")


def _template_id_verdict(_old: JobSpec, new: JobSpec) -> Verdict | None:
    """A template is ignored where the program declares the query itself."""
    if new.sql_body:
        return Verdict(Impact.NONE, "DLI ignores the template of a job that has a query of its own")
    return None


def _obs_bucket_verdict(old: JobSpec, new: JobSpec) -> Verdict | None:
    """The bucket matters to a running job only if that job writes to it."""
    if old.checkpoint_enabled or new.checkpoint_enabled:
        because = "checkpoints move to another bucket while the savepoint still lies in the old one"
        return Verdict(Impact.RESTART, because, StateFate.AT_RISK)
    if old.log_enabled or new.log_enabled:
        return Verdict(
            Impact.RESTART, "logs are written to another bucket from the next start on", StateFate.CARRIED
        )
    return None


def _parallel_number_verdict(old: JobSpec, new: JobSpec) -> Verdict | None:
    """State can be spread over no more tasks than it has key groups."""
    # A job that started with more tasks than that got more key groups then.
    if (new.parallel_number or 1) > max(_KEY_GROUPS, old.parallel_number or 1):
        because = f"state that was first written with few tasks cannot be spread over more than {_KEY_GROUPS}"
        return Verdict(Impact.RESTART, because, StateFate.AT_RISK)
    if not old.sql_body or not new.sql_body:
        return None
    # Without a table of its own parallelism, operators have the same ids at any: nobody need be asked. Before the
    # change counts as well: a table may lose its own for the job's, which becomes the same.
    if not any(_OWN_PARALLELISM.search(sql) for sql in (old.sql_body, new.sql_body)):
        return None
    retention = new.idle_state_retention or old.idle_state_retention
    judged = _classified(old, new, *((retention, spec.parallel_number or 1) for spec in (old, new)))
    return _of_sql(judged) if judged.state_fate > StateFate.CARRIED else None


_OWN_PARALLELISM = re.compile(r"(?i)parallelism'\s*=")


def _idle_state_retention_verdict(old: JobSpec, new: JobSpec) -> Verdict | None:
    """Another retention reads the same state; one that appears or vanishes may change the state's format.

    What is in effect counts: the query and `runtime_config` may say another one, or take it over.
    """
    because = "Flink refuses state when a retention is set for the first time or taken away"
    switched = Verdict(Impact.RESTART, because, StateFate.AT_RISK)
    both = bool(old.idle_state_retention and new.idle_state_retention)
    if not old.sql_body or not new.sql_body:
        return None if both else switched
    from dli_provider.sql import from_text

    tasks = new.parallel_number or old.parallel_number
    fields = (old.idle_state_retention, tasks), (new.idle_state_retention, tasks)
    by_text = from_text(old.sql_body, new.sql_body, _session(old, fields[0]), _session(new, fields[1]))
    if by_text.cosmetic:
        return Verdict(Impact.NONE, by_text.because)
    if both:
        return None
    # Where it is not said, DLI keeps state for an hour by its documents; that it does, nobody has seen. With the hour
    # it is another length, without it another form: then Flink refuses, and the old definition is put back.
    judged = _classified(old, new, *fields)
    if judged.state_fate <= max(sql_verdict(old, new).state_fate, StateFate.CARRIED):
        return None
    return replace(switched, because=because + judged.signature, computed_by=judged.computed_by)


class JobSpec(ControlFields):
    """A Flink SQL job as declared: DLI's fields and, inherited, the control fields. Raises pydantic's
    ValidationError; `constraints.violations` says the same for people, and checks fields against each other."""

    name: Annotated[
        JobName | None,
        Field(
            description="Name of the job, unique in the project, at most 57 characters; left out, made from the "
            "resource's.",
            examples=["orders", "orders_2"],
        ),
        _LABEL,
        Wire(),
    ] = None
    desc: Annotated[
        Text | None,
        Field(
            max_length=4 * DESC_LENGTH,
            description="Description of the job; by DLI's pages at most 512 characters.",
            examples=["clicks by key", "totals"],
        ),
        _LABEL,
        Wire(cleared=""),
    ] = None
    template_id: Annotated[
        TemplateId | None,
        Field(
            ge=1,
            # DLI counts further, but Pulumi's numbers are doubles: a longer id would become that of another template.
            le=EXACT,
            description="Template the query is taken from at creation; ignored when `sql_body` is declared.",
            examples=[7, 8],
        ),
        OnChange(
            _REPLACE, "DLI reads the template only when a job is created", _DROPPED, _template_id_verdict
        ),
        Wire(update=False),
    ] = None
    queue_name: Annotated[
        QueueName | None,
        Field(
            max_length=128,
            description="Queue the job runs on; a general-purpose queue for open-source jobs.",
            examples=["q_stream_dev", "q_stream_prod"],
        ),
        OnChange(_RESTART, "a job moves to another queue only when it is submitted again", _CARRIED),
        Wire(cleared="", codec=wire.ANY_CASE),
    ] = None
    sql_body: Annotated[
        Text | None,
        Field(
            repr=False,
            description="Flink SQL: sources, a query and sinks; at most 1 MiB in UTF-8.",
            examples=["INSERT INTO totals SELECT k FROM clicks", "INSERT INTO totals SELECT v FROM clicks"],
        ),
        OnChange(_RESTART, "the query changes", _AT_RISK, _sql_body_verdict),
        Wire(codec=wire.text_comparing(same_meaning)),
    ] = None
    run_mode: Annotated[
        Literal["shared_cluster", "exclusive_cluster", "edge_node"] | None,
        Field(
            description="Where the job runs. Left out, it is `exclusive_cluster` if there is a `queue_name`."
        ),
        OnChange(_RESTART, "the job is submitted to another kind of cluster", _CARRIED),
        Wire(default="shared_cluster", derived=_run_mode),
    ] = None
    cu_number: Annotated[
        Whole | None,
        Field(
            ge=2,
            le=400,
            description="CUs in all, for computing and managing; 1 CU is 1 vCPU and 4 GB.",
            examples=[4, 6],
        ),
        _CAPACITY,
        Wire(default=2, resources="v1"),
    ] = None
    parallel_number: Annotated[
        Whole | None,
        Field(
            ge=1,
            le=2000,
            description="Parallelism of the job; at most 4 for each CU that computes.",
            examples=[2, 3],
        ),
        OnChange(
            _RESTART, "tasks are laid out when the job is submitted", _CARRIED, _parallel_number_verdict
        ),
        Wire(default=1, resources="v1"),
    ] = None
    checkpoint_enabled: Annotated[
        Flag | None,
        Field(description="Whether Flink snapshots its state regularly, to `obs_bucket`."),
        _CHECKPOINTS,
        Wire(default=False, jobs=SQL),
    ] = None
    checkpoint_mode: Annotated[
        Literal["exactly_once", "at_least_once"] | None,
        Mode,
        Field(description="Guarantee of a checkpoint; DLI's numbers 1 and 2 are understood too."),
        _CHECKPOINTS,
        Wire(default="exactly_once", jobs=SQL, codec=wire.CHECKPOINT_MODE),
    ] = None
    checkpoint_interval: Annotated[
        Whole | None,
        Field(ge=0, le=999999, description="Seconds between checkpoints.", examples=[30, 60]),
        _CHECKPOINTS,
        Wire(default=10, jobs=SQL),
    ] = None
    obs_bucket: Annotated[
        Text | None,
        Field(
            description="OBS bucket for checkpoints, savepoints and logs; DLI is authorised for it first.",
            examples=["stream-state", "other-state"],
        ),
        OnChange(
            _IN_PLACE, "the job has neither checkpoints nor logs to write there", refine=_obs_bucket_verdict
        ),
        Wire(cleared="", jobs=SQL),
    ] = None
    log_enabled: Annotated[
        Flag | None,
        Field(description="Whether the job's logs are written to `obs_bucket`."),
        OnChange(_RESTART, "logging is set up when the job is submitted", _CARRIED),
        Wire(default=False, jobs=SQL),
    ] = None
    smn_topic: Annotated[
        Text | None,
        Field(
            description="Name of the SMN topic that is told when the job fails.", examples=["alarm", "pager"]
        ),
        _LIVE,
        Wire(cleared="", jobs=SQL),
    ] = None
    restart_when_exception: Annotated[
        Flag | None,
        Field(description="Whether DLI restarts the job when it fails."),
        _LIVE,
        Wire(default=False, jobs=SQL),
    ] = None
    idle_state_retention: Annotated[
        Whole | None,
        Field(
            ge=1,
            le=LARGEST,
            description="How long idle state is kept: seconds by DLI's newer pages; sent as written.",
            examples=[7200, 60],
        ),
        OnChange(
            _RESTART, "state expires by the clock set at submission", _CARRIED, _idle_state_retention_verdict
        ),
        Wire(cleared=3600, jobs=SQL),
    ] = None
    job_type: Annotated[
        Literal["flink_sql_job", "flink_opensource_sql_job", "flink_sql_edge_job"] | None,
        Field(description="Kind of job. Left out, it follows `run_mode`: open-source SQL on a queue."),
        OnChange(_REPLACE, "DLI cannot change the type of a job", _DROPPED),
        Wire(update=False, derived=_job_type),
    ] = None
    edge_group_ids: Annotated[
        list[Text] | None,
        Field(description="Edge groups an edge job runs in.", examples=[["1f" * 16], ["1f" * 16, "2f" * 16]]),
        OnChange(_RESTART, "the job is brought to other edge nodes", _CARRIED),
        Wire(cleared=[], jobs=EDGE, codec=wire.ANY_ORDER),
    ] = None
    dirty_data_strategy: Annotated[
        DirtyData | None,
        Field(
            description='What is done with dirty data: "0" ignore, "1" fail, "2:<OBS directory>" save there.',
            examples=["1", "2:obs-dir/dirty"],
        ),
        OnChange(_RESTART, "sources are set up when the job is submitted", _CARRIED),
        Wire(default="0", jobs=SQL),
    ] = None
    udf_jar_url: Annotated[
        Text | None,
        Field(
            description="Jar with user-defined functions: `group/file.jar` or (from Flink 1.15 on) OBS path.",
            examples=["group/one.jar", "group/two.jar"],
        ),
        OnChange(_RESTART, "another jar may compute or store its state differently", _AT_RISK),
        Wire(cleared=""),
    ] = None
    manager_cu_number: Annotated[
        Whole | None,
        Field(ge=1, le=100, description="CUs of the JobManager.", examples=[1, 2]),
        _CAPACITY,
        Wire(default=1, resources="v1"),
    ] = None
    tm_cus: Annotated[
        Whole | None,
        Field(ge=1, le=LARGEST, description="CUs of one TaskManager.", examples=[2, 3]),
        _CAPACITY,
        Wire(default=1, jobs=SQL, resources="v1"),
    ] = None
    tm_slot_num: Annotated[
        Whole | None,
        Field(
            ge=1,
            le=LARGEST,
            description="Slots of one TaskManager; computed by DLI when left out.",
            examples=[2, 3],
        ),
        _CAPACITY,
        Wire(cleared=0, jobs=SQL, resources="v1", codec=wire.COMPUTED),
    ] = None
    operator_config: Annotated[
        Document | None,
        Field(
            description="Parallelism by operator id of the stream graph; a mapping or JSON text.",
            examples=[_operators(parallelism=2), _operators(parallelism=3)],
        ),
        OnChange(_RESTART, "operators that are laid out differently may not find their state", _AT_RISK),
        Wire(cleared="", create=False, jobs=OPEN_SOURCE, codec=wire.JSON_TEXT),
    ] = None
    static_estimator_config: Annotated[
        Document | None,
        Field(
            description="Rates of single operators, for estimating resources; a mapping or JSON text.",
            examples=[_operators(rate_factor=0.5), _operators(output_rate=2000)],
        ),
        OnChange(_RESTART, "another estimate may lay the operators out differently", _AT_RISK),
        Wire(cleared="", create=False, jobs=OPEN_SOURCE, codec=wire.JSON_TEXT),
    ] = None
    resume_checkpoint: Annotated[
        Flag | None,
        Field(description="Whether an automatic restart goes on from the last checkpoint."),
        _LIVE,
        Wire(default=False, jobs=SQL),
    ] = None
    resume_max_num: Annotated[
        Attempts | None,
        Field(
            le=LARGEST,
            description="Automatic restarts in an hour, at most; -1 for no limit.",
            examples=[5, 6],
        ),
        _LIVE,
        Wire(default=-1, jobs=SQL),
    ] = None
    runtime_config: Annotated[
        FlinkConfig | None,
        Field(
            repr=False,
            description="Flink settings, such as `table.exec.state.ttl`, also those of DLI's own scaling; a mapping, "
            "or DLI's text of them.",
            examples=[{"table.exec.state.ttl": "1 h"}, {"table.exec.state.ttl": "2 h"}],
        ),
        OnChange(
            _RESTART,
            "Flink settings can change the job graph or the format of its state",
            _AT_RISK,
            _runtime_config_verdict,
        ),
        Wire(cleared="", jobs=SQL, codec=wire.FLINK_CONFIG),
    ] = None
    tags: Annotated[
        Texts | None,
        Field(
            description="Tags of the job; at most 16, as 4 of DLI's 20 mark who owns the job.",
            examples=[{"team": "data"}, {"team": "ops", "tier": "1"}],
        ),
        OnChange(_IN_PLACE, "tags are set by a call of their own while the job runs"),
        Wire(update=False, codec=wire.TAGS),
    ] = None
    flink_version: Annotated[
        FlinkVersion | None,
        Field(
            description='Flink version, such as "1.15"; taken out, it is put back to 1.10, the documented default.',
            examples=["1.12", "1.15"],
        ),
        OnChange(_RESTART, "another Flink version may not read the state", _AT_RISK),
        Wire(cleared="1.10", jobs=OPEN_SOURCE),
    ] = None
    flink_log_config: Annotated[
        Document | None,
        Field(
            description="Log levels: `root_logger_level`, `loggers_level_of_class`; mapping or JSON text.",
            examples=[{"root_logger_level": "INFO"}, {"root_logger_level": "WARN"}],
        ),
        OnChange(_RESTART, "log levels are set when the job is submitted", _CARRIED),
        Wire(cleared="", codec=wire.JSON_TEXT),
    ] = None
    execution_agency_urn: Annotated[
        Text | None,
        Field(
            description="Name of the agency the job runs under; needs Flink 1.15 or later.",
            examples=["agency_one", "agency_two"],
        ),
        OnChange(_RESTART, "the job takes on an agency when it is submitted", _CARRIED),
        Wire(cleared="", jobs=OPEN_SOURCE),
    ] = None
    resource_config_version: Annotated[
        Literal["v1", "v2"] | None,
        Field(description="v1: resources in CUs; v2: in `resource_config`."),
        _CAPACITY,
        Wire(default="v1", jobs=OPEN_SOURCE),
    ] = None
    resource_config: Annotated[
        ResourceConfig | None,
        Field(
            description="Slots, parallelism, CPU and memory; needs `resource_config_version` v2.",
            examples=[{"max_slot": 2}, {"max_slot": 4}],
        ),
        _CAPACITY,
        Wire(cleared={}, jobs=OPEN_SOURCE, resources="v2", codec=wire.RESOURCES),
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _drop_undeclared(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {name: value for name, value in values.items() if value is not None}
