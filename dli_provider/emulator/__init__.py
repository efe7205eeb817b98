"""A local DLI: a real HTTP server that stands in for Huawei Cloud DLI's Flink job API.

It is the second witness of the DLI documents: it was written from them alone and refuses what they say DLI refuses.
It therefore imports nothing from `dli_provider.api`, `job`, `plan` or `run`, and none of those may import it: were
both sides to share code, one mistake would cancel the other.

A request goes routes -> request_pipeline -> calls -> rules -> runners and store:

- `routes`: every DLI call, and `request_pipeline`: what happens to each of them (who asks, faults, request log);
- `calls`: one small function per call; it makes a response (`responses`) or raises a `Rejection` (`rejections`);
- `rules`: what DLI accepts, field by field (`fields`), as a whole, and in which status;
- `runners`: what time does to a job, simulated or on a real Flink;
- `server_process`: the one server of a state file, and `background`: started, adjusted and emptied from outside;
- `models` and `store`: what is remembered, and the file it is remembered in; `local_dli` holds all of it together.

Beside DLI's own calls stand `admin` (HTTP) with `admin_client` (Python), `faults`, and the pages in `console`.
"""

DEFAULT_PORT = 8765

SIMULATED, FLINK, FLINK_KAFKA = RUNNERS = ("simulated", "flink", "flink-kafka")
"""What may run the jobs: the clock, a real Flink, or one with a real Kafka. A state file belongs to one of them."""
