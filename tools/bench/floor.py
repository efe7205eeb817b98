"""The floor: a dynamic resource that keeps its inputs and does nothing else. What it costs is what the engine costs."""

from typing import Any

from pulumi import ResourceOptions
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult


class TrivialProvider(ResourceProvider):
    """The least that a provider can do."""

    serialize_as_secret_always = False

    def diff(self, _id: str, olds: Any, news: Any) -> DiffResult:
        return DiffResult(changes=olds["sql_body"] != news["sql_body"])

    def create(self, props: Any) -> CreateResult:
        return CreateResult(props["name"], dict(props))

    def update(self, _id: str, _olds: Any, news: Any) -> UpdateResult:
        return UpdateResult(dict(news))

    def read(self, id_: str, props: Any) -> ReadResult:
        return ReadResult(id_, dict(props))


class Trivial(Resource, module="bench", name="Trivial"):
    """As many bytes of SQL as the job beside it, and the same arguments where they are given; it does nothing."""

    def __init__(self, resource_name: str, opts: ResourceOptions | None = None, **arguments: Any) -> None:
        super().__init__(TrivialProvider(), resource_name, arguments, opts)
