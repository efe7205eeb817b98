"""Where DLI is and who we are: endpoint, project, credentials, from stack config or environment.

Knows no HTTP and no Pulumi: it is handed two ways to look a value up. Credentials never appear in its repr
or messages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from dli_provider.errors import Invalid

_DOMAINS = {"eu-west-101": "myhuaweicloud.eu"}
_DOMAIN = "myhuaweicloud.com"
_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PROJECT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

_VARIABLES = {
    "endpoint": "DLI_ENDPOINT",
    "region": "HW_REGION_NAME",
    "projectId": "HW_PROJECT_ID",
    "accessKey": "HW_ACCESS_KEY",
    "secretKey": "HW_SECRET_KEY",
    "securityToken": "HW_SECURITY_TOKEN",
    "token": "HW_AUTH_TOKEN",
}
"""Config key (without its namespace) -> environment variable. Config wins."""


@dataclass(frozen=True)
class Settings:
    """Everything needed to speak to one project of DLI.

    `endpoint` is scheme and host, without a trailing slash. Either `token`, or `access_key` and
    `secret_key` (with `security_token` when they are temporary), or none of them for a local DLI without a
    login. Timeouts are seconds for one attempt; `retry_attempts` and `retry_seconds` bound all attempts of
    one call together.
    """

    endpoint: str
    project_id: str
    region: str = ""
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    security_token: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    retry_attempts: int = 8
    retry_seconds: float = 120.0

    @property
    def local(self) -> bool:
        """Whether the endpoint is on this machine."""
        return _is_loopback(urlsplit(self.endpoint).hostname or "")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be shown."""
        return tuple(filter(None, (self.secret_key, self.security_token, self.token, self.access_key)))

    @classmethod
    def from_config(cls, get: Callable[[str], str | None], environ: Mapping[str, str]) -> Settings:
        """Settings from stack config (`get` takes a key without the namespace `dli:`) and the environment.

        Config wins, key by key. Credentials of two kinds are refused when they come from the same place;
        when one kind comes from config and the other from the environment, config's are used. A security
        token belongs to its access key, so one from the environment is not joined to an access key from
        config.

        Raises Invalid with every problem at once.
        """
        config = {key: (get(key) or "").strip() for key in _VARIABLES}
        env = {key: environ.get(variable, "").strip() for key, variable in _VARIABLES.items()}
        problems: list[_Problem] = []
        endpoint, region = _endpoint(
            config["endpoint"] or env["endpoint"], config["region"] or env["region"], problems
        )
        project_id = _project_id(config["projectId"] or env["projectId"], problems)
        credentials = _credentials(config, env, problems)
        if endpoint is not None:
            _check_exposure(endpoint, credentials, problems)
        if problems or endpoint is None:
            raise Invalid(
                "DLI settings",
                [problem.reason for problem in problems],
                remedy="; ".join(dict.fromkeys(problem.remedy for problem in problems)),
            )
        return cls(
            endpoint=endpoint.geturl(),
            region=region,
            project_id=project_id,
            access_key=credentials["accessKey"],
            secret_key=credentials["secretKey"],
            security_token=credentials["securityToken"],
            token=credentials["token"],
        )


@dataclass(frozen=True)
class _Problem:
    reason: str
    remedy: str


def _name(key: str) -> str:
    return f"dli:{key} [{_VARIABLES[key]}]"


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _endpoint(endpoint: str, region: str, problems: list[_Problem]) -> tuple[SplitResult | None, str]:
    """The base address and the region. A region that we do not know is taken as it is: new ones appear."""
    if region and not _REGION.fullmatch(region):
        problems.append(
            _Problem(
                f"{region!r} is not a region name", f"set {_name('region')} to a name such as cn-north-4"
            )
        )
        return None, region
    if not endpoint and not region:
        problems.append(
            _Problem(
                "neither an endpoint nor a region is given", f"set {_name('region')} or {_name('endpoint')}"
            )
        )
        return None, region
    address = endpoint or f"dli.{region}.{_DOMAINS.get(region, _DOMAIN)}"
    try:
        parts = urlsplit((address if "://" in address else f"https://{address}").rstrip("/"))
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    # An address with a login in it is not repeated in the message: that would print the password.
    if not usable or parts.query or parts.fragment or "@" in parts.netloc:
        problems.append(
            _Problem(
                "the endpoint is not an address",
                f"set {_name('endpoint')} to scheme and host alone, such as https://dli.cn-north-4.myhuaweicloud.com",
            )
        )
        return None, region
    return parts, region


def _project_id(project_id: str, problems: list[_Problem]) -> str:
    remedy = f"set {_name('projectId')} to the project id shown under My Credentials in the console"
    if not project_id:
        problems.append(_Problem("no project id is given", remedy))
    elif not _PROJECT_ID.fullmatch(project_id):
        problems.append(_Problem("the project id is not 1 to 64 letters, digits, '-' or '_'", remedy))
    return project_id


def _credentials(config: dict[str, str], env: dict[str, str], problems: list[_Problem]) -> dict[str, str]:
    """One kind of credentials: a token, or a pair of keys, or nothing."""
    found = {key: config[key] or env[key] for key in ("accessKey", "secretKey", "securityToken", "token")}
    if config["accessKey"] and not config["securityToken"]:
        found["securityToken"] = ""
    keyed = config["accessKey"] or config["secretKey"]
    if config["token"] and not keyed:
        return {**dict.fromkeys(found, ""), "token": config["token"]}
    if keyed and not config["token"]:
        found["token"] = ""
    if found["token"] and (found["accessKey"] or found["secretKey"]):
        problems.append(
            _Problem(
                "both a token and access keys are given",
                f"give either {_name('token')} or {_name('accessKey')} with {_name('secretKey')}",
            )
        )
    elif found["accessKey"] and not found["secretKey"]:
        problems.append(
            _Problem("an access key without its secret key is given", f"set {_name('secretKey')}")
        )
    elif found["secretKey"] and not found["accessKey"]:
        problems.append(_Problem("a secret key without its access key is given", f"set {_name('accessKey')}"))
    return found


def _check_exposure(endpoint: SplitResult, credentials: dict[str, str], problems: list[_Problem]) -> None:
    """Credentials are needed away from this machine, and never travel in clear."""
    if _is_loopback(endpoint.hostname or ""):
        return
    if not any(credentials.values()):
        problems.append(
            _Problem(
                "no credentials are given",
                f"set {_name('accessKey')} and {_name('secretKey')}, or {_name('token')}",
            )
        )
    if endpoint.scheme == "http":
        problems.append(
            _Problem(
                "the endpoint is plain http, which would show the requests to everybody on the way",
                f"set {_name('endpoint')} to an https address; only a local DLI may be http",
            )
        )
