"""Where DLI is and who we are: endpoint, project and credentials, from stack config or the environment.

Knows no HTTP and no Pulumi: it is handed two ways to look a value up. Credentials never appear in its repr or
in its messages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_address
from typing import Literal, TypeAlias, get_args
from urllib.parse import SplitResult, urlsplit

from dli_provider.errors import Invalid
from dli_provider.likeness import closest

_VARIABLES = {
    "endpoint": "DLI_ENDPOINT",
    "region": "HW_REGION_NAME",
    "projectId": "HW_PROJECT_ID",
    "accessKey": "HW_ACCESS_KEY",
    "secretKey": "HW_SECRET_KEY",
    "securityToken": "HW_SECURITY_TOKEN",
    "token": "HW_AUTH_TOKEN",
    "movedFrom": "DLI_MOVED_FROM",
}
"""Config key, without its namespace `dli`, to environment variable."""

KEYS = frozenset({*_VARIABLES, "reviewed", "check", "judge", "rules"})
"""Every config key of the namespace `dli`. Any other is refused: it would be taken for set, and do nothing."""

VARIABLES = frozenset(
    {variable for variable in _VARIABLES.values() if variable.startswith("DLI_")}
    | {"DLI_REVIEWED", "DLI_REVIEW", "DLI_RELEASES", "DLI_DEBUG", "DLI_FLINK_HOME", "DLI_JUDGE"}
    | {"DLI_EMULATOR_AK", "DLI_EMULATOR_SK", "DLI_EMULATOR_TOKEN"}
)
"""Every environment variable of ours."""

JUDGE = "dli:judge"
"""The config key that says who judges changes of SQL."""

JudgeMode: TypeAlias = Literal["auto", "flink", "text"]

_NAMESPACE = "dli:"
_KEYS = ("accessKey", "secretKey", "securityToken")
_TOKEN = ("token",)

_DOMAINS = {"eu-west-101": "myhuaweicloud.eu"}
_DOMAIN = "myhuaweicloud.com"
_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_DLI_HOST = re.compile(r"dli\.([a-z0-9-]+)\.myhuaweicloud\.[a-z]+")
_LOCAL = "local"
_PROJECT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

_Values = Mapping[str, str]


@dataclass(frozen=True)
class Settings:
    """Everything needed to speak to one project of DLI.

    `endpoint` is scheme and host, without a slash at the end. `moved_from` is the place that a stack leaves its jobs
    behind in, on purpose. Credentials are a `token`, or an `access_key`
    and a `secret_key` (with a `security_token` where they are temporary), or none for a local DLI without a
    login. Timeouts are seconds for one attempt; `retry_attempts` and `retry_seconds` bound all attempts of
    one call.
    """

    endpoint: str
    project_id: str
    region: str = ""
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    security_token: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    moved_from: str = ""
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    retry_attempts: int = 8
    retry_seconds: float = 120.0

    # Both are asked for in each call of the engine's and each request to DLI.
    @cached_property
    def local(self) -> bool:
        """Whether the endpoint is on this machine."""
        return is_local(urlsplit(self.endpoint))

    @cached_property
    def place(self) -> str:
        """Where jobs are made with these settings: `region/project id`.

        Not the endpoint, as one region has several names. Where that names no region, as a private endpoint does, the
        region that is set says where it leads; where none is set, its host. A DLI on this machine is `local` by
        whatever name and port, and whatever region is set: what is made there is not in that region.
        """
        parts = urlsplit(self.endpoint)
        if self.local:
            return f"{_LOCAL}/{self.project_id}"
        named = _DLI_HOST.fullmatch(parts.hostname or "")
        return f"{named[1] if named else self.region or parts.netloc}/{self.project_id}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be shown."""
        return tuple(filter(None, (self.access_key, self.secret_key, self.security_token, self.token)))

    @classmethod
    def from_config(
        cls, get: Callable[[str], str | None], environ: Mapping[str, str], keys: Iterable[str] = ()
    ) -> Settings:
        """Settings from stack config (`get` takes a key without the namespace) and the environment; config
        wins.

        A token and access keys together are refused, unless one of them comes from config and the other
        from the environment: then config decides. A security token belongs to its access key, so one from
        the environment is not joined to an access key from config.

        `keys` are all keys of the config, whole: those of ours that nobody knows are a problem too.

        Raises Invalid with every problem at once.
        """
        config = {key: (get(key) or "").strip() for key in _VARIABLES}
        env = {key: environ.get(variable, "").strip() for key, variable in _VARIABLES.items()}
        problems = _Problems()
        for key, known in unknown_keys(keys):
            problems.add(f"{key} is no key of the config", _instead(key, known))
        values = {key: config[key] or env[key] for key in _VARIABLES}
        credentials = _credentials(config, env, problems)
        endpoint = _endpoint(values["endpoint"], values["region"], problems)
        if endpoint is None or not is_local(endpoint):
            _check_remote(endpoint, credentials, problems)
        _check_project_id(values["projectId"], problems)
        if problems.reasons or endpoint is None:
            raise Invalid("DLI settings", problems.reasons, remedy="; ".join(problems.remedies))
        return cls(
            endpoint=endpoint.geturl(),
            project_id=values["projectId"],
            region=values["region"],
            access_key=credentials.get("accessKey", ""),
            secret_key=credentials.get("secretKey", ""),
            security_token=credentials.get("securityToken", ""),
            token=credentials.get("token", ""),
            moved_from=values["movedFrom"],
        )


def judge_mode(config: str | None, environ: Mapping[str, str]) -> JudgeMode:
    """Who judges changes of SQL, by `dli:judge` or the environment. Raises Invalid."""
    named = config or environ.get("DLI_JUDGE") or "auto"
    modes: tuple[JudgeMode, ...] = get_args(JudgeMode)
    for mode in modes:
        if mode == named:
            return mode
    raise Invalid(JUDGE, f"it is {named!r}", remedy=f"set it to one of {', '.join(modes)}")


def own_keys(keys: Iterable[str], project: str) -> tuple[str, ...]:
    """Those of these whole config keys that are ours: of a project that is called `dli` they may be its own."""
    return tuple(key for key in keys if key.startswith(_NAMESPACE)) if project != _NAMESPACE[:-1] else ()


def unknown_keys(keys: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """Those of these whole config keys that are of our namespace and that nobody knows, each with the one that is
    likely meant."""
    for key in sorted(keys):
        if key.startswith(_NAMESPACE) and key.removeprefix(_NAMESPACE) not in KEYS:
            yield key, closest(key, {_NAMESPACE + known for known in KEYS}, 0.75)


def refuse_unknown_keys(keys: Iterable[str]) -> None:
    """Raises Invalid where one of these whole config keys is of our namespace and nobody knows it."""
    if found := [*unknown_keys(keys)]:
        reasons = [f"{key} is no key of the config" for key, _ in found]
        raise Invalid("DLI settings", reasons, remedy="; ".join(_instead(*each) for each in found))


def _instead(key: str, known: str | None) -> str:
    meant = f"did you mean {known}?" if known else f"known are {', '.join(sorted(KEYS))}"
    return f"take it out with `pulumi config rm {key}` ({meant})"


def misspelt_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """What to warn of: variables that look like ours and are none. Others that begin alike may be somebody else's."""
    for name in sorted(environ):
        if (
            name.startswith("DLI_")
            and environ[name]
            and name not in VARIABLES
            and (known := closest(name, VARIABLES, 0.75))
        ):
            yield f"{name} is set in the environment, and nothing reads it: did you mean {known}?"


def same_place(one: str, other: str) -> bool:
    """Whether two recorded places are one: a DLI on this machine was once recorded by its host and port."""
    return one == other or _place_name(one) == _place_name(other)


def _place_name(place: str) -> str:
    address, _, project = place.rpartition("/")
    try:
        local = is_local(urlsplit(f"//{address}"))
    except ValueError:
        local = False
    return f"{_LOCAL}/{project}" if local else place


@dataclass
class _Problems:
    reasons: list[str] = field(default_factory=list)
    remedies: list[str] = field(default_factory=list)

    def add(self, reason: str, remedy: str) -> None:
        self.reasons.append(reason)
        self.remedies.append(remedy)


def _name(key: str) -> str:
    return f"dli:{key} [{_VARIABLES[key]}]"


def _endpoint(endpoint: str, region: str, problems: _Problems) -> SplitResult | None:
    """The address. An unknown region is taken as it is: new ones appear."""
    if region and not _REGION.fullmatch(region):
        problems.add(f"{region!r} is not a region", f"set {_name('region')} to a name such as cn-north-4")
        return None
    if not endpoint and not region:
        problems.add("no region and no endpoint are given", f"set {_name('region')} or {_name('endpoint')}")
        return None
    address = endpoint or f"dli.{region}.{_DOMAINS.get(region, _DOMAIN)}"
    try:
        parts = urlsplit((address if "://" in address else f"https://{address}").rstrip("/"))
        usable = parts.scheme in ("http", "https") and _is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        usable = False
    # A login in the address would be shown with it; the address itself is not repeated for the same reason.
    if not usable or "@" in parts.netloc or parts.query or parts.fragment:
        problems.add(
            "the endpoint is not an address",
            f"set {_name('endpoint')} to scheme and host, such as https://dli.cn-north-4.{_DOMAIN}",
        )
        return None
    return parts


def _is_host(host: str) -> bool:
    return bool(_HOST.fullmatch(host)) or _is_ip_address(host)


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_local(endpoint: SplitResult) -> bool:
    """Whether an address is of this machine, as the local DLI's is."""
    host = endpoint.hostname or ""
    if _is_ip_address(host):
        return ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def _credentials(config: _Values, env: _Values, problems: _Problems) -> _Values:
    """One kind of credentials, or none. The first source that holds any decides which kind."""
    kinds = _kinds(config) or _kinds(env)
    if len(kinds) > 1:
        problems.add(
            "both a token and access keys are given",
            f"set {_name('token')}, or {_name('accessKey')} and {_name('secretKey')}, but not both",
        )
    found = {key: config[key] or env[key] for kind in kinds for key in kind}
    if config["accessKey"]:
        found["securityToken"] = config["securityToken"]
    if kinds == [_KEYS]:
        for key in ("accessKey", "secretKey"):
            if not found[key]:
                problems.add(f"access keys are incomplete: {_name(key)} is missing", f"set {_name(key)}")
    return found


def _kinds(source: _Values) -> list[tuple[str, ...]]:
    return [kind for kind in (_KEYS, _TOKEN) if any(source[key] for key in kind)]


def _check_remote(endpoint: SplitResult | None, credentials: _Values, problems: _Problems) -> None:
    """Away from this machine credentials are needed, and never travel in clear."""
    if not any(credentials.values()):
        problems.add(
            "no credentials are given",
            f"set {_name('accessKey')} and {_name('secretKey')}, or {_name('token')}",
        )
    if endpoint is not None and endpoint.scheme == "http":
        problems.add(
            "the endpoint is plain http, on which anybody on the way can read along",
            f"use https in {_name('endpoint')}; http is for a DLI on this machine only",
        )


def _check_project_id(project_id: str, problems: _Problems) -> None:
    remedy = f"set {_name('projectId')} to the id shown under My Credentials in the console"
    if not project_id:
        problems.add("no project id is given", remedy)
    elif not _PROJECT_ID.fullmatch(project_id):
        problems.add("the project id is not 1 to 64 letters, digits, '-' or '_'", remedy)
