"""What DLI's pages "Creating a SQL Job" and "Updating a SQL Job" say, row by row. Written from the pages, by hand.

Nothing here is derived from our own declarations: `tools/api_page.py` lays the two side by side, and a test counts the
rows of the update page.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PageRow:
    """A row of a page: its type, default and bound as printed, the unit, and its words in brief."""

    type: str
    words: str
    default: str = ""
    bound: str = ""
    unit: str = ""


FIELDS = {
    "name": PageRow("String", "Job name.", bound="0 to 57 characters; mandatory when a job is created"),
    "desc": PageRow("String", "Job description.", bound="0 to 512 characters"),
    "template_id": PageRow("Integer", "Template ID; `sql_body` is used if both are given. Create page only."),
    "queue_name": PageRow("String", "Queue name.", bound="0 to 128 characters; 1 to 128 in older editions"),
    "sql_body": PageRow(
        "String",
        "Stream SQL statement, which includes at least source, query and sink.",
        bound="0 to 1024 x 1024 characters",
    ),
    "run_mode": PageRow(
        "String",
        "Job running mode: on a shared cluster, an exclusive cluster, or an edge node.",
        default="shared_cluster",
        bound="shared_cluster, exclusive_cluster, edge_node",
    ),
    "cu_number": PageRow(
        "Integer",
        "Number of CUs selected for a job: compute units and JobManager CUs; not more than the bound queue has.",
        default="2",
        unit="CU: 1 vCPU and 4 GB",
    ),
    "parallel_number": PageRow(
        "Integer",
        "Number of parallel jobs set by a user; not more than four times the compute units.",
        default="1",
    ),
    "checkpoint_enabled": PageRow(
        "Boolean", "Whether to enable the automatic job snapshot function.", default="false"
    ),
    "checkpoint_mode": PageRow(
        "Integer",
        "Snapshot mode: 1, ExactlyOnce; 2, AtLeastOnce. The sample of the same page has `exactly_once`.",
        default="1",
        bound="1, 2",
    ),
    "checkpoint_interval": PageRow("Integer", "Snapshot interval.", default="10", unit="second"),
    "obs_bucket": PageRow(
        "String",
        "OBS bucket where users are authorized to save the snapshot, if `checkpoint_enabled`; and job logs, if "
        "`log_enabled`.",
    ),
    "log_enabled": PageRow("Boolean", "Whether to upload job logs to users' OBS buckets.", default="false"),
    "smn_topic": PageRow("String", "SMN topic, whose subscribers are sent a message if the job fails."),
    "restart_when_exception": PageRow(
        "Boolean", "Whether to restart a job automatically upon job exceptions.", default="false"
    ),
    "idle_state_retention": PageRow(
        "Integer", "Expiration time of idle state.", default="3600", unit="second; hour in one edition"
    ),
    "edge_group_ids": PageRow(
        "Array of strings",
        "List of edge computing group IDs; use commas to separate multiple IDs. In newer editions update page only.",
    ),
    "dirty_data_strategy": PageRow(
        "String",
        "Dirty data policy: 2:obsDir, save there; 1, trigger a job exception; 0, ignore.",
        default="0",
        bound="0, 1, 2:obsDir",
    ),
    "udf_jar_url": PageRow(
        "String",
        "Resource package with the UDF Jar file, uploaded to DLI; for Flink 1.15 or later from OBS only.",
    ),
    "manager_cu_number": PageRow(
        "Integer", "Number of CUs in the JobManager selected for a job.", default="1", unit="CU"
    ),
    "tm_cus": PageRow("Integer", "Number of CUs for each TaskManager.", default="1", unit="CU"),
    "tm_slot_num": PageRow(
        "Integer",
        "Number of slots in each TaskManager.",
        default="(parallel_number*tm_cus)/(cu_number-manager_cu_number)",
    ),
    "operator_config": PageRow("String", "Degree of parallelism of an operator. Update page only."),
    "resume_checkpoint": PageRow("Boolean", "Whether the abnormal restart is recovered from the checkpoint."),
    "resume_max_num": PageRow(
        "Integer",
        "Maximum number of retry times upon exceptions; -1: unlimited.",
        default="-1",
        bound="-1 or greater than 0",
        unit="times/hour",
    ),
    "static_estimator_config": PageRow(
        "String", "Traffic or hit ratio of each operator, a string in JSON format. Update page only."
    ),
    "runtime_config": PageRow("String", "Customizes optimization parameters when a Flink job is running."),
    "job_type": PageRow(
        "String",
        "Job type; with `shared_cluster` it must be flink_sql_job. Create page only.",
        default="flink_sql_job; flink_opensource_sql_job in newer editions",
        bound="flink_sql_job, flink_opensource_sql_job; flink_sql_edge_job in older editions",
    ),
    "tags": PageRow("Array of objects", "Label of a Flink SQL job: key and value. Create page only."),
    "flink_version": PageRow("String", "Flink version. Newer editions only."),
    "execution_agency_urn": PageRow(
        "String",
        "Name of the agency authorized to DLI; configurable in Flink 1.15. Newer editions only.",
    ),
    "resource_config_version": PageRow(
        "String",
        "Resource configuration version: v1 for Flink 1.12 and 1.15, v2 for 1.15 and 1.17. Newer editions only.",
        default="v1",
        bound="v1, v2",
    ),
    "resource_config": PageRow(
        "Object",
        "Resource configuration, in effect with v2: `max_slot` (1), `parallel_number` (1), "
        "`jobmanager_resource_spec` and `taskmanager_resource_spec`, each of `cpu` (1.0, at least 0.5) and `memory` "
        "(4 GB, at least 2 GB). Newer editions only.",
        unit="core; GB or MB",
    ),
}
"""The request parameters of both pages, in the order of the update page, then what it does not have."""

ON_NO_PAGE = PageRow("", "On no page that this was written from; the newest official client has it.")

AROUND = {
    "project_id": (
        "address",
        "String, mandatory: project ID, used for resource isolation.",
        "`dli:projectId`",
    ),
    "job_id": (
        "address",
        "Long, mandatory: job ID, from the answer of the creation.",
        "the resource's id, kept as text, as a number would lose the last digits of a long one",
    ),
    "is_success": (
        "answer",
        "Whether the request is executed; String by the newest table and the sample, Boolean by older tables.",
        "read as either; HTTP 200 alone is no success",
    ),
    "message": (
        "answer",
        "String: message content.",
        "shown where the call failed; nothing is decided by it",
    ),
    "job": (
        "answer",
        "Object: information about the update.",
        "must be there, or the update is not taken for done",
    ),
    "update_time": (
        "answer, in `job`",
        "Long: job update time, in milliseconds.",
        "not needed: the live job is read to see that the update has arrived",
    ),
    "200": ("status code", "The job is updated successfully.", "a success if `is_success` says so as well"),
    "400": (
        "status code",
        "The input parameter is invalid.",
        "an error with DLI's code, its words and a remedy",
    ),
}
"""The rows of the update page beside its request parameters: where, the page's words, and what we make of it."""


@dataclass(frozen=True)
class Contradiction:
    """Two sources that say different things of `about`. `switch` is that of the local DLI for the other reading."""

    about: str
    one: str
    other: str
    client: str
    switch: str = ""


CONTRADICTIONS = (
    Contradiction(
        "name",
        "57 characters (both pages)",
        "57 bytes (error code 11006, 2020)",
        "57 characters; a warning beyond 57 bytes",
        "lengths_in_bytes",
    ),
    Contradiction(
        "desc",
        "512 characters (both pages)",
        "2048 (official client 3.1.219), 512 bytes (11014, 2020)",
        "2048; a warning beyond 512",
        "long_descriptions",
    ),
    Contradiction(
        "sql_body",
        "1024 x 1024 characters (both pages)",
        "10,000 bytes (11001, 2020)",
        "1024 x 1024 bytes; more is refused in the preview",
        "lengths_in_bytes",
    ),
    Contradiction(
        "checkpoint_mode",
        "Integer, 1 or 2 (tables of both pages)",
        "`exactly_once` (samples of both pages)",
        "either in a program; the number is sent",
        "strict_checkpoint_mode",
    ),
    Contradiction(
        "idle_state_retention",
        "seconds, default 3600 (update page; newer create pages)",
        "hours, default 1 (one edition of the create page); 1 to 60 (11036, 2020)",
        "the number as it is written; no default is sent",
        "strict_idle_state_retention",
    ),
    Contradiction(
        "run_mode and udf_jar_url",
        "a jar on `shared_cluster` (sample of the update page)",
        "refused (11035, 2020)",
        "a warning",
        "shared_cluster_runs",
    ),
    Contradiction(
        "edge_group_ids",
        "on a `shared_cluster` job (sample of the update page)",
        "for edge nodes (its description)",
        "a warning on jobs of other kinds",
    ),
    Contradiction(
        "edge_group_ids",
        "Array of strings (type and sample of the update page)",
        "separated by commas (its description)",
        "a list",
    ),
    Contradiction(
        "execution_agency_urn",
        "on a flink_sql_job without a version (samples of both pages, 2026)",
        "for Flink 1.15 (its description); open-source jobs only (Terraform)",
        "a warning on jobs of other kinds; Flink 1.15 or later on open-source jobs",
        "strict_job_fields",
    ),
    Contradiction(
        "obs_bucket",
        "`my_obs_bucket` (sample of the create page)",
        "small letters, digits, '-' and '.' (OBS), checked (11011, 2020)",
        "OBS's rule: no such bucket can exist",
        "strict_bucket_names",
    ),
    Contradiction(
        "job_type",
        "flink_sql_job by default (older editions)",
        "flink_opensource_sql_job (newer editions), which the default of `run_mode` forbids",
        "both are always sent",
    ),
    Contradiction(
        "resource_config_version",
        "v2 from Flink 1.15 on (both pages)",
        "from 1.13 on (official client)",
        "from 1.13 on; v2 alone from 1.17 on",
        "strict_resource_versions",
    ),
    Contradiction(
        "default values",
        "the update page has a column of them",
        "what an update leaves out stays as it is (Terraform, which relies on it)",
        "a running job is sent its changes, a stopped one all that is declared; an argument taken out is sent with its "
        "default, or empty",
    ),
    Contradiction(
        "resume_savepoint",
        "starts from the latest savepoint (page of the call)",
        "refused where there is none (13017, 2020)",
        "asked for only where there is one",
        "resume_without_savepoint",
    ),
    Contradiction(
        "sql_body of a graph",
        '"" (sample, 2024)',
        "mandatory (table of the same page)",
        "always sent",
        "graph_needs_sql",
    ),
)
