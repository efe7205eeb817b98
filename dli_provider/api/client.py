"""All calls of DLI in one client: one method is one call.

Every method raises, besides what it names itself: Misconfigured, Unauthenticated, Forbidden, Throttled,
Unavailable (no usable answer: a write may or may not have been carried out), Invalid and QuotaExceeded as
DLI says, Refused for any other refusal.
"""

from __future__ import annotations

from dataclasses import dataclass

from dli_provider.api.graph_calls import GraphCalls
from dli_provider.api.job_calls import JobCalls
from dli_provider.api.queue_calls import QueueCalls
from dli_provider.api.tag_calls import TagCalls
from dli_provider.api.template_calls import TemplateCalls


@dataclass(frozen=True)
class Client(JobCalls, TagCalls, GraphCalls, QueueCalls, TemplateCalls):
    """All calls to one project of DLI; see `dli_provider.connect` for making one."""
