"""Every refusal of the local DLI: one code, one text, and the page of the DLI API reference that it comes from."""

from __future__ import annotations

_GENERAL = "Public Parameters, 'Error Code'"
_CREATE = "'Creating a SQL Job'"
_UPDATE = "'Updating a SQL Job'"
_GET = "'Querying Job Details'"
_LIST = "'Querying the Job List'"
_RUN = "'Running Jobs in Batches'"
_STOP = "'Stopping Jobs in Batches'"
_DELETE = "'Deleting a Job'"
_TEMPLATES = "'Creating a Template'"
_OBS = "'Granting OBS Permissions to DLI'"
_GATEWAY = "API Gateway, 'Error Codes'"

# By error code: the text of `error_msg`, and the page of DLI's documents that it comes from.
REJECTIONS: dict[str, tuple[str, str]] = {
    "APIGW.0101": ("The API does not exist or has not been published in the environment", _GATEWAY),
    "APIGW.0201": ("The request body is too large", _GATEWAY),
    "APIGW.0301": ("Incorrect IAM authentication information", _GATEWAY),
    "APIGW.0308": ("The throttling threshold has been reached", _GATEWAY),
    "DLI.0001": ("The parameter check failed", _GENERAL),
    "DLI.0002": ("The object does not exist", _GENERAL),
    "DLI.0007": ("The operation is not supported", _GENERAL),
    "DLI.0999": ("Internal server error", _GENERAL),
    "DLI.10004": ("The request body is not valid JSON", _GENERAL),
    "DLI.10006": ("The project id in the URL is not valid for this token", _GENERAL),
    "DLI.10009": ("The account is frozen because it is in arrears", _GENERAL),
    "DLI.11001": ("The SQL statement is too long", _CREATE),
    "DLI.11002": ("Checkpointing or logging is on, but no OBS bucket is given", _CREATE),
    "DLI.11003": ("Too many draft jobs that never ran", _CREATE),
    "DLI.11004": ("A job of this name already exists", _CREATE),
    "DLI.11006": ("The job name is longer than 57 bytes", _CREATE),
    "DLI.11007": ("The job name is empty", _CREATE),
    "DLI.11008": ("The checkpoint interval is invalid", _CREATE),
    "DLI.11009": ("The checkpoint mode is invalid", _CREATE),
    "DLI.11010": ("The OBS bucket is empty", _CREATE),
    "DLI.11011": ("The OBS bucket is invalid", _CREATE),
    "DLI.11012": ("The number of CUs is invalid", _CREATE),
    "DLI.11013": ("The parallelism is invalid", _CREATE),
    "DLI.11014": ("The description is longer than 512 bytes", _CREATE),
    "DLI.11015": ("The job name holds characters that are not allowed", _CREATE),
    "DLI.11016": ("The OBS bucket is not authorized for DLI", _CREATE),
    "DLI.11022": ("The parallelism exceeds 4 x (CUs - manager CUs)", _CREATE),
    "DLI.11023": ("No edge group is given", _CREATE),
    "DLI.11024": ("job_type and run_mode do not fit together", _CREATE),
    "DLI.11025": ("The number of manager CUs is invalid", _CREATE),
    "DLI.11029": ("A parameter must not be empty", _CREATE),
    "DLI.11032": ("The SMN topic does not exist", _CREATE),
    "DLI.11035": ("UDF jars are not allowed on the shared queue", _CREATE),
    "DLI.11036": ("The idle state retention is invalid", _CREATE),
    "DLI.11039": ("The dirty data strategy is invalid", _CREATE),
    "DLI.11098": ("The API is obsolete", "'Querying the APIG Gateway Address of a Flink Job'"),
    "DLI.12001": ("The job id must be a number greater than 0", _UPDATE),
    "DLI.12003": ("The job is running or being submitted and may not be updated", _UPDATE),
    "DLI.12004": ("The job does not exist", _UPDATE),
    "DLI.12005": ("The job is in a status that cannot be updated", _UPDATE),
    "DLI.12006": ("A job of this name already exists", _UPDATE),
    "DLI.13002": ("The CUs of the queue are insufficient", _RUN),
    "DLI.13003": ("Checkpointing or logging is on, but no OBS bucket is given", _RUN),
    "DLI.13004": ("The OBS bucket is not authorized for DLI", _RUN),
    "DLI.13005": ("The SQL statement has a syntax error", _RUN),
    "DLI.13006": ("The job is already running, or may not be run", _RUN),
    "DLI.13007": ("The job does not exist", _RUN),
    "DLI.13017": ("The savepoint does not exist", _RUN),
    "DLI.13024": ("No queue that can run Flink jobs is selected", _RUN),
    "DLI.14001": ("The job has no execution graph", "'Querying the Job Execution Plan'"),
    "DLI.15001": ("The job does not exist", _STOP),
    "DLI.15002": ("The status of the job does not allow this", _STOP),
    "DLI.16001": ("The job does not exist", _GET),
    "DLI.17001": ("The job does not exist", _DELETE),
    "DLI.18001": ("The SQL statement of the template is too long", _TEMPLATES),
    "DLI.18002": ("A template of this name already exists", _TEMPLATES),
    "DLI.18003": ("Too many templates", _TEMPLATES),
    "DLI.18004": ("The request body is not valid JSON", _TEMPLATES),
    "DLI.18005": ("The template does not exist", "'Deleting a Template'"),
    "DLI.18006": ("The template name is empty", _TEMPLATES),
    "DLI.18007": ("The template name holds characters that are not allowed", _TEMPLATES),
    "DLI.18008": ("The template description is longer than 512 bytes", _TEMPLATES),
    "DLI.18009": ("The template name is longer than 64 bytes", _TEMPLATES),
    "DLI.1205": ("The template does not exist", "'Updating a Template'"),
    "DLI.1206": ("offset or limit is invalid", "'Querying the Template List'"),
    "DLI.19001": ("The request body is not valid JSON", _OBS),
    "DLI.19003": ("There is no such bucket", _OBS),
    "DLI.19004": ("No buckets are given", _OBS),
    "DLI.19005": ("The bucket is already authorized", _OBS),
    "DLI.20005": ("The queue does not exist", "'Querying Details of a Queue'"),
    "DLI.23001": ("offset or limit is invalid", _LIST),
    "DLI.23003": ("root_job_id is invalid", _LIST),
    "DLI.29001": ("The OBS directory cannot be parsed", "'Exporting a Flink Job'"),
    "DLI.29002": ("The path of the zip file is wrong", "'Importing a Flink Job'"),
}


class Rejection(Exception):
    """A refusal by DLI.

    `code` is a key of `REJECTIONS`, `status` the HTTP status, `text` the `error_msg`; `retry_after` is in seconds, 0
    for none.
    """

    def __init__(self, code: str, detail: str = "", *, status: int = 400, retry_after: int = 0) -> None:
        text, self.page = REJECTIONS[code]
        self.code = code
        self.status = status
        self.retry_after = retry_after
        self.text = f"{text}: {detail}" if detail else f"{text}."
        super().__init__(f"{code} {self.text}")
