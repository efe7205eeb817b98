"""Settings of the local DLI: latencies, and switches for the questions that the documents leave open."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Codes: TypeAlias = Literal["2020", "today"]
"""The two families of error codes that DLI's pages have published."""


class EmulatorSettings(BaseModel):
    """All latencies are seconds. The defaults are the safest reading of the documents: what may be refused is.

    Each switch is a row of `docs/local-dli.md`, which a test compares.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    start_latency: float = Field(
        default=1.0, ge=0, description="from run to job_running, and of an automatic restart"
    )
    stop_latency: float = Field(default=0.5, ge=0, description="from job_canceling to job_cancel_success")
    savepoint_latency: float = Field(default=0.2, ge=0, description="time spent in job_savepointing")
    records_per_second: float = Field(default=100.0, ge=0, description="growth of the simulated Flink state")

    any_queue: bool = Field(
        default=True, description="an unknown queue is taken for a general one without CU limit"
    )
    strict_buckets: bool = Field(
        default=False, description="only buckets made through the admin interface exist"
    )
    strict_topics: bool = Field(
        default=False, description="only topics made through the admin interface exist"
    )
    draft_limit: int = Field(default=100, ge=0, description="how many jobs that never ran a project may hold")
    ignore_unknown_fields: bool = Field(default=False, description="tolerate body fields that no page names")
    strict_idle_state_retention: bool = Field(default=False, description="only 1-60, as error 11036 says")
    lengths_in_bytes: bool = Field(
        default=False,
        description="texts are measured in bytes, as errors 11001, 11006 and 11014 say",
    )
    long_descriptions: bool = Field(
        default=True, description="desc may have 2048 characters instead of the 512 of the pages"
    )
    strict_checkpoint_mode: bool = Field(
        default=False, description="checkpoint_mode is a number, as its table says, and never a word"
    )
    strict_bucket_names: bool = Field(default=False, description="obs_bucket follows OBS's rule for names")
    strict_job_fields: bool = Field(
        default=False, description="fields of open-source jobs are refused for jobs of other types"
    )
    graph_needs_sql: bool = Field(
        default=False, description="gen-graph refuses an empty sql_body, as its table calls it mandatory"
    )
    repeated_keys: Literal["refuse", "last"] = Field(
        default="refuse", description="what becomes of a body that has a key twice"
    )
    strict_resource_versions: bool = Field(
        default=False, description="Flink 1.17 only with resource_config_version v2, as its table says"
    )
    rename_while_running: bool = Field(
        default=False, description="name and desc may change while the job runs"
    )
    refuse_unchanged_bucket: bool = Field(
        default=False, description="a running job refuses even an unchanged obs_bucket"
    )
    delete_through_canceling: bool = Field(
        default=False, description="a deleted running job is job_canceling first"
    )
    refuse_repeated_authorize: bool = Field(default=False, description="authorizing a bucket again is 19005")
    stop_answers_object: bool = Field(
        default=False, description="stop answers one object, as its page's sample shows"
    )
    savepoint_needs_bucket: bool = Field(
        default=True, description="no savepoint for a job without obs_bucket"
    )
    drop_savepoint_on_failed_start: bool = Field(
        default=False, description="a failed start consumes the savepoint too"
    )
    requests_per_second: float = Field(
        default=0.0, ge=0, description="calls a second for each project, others are answered 429; 0: no limit"
    )
    check_clock_skew: bool = Field(default=True, description="a signature older than 15 minutes is refused")

    codes: Codes = Field(default="2020", description="the family of error codes that refusals carry")
    lag: float = Field(default=0.0, ge=0, description="reads show what was true so many seconds ago")
    flap: float = Field(
        default=0.0,
        ge=0,
        description="every second read of a caller is so many seconds older than the others",
    )
    late_run: float = Field(default=0.0, ge=0, description="an accepted run is carried out so much later")
    late_stop: float = Field(default=0.0, ge=0, description="an accepted stop is carried out so much later")
    late_savepoint: float = Field(
        default=0.0, ge=0, description="an accepted savepoint is carried out so much later"
    )
    late_update: float = Field(
        default=0.0, ge=0, description="an accepted update is carried out so much later"
    )
    autoscale: bool = Field(
        default=True, description="DLI scales jobs whose runtime_config asks for it, once in each interval"
    )
    deprecated_calls: bool = Field(
        default=True, description="calls that their pages call deprecated still answer"
    )
    resume_without_savepoint: Literal["refuse", "fresh"] = Field(
        default="fresh", description="what run answers to resume_savepoint for a job without a savepoint"
    )
    shared_cluster_runs: bool = Field(
        default=True, description="jobs on shared_cluster run, with a UDF jar too"
    )
    offset_counts: Literal["rows", "ids"] = Field(
        default="rows", description="what offset of the job list is: rows to pass over, or the last id seen"
    )
    first_job_id: int = Field(
        default=10_001, ge=1, le=2**62, description="no new job has a smaller id than this"
    )
