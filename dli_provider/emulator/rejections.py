"""Every refusal of the local DLI: one text, its code in both families, and the page that it comes from.

The Flink pages of 2020 print a five-digit code for each refusal. Today's pages print only the general table, so which
of its codes a refusal has is our reading: the one whose meaning in that table is nearest.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from dli_provider.emulator.switches import Codes

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


class DocumentedRejection(NamedTuple):
    """The text of `error_msg`, the page of DLI's documents that has the code, and the code of the same today."""

    text: str
    page: str
    today: str


TODAY: Final[dict[str, tuple[str, int]]] = {
    "DLI.0001": ("The parameter check failed", 400),
    "DLI.0002": ("The object does not exist", 400),
    "DLI.0003": ("There is no permission", 400),
    "DLI.0004": ("The SQL statement has a syntax error", 400),
    "DLI.0006": ("The object already exists", 400),
    "DLI.0007": ("The operation is not supported", 400),
    "DLI.0009": ("A restriction of the system forbids this", 400),
    "DLI.0011": ("The permission check of a file failed", 400),
    "DLI.0012": ("The resource is not available", 400),
    "DLI.0023": ("The resource was not found", 404),
    "DLI.0999": ("Internal server error", 500),
    "DLI.1028": ("The quota is insufficient", 400),
}
"""The published table of today, as far as a refusal here has a place in it: meaning and HTTP status of each code."""

# By the code of 2020, under which the code of the local DLI knows a refusal.
REJECTIONS: Final[dict[str, DocumentedRejection]] = {
    "APIGW.0101": DocumentedRejection(
        "The API does not exist or has not been published in the environment", _GATEWAY, "APIGW.0101"
    ),
    "APIGW.0201": DocumentedRejection("The request body is too large", _GATEWAY, "APIGW.0201"),
    "APIGW.0301": DocumentedRejection("Incorrect IAM authentication information", _GATEWAY, "APIGW.0301"),
    "APIGW.0308": DocumentedRejection("The throttling threshold has been reached", _GATEWAY, "APIGW.0308"),
    "DLI.0001": DocumentedRejection("The parameter check failed", _GENERAL, "DLI.0001"),
    "DLI.0007": DocumentedRejection("The operation is not supported", _GENERAL, "DLI.0007"),
    "DLI.0023": DocumentedRejection("The resource was not found", _GENERAL, "DLI.0023"),
    "DLI.0999": DocumentedRejection("Internal server error", _GENERAL, "DLI.0999"),
    "DLI.10004": DocumentedRejection("The request body is not valid JSON", _GENERAL, "DLI.0001"),
    "DLI.10006": DocumentedRejection(
        "The project id in the URL is not valid for this token", _GENERAL, "DLI.0003"
    ),
    "DLI.10009": DocumentedRejection("The account is frozen because it is in arrears", _GENERAL, "DLI.0009"),
    "DLI.11001": DocumentedRejection("The SQL statement is too long", _CREATE, "DLI.0001"),
    "DLI.11002": DocumentedRejection(
        "Checkpointing or logging is on, but no OBS bucket is given", _CREATE, "DLI.0001"
    ),
    "DLI.11003": DocumentedRejection("Too many draft jobs that never ran", _CREATE, "DLI.1028"),
    "DLI.11004": DocumentedRejection("A job of this name already exists", _CREATE, "DLI.0006"),
    "DLI.11006": DocumentedRejection("The job name is too long", _CREATE, "DLI.0001"),
    "DLI.11007": DocumentedRejection("The job name is empty", _CREATE, "DLI.0001"),
    "DLI.11008": DocumentedRejection("The checkpoint interval is invalid", _CREATE, "DLI.0001"),
    "DLI.11009": DocumentedRejection("The checkpoint mode is invalid", _CREATE, "DLI.0001"),
    "DLI.11010": DocumentedRejection("The OBS bucket is empty", _CREATE, "DLI.0001"),
    "DLI.11011": DocumentedRejection("The OBS bucket is invalid", _CREATE, "DLI.0001"),
    "DLI.11012": DocumentedRejection("The number of CUs is invalid", _CREATE, "DLI.0001"),
    "DLI.11013": DocumentedRejection("The parallelism is invalid", _CREATE, "DLI.0001"),
    "DLI.11014": DocumentedRejection("The description is too long", _CREATE, "DLI.0001"),
    "DLI.11015": DocumentedRejection(
        "The job name holds characters that are not allowed", _CREATE, "DLI.0001"
    ),
    "DLI.11016": DocumentedRejection("The OBS bucket is not authorized for DLI", _CREATE, "DLI.0011"),
    "DLI.11022": DocumentedRejection("The parallelism exceeds 4 x (CUs - manager CUs)", _CREATE, "DLI.0001"),
    "DLI.11023": DocumentedRejection("No edge group is given", _CREATE, "DLI.0001"),
    "DLI.11024": DocumentedRejection("job_type and run_mode do not fit together", _CREATE, "DLI.0001"),
    "DLI.11025": DocumentedRejection("The number of manager CUs is invalid", _CREATE, "DLI.0001"),
    "DLI.11029": DocumentedRejection("A parameter must not be empty", _CREATE, "DLI.0001"),
    "DLI.11032": DocumentedRejection("The SMN topic does not exist", _CREATE, "DLI.0002"),
    "DLI.11035": DocumentedRejection("UDF jars are not allowed on the shared queue", _CREATE, "DLI.0007"),
    "DLI.11036": DocumentedRejection("The idle state retention is invalid", _CREATE, "DLI.0001"),
    "DLI.11039": DocumentedRejection("The dirty data strategy is invalid", _CREATE, "DLI.0001"),
    "DLI.11098": DocumentedRejection(
        "The API is obsolete", "'Querying the APIG Gateway Address of a Flink Job'", "DLI.0007"
    ),
    "DLI.12001": DocumentedRejection("The job id must be a number greater than 0", _UPDATE, "DLI.0001"),
    "DLI.12003": DocumentedRejection(
        "The job is running or being submitted and may not be updated", _UPDATE, "DLI.0007"
    ),
    "DLI.12004": DocumentedRejection("The job does not exist", _UPDATE, "DLI.0023"),
    "DLI.12005": DocumentedRejection("The job is in a status that cannot be updated", _UPDATE, "DLI.0007"),
    "DLI.12006": DocumentedRejection("A job of this name already exists", _UPDATE, "DLI.0006"),
    "DLI.13002": DocumentedRejection("The CUs of the queue are insufficient", _RUN, "DLI.0012"),
    "DLI.13003": DocumentedRejection(
        "Checkpointing or logging is on, but no OBS bucket is given", _RUN, "DLI.0001"
    ),
    "DLI.13004": DocumentedRejection("The OBS bucket is not authorized for DLI", _RUN, "DLI.0011"),
    "DLI.13005": DocumentedRejection("The SQL statement has a syntax error", _RUN, "DLI.0004"),
    "DLI.13006": DocumentedRejection("The job is already running, or may not be run", _RUN, "DLI.0007"),
    "DLI.13007": DocumentedRejection("The job does not exist", _RUN, "DLI.0023"),
    "DLI.13017": DocumentedRejection("The savepoint does not exist", _RUN, "DLI.0002"),
    "DLI.13024": DocumentedRejection("No queue that can run Flink jobs is selected", _RUN, "DLI.0001"),
    "DLI.14001": DocumentedRejection(
        "The job has no execution graph", "'Querying the Job Execution Plan'", "DLI.0002"
    ),
    "DLI.15001": DocumentedRejection("The job does not exist", _STOP, "DLI.0023"),
    "DLI.15002": DocumentedRejection("The status of the job does not allow this", _STOP, "DLI.0007"),
    "DLI.16001": DocumentedRejection("The job does not exist", _GET, "DLI.0023"),
    "DLI.17001": DocumentedRejection("The job does not exist", _DELETE, "DLI.0023"),
    "DLI.18001": DocumentedRejection("The SQL statement of the template is too long", _TEMPLATES, "DLI.0001"),
    "DLI.18002": DocumentedRejection("A template of this name already exists", _TEMPLATES, "DLI.0006"),
    "DLI.18003": DocumentedRejection("Too many templates", _TEMPLATES, "DLI.1028"),
    "DLI.18004": DocumentedRejection("The request body is not valid JSON", _TEMPLATES, "DLI.0001"),
    "DLI.18005": DocumentedRejection("The template does not exist", "'Deleting a Template'", "DLI.0002"),
    "DLI.18006": DocumentedRejection("The template name is empty", _TEMPLATES, "DLI.0001"),
    "DLI.18007": DocumentedRejection(
        "The template name holds characters that are not allowed", _TEMPLATES, "DLI.0001"
    ),
    "DLI.18008": DocumentedRejection("The template description is too long", _TEMPLATES, "DLI.0001"),
    "DLI.18009": DocumentedRejection("The template name is too long", _TEMPLATES, "DLI.0001"),
    "DLI.1205": DocumentedRejection("The template does not exist", "'Updating a Template'", "DLI.0002"),
    "DLI.1206": DocumentedRejection("offset or limit is invalid", "'Querying the Template List'", "DLI.0001"),
    "DLI.19001": DocumentedRejection("The request body is not valid JSON", _OBS, "DLI.0001"),
    "DLI.19003": DocumentedRejection("There is no such bucket", _OBS, "DLI.0002"),
    "DLI.19004": DocumentedRejection("No buckets are given", _OBS, "DLI.0001"),
    "DLI.19005": DocumentedRejection("The bucket is already authorized", _OBS, "DLI.0006"),
    "DLI.20005": DocumentedRejection("The queue does not exist", "'Querying Details of a Queue'", "DLI.0002"),
    "DLI.23001": DocumentedRejection("offset or limit is invalid", _LIST, "DLI.0001"),
    "DLI.23003": DocumentedRejection("root_job_id is invalid", _LIST, "DLI.0001"),
    "DLI.29001": DocumentedRejection(
        "The OBS directory cannot be parsed", "'Exporting a Flink Job'", "DLI.0001"
    ),
    "DLI.29002": DocumentedRejection(
        "The path of the zip file is wrong", "'Importing a Flink Job'", "DLI.0002"
    ),
}


def meaning(code: str) -> tuple[str, str]:
    """What a code of either family says, and the page that has it; nothing for a code that DLI does not have."""
    if code in REJECTIONS:
        return REJECTIONS[code].text, REJECTIONS[code].page
    return (TODAY[code][0], _GENERAL) if code in TODAY else ("", "")


class Rejection(Exception):
    """A refusal by DLI.

    `code` is a key of `REJECTIONS`, `status` the HTTP status, by default that of the table of today, or 400; `text` the
    `error_msg`; `retry_after` is in seconds, 0 for none.
    """

    def __init__(self, code: str, detail: str = "", *, status: int = 0, retry_after: int = 0) -> None:
        refusal = REJECTIONS[code]
        self.code = code
        self.page = refusal.page
        self.status = status or (TODAY[code][1] if code in TODAY else 400)
        self.retry_after = retry_after
        self.text = f"{refusal.text}: {detail}" if detail else f"{refusal.text}."
        super().__init__(f"{code} {self.text}")

    def of(self, codes: Codes) -> Rejection:
        """The same refusal under its code and HTTP status of one family; the text stays, as it is free."""
        today = REJECTIONS[self.code].today
        if codes == "2020" or today not in TODAY:  # the gateway in front of DLI has one family only
            return self
        same = Rejection(self.code, status=TODAY[today][1], retry_after=self.retry_after)
        same.code, same.text, same.page = today, self.text, _GENERAL
        return same
