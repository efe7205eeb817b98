"""The arguments of `FlinkSqlJob`, each with its meaning and what a change to it does to the running job.

Generated from `dli_provider/job/fields.py` by `python -m tools.arguments`; change it there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from pulumi import Input


class JobArguments(TypedDict, total=False):
    """All may be left out, and all may be outputs of other resources."""

    name: Input[str]
    """Name of the job, unique in the project, at most 57 characters; left out, made from the resource's. A
    change is IN_PLACE: a label that means nothing to the running job.
    """

    desc: Input[str]
    """Description of the job; by DLI's pages at most 512 characters. Bounds: at most 2048 characters. A
    change is IN_PLACE: a label that means nothing to the running job.
    """

    template_id: Input[int]
    """Template the query is taken from at creation; ignored when `sql_body` is declared. Bounds: at least 1,
    at most 9007199254740991. A change is REPLACE: DLI reads the template only when a job is created.
    """

    queue_name: Input[str]
    """Queue the job runs on; a general-purpose queue for open-source jobs. Bounds: at most 128 characters. A
    change is RESTART: a job moves to another queue only when it is submitted again.
    """

    sql_body: Input[str]
    """Flink SQL: sources, a query and sinks; at most 1 MiB in UTF-8. A change is RESTART: the query changes.
    """

    run_mode: Input[Literal["shared_cluster", "exclusive_cluster", "edge_node"]]
    """Where the job runs. Left out, it is `exclusive_cluster` if there is a `queue_name`. Default: follows
    queue_name. A change is RESTART: the job is submitted to another kind of cluster.
    """

    cu_number: Input[int]
    """CUs in all, for computing and managing; 1 CU is 1 vCPU and 4 GB. Bounds: at least 2, at most 400.
    Default: 2. A change is RESTART: CUs and slots are allotted when the job is submitted.
    """

    parallel_number: Input[int]
    """Parallelism of the job; at most 4 for each CU that computes. Bounds: at least 1, at most 2000. Default:
    1. A change is RESTART: tasks are laid out when the job is submitted.
    """

    checkpoint_enabled: Input[bool]
    """Whether Flink snapshots its state regularly, to `obs_bucket`. Default: false. A change is RESTART:
    checkpoints are configured when the job is submitted.
    """

    checkpoint_mode: Input[Literal["exactly_once", "at_least_once"]]
    """Guarantee of a checkpoint; DLI's numbers 1 and 2 are understood too. Default: "exactly_once". A change
    is RESTART: checkpoints are configured when the job is submitted.
    """

    checkpoint_interval: Input[int]
    """Seconds between checkpoints. Bounds: at least 0, at most 999999. Default: 10. A change is RESTART:
    checkpoints are configured when the job is submitted.
    """

    obs_bucket: Input[str]
    """OBS bucket for checkpoints, savepoints and logs; DLI is authorised for it first. A change is IN_PLACE:
    the job has neither checkpoints nor logs to write there.
    """

    log_enabled: Input[bool]
    """Whether the job's logs are written to `obs_bucket`. Default: false. A change is RESTART: logging is set
    up when the job is submitted.
    """

    smn_topic: Input[str]
    """Name of the SMN topic that is told when the job fails. A change is IN_PLACE: DLI takes this setting
    while the job runs.
    """

    restart_when_exception: Input[bool]
    """Whether DLI restarts the job when it fails. Default: false. A change is IN_PLACE: DLI takes this
    setting while the job runs.
    """

    idle_state_retention: Input[int]
    """How long idle state is kept: seconds by DLI's newer pages; sent as written. Bounds: at least 1, at most
    2147483647. A change is RESTART: state expires by the clock set at submission.
    """

    job_type: Input[Literal["flink_sql_job", "flink_opensource_sql_job", "flink_sql_edge_job"]]
    """Kind of job. Left out, it follows `run_mode`: open-source SQL on a queue. Default: follows run_mode. A
    change is REPLACE: DLI cannot change the type of a job.
    """

    edge_group_ids: Input[list[Input[str]]]
    """Edge groups an edge job runs in. A change is RESTART: the job is brought to other edge nodes."""

    dirty_data_strategy: Input[str]
    """What is done with dirty data: "0" ignore, "1" fail, "2:<OBS directory>" save there. Default: "0". A
    change is RESTART: sources are set up when the job is submitted.
    """

    udf_jar_url: Input[str]
    """Jar with user-defined functions: `group/file.jar` or (from Flink 1.15 on) OBS path. A change is
    RESTART: another jar may compute or store its state differently.
    """

    manager_cu_number: Input[int]
    """CUs of the JobManager. Bounds: at least 1, at most 100. Default: 1. A change is RESTART: CUs and slots
    are allotted when the job is submitted.
    """

    tm_cus: Input[int]
    """CUs of one TaskManager. Bounds: at least 1, at most 2147483647. Default: 1. A change is RESTART: CUs
    and slots are allotted when the job is submitted.
    """

    tm_slot_num: Input[int]
    """Slots of one TaskManager; computed by DLI when left out. Bounds: at least 1, at most 2147483647. A
    change is RESTART: CUs and slots are allotted when the job is submitted.
    """

    operator_config: Input[str | Mapping[str, Any]]
    """Parallelism by operator id of the stream graph; a mapping or JSON text. A change is RESTART: operators
    that are laid out differently may not find their state.
    """

    static_estimator_config: Input[str | Mapping[str, Any]]
    """Rates of single operators, for estimating resources; a mapping or JSON text. A change is RESTART:
    another estimate may lay the operators out differently.
    """

    resume_checkpoint: Input[bool]
    """Whether an automatic restart goes on from the last checkpoint. Default: false. A change is IN_PLACE:
    DLI takes this setting while the job runs.
    """

    resume_max_num: Input[int]
    """Automatic restarts in an hour, at most; -1 for no limit. Bounds: at most 2147483647. Default: -1. A
    change is IN_PLACE: DLI takes this setting while the job runs.
    """

    runtime_config: Input[str | Mapping[str, Input[str]]]
    """Flink settings, such as `table.exec.state.ttl`, also those of DLI's own scaling; a mapping, or DLI's
    text of them. A change is RESTART: Flink settings can change the job graph or the format of its state.
    """

    tags: Input[Mapping[str, Input[str]]]
    """Tags of the job; at most 16, as 4 of DLI's 20 mark who owns the job. A change is IN_PLACE: tags are set
    by a call of their own while the job runs.
    """

    flink_version: Input[str]
    """Flink version, such as "1.15"; taken out, it is put back to 1.10, the documented default. A change is
    RESTART: another Flink version may not read the state.
    """

    flink_log_config: Input[str | Mapping[str, Any]]
    """Log levels: `root_logger_level`, `loggers_level_of_class`; mapping or JSON text. A change is RESTART:
    log levels are set when the job is submitted.
    """

    execution_agency_urn: Input[str]
    """Name of the agency the job runs under; needs Flink 1.15 or later. A change is RESTART: the job takes on
    an agency when it is submitted.
    """

    resource_config_version: Input[Literal["v1", "v2"]]
    """v1: resources in CUs; v2: in `resource_config`. Default: "v1". A change is RESTART: CUs and slots are
    allotted when the job is submitted.
    """

    resource_config: Input[Mapping[str, Any]]
    """Slots, parallelism, CPU and memory; needs `resource_config_version` v2. A change is RESTART: CUs and
    slots are allotted when the job is submitted.
    """

    desired_state: Input[Literal["running", "stopped"]]
    """Whether the job runs. While it is stopped, every change is one plain update. Default: "running". A
    change is RESTART: the job is run, or stopped, as asked.
    """

    upgrade_mode: Input[Literal["savepoint", "stateless"]]
    """Whether a restart carries Flink's state over by a savepoint, or drops it on purpose. Default:
    "savepoint". A change is NONE: it is read at the next change of the job.
    """

    rollback_on_failure: Input[bool]
    """Whether the old definition is put back and run when the new one does not come up. Default: true. A
    change is NONE: it is read at the next change of the job.
    """

    health_window: Input[float]
    """Seconds a job must keep running after an update; if it fails, the old definition is put back. Bounds:
    at least 0. Default: 5.0. A change is NONE: it is read at the next change of the job.
    """

    savepoint_retention: Input[int]
    """How many savepoints taken by the provider are remembered, the newest first. Bounds: at least 1.
    Default: 3. A change is NONE: it is read at the next change of the job.
    """

    allow_state_loss: Input[str]
    """Consent to one change that loses the state: the 12 hex digits that the refusal prints, a digest of the
    old definition and the new one. It covers just that change. A change is NONE: it is read at the next
    change of the job.
    """

    keep_state: Input[str]
    """Consent to one change that the state does not fit: it is restored all the same, and what the two
    queries keep is mixed. The 12 hex digits that the refusal prints, good for just that change. A change is
    NONE: it is read at the next change of the job.
    """

    on_failed: Input[Literal["restart", "report"]]
    """What is done with a job found failed: run it again, or only report it. Default: "restart". A change is
    NONE: it is read at the next change of the job.
    """

    restart_nonce: Input[str]
    """Any text; a new value restarts the job from a savepoint. A change is RESTART: a restart is asked for by
    a new nonce.
    """

    from_savepoint: Input[str]
    """Directory of a savepoint, "obs://bucket/dir/", to start the job from once. A change is RESTART: the job
    starts from the given savepoint.
    """

    adopt: Input[str]
    """Id or name of a job that exists, to be taken over instead of creating one; once it is, this means
    nothing any more. A change is NONE: it is read only when the resource is new.
    """

    create_timeout: Input[float]
    """Seconds until a created job must run; a new queue alone may take 10 minutes. Bounds: more than 0.
    Default: 1200.0. A change is NONE: it is read at the next change of the job.
    """

    update_timeout: Input[float]
    """Seconds within which each stop and start of an update must be done. Bounds: more than 0. Default:
    1200.0. A change is NONE: it is read at the next change of the job.
    """

    delete_timeout: Input[float]
    """Seconds within which a deleted job must have stopped and gone. Bounds: more than 0. Default: 1200.0. A
    change is NONE: it is read at the next change of the job.
    """
