"""Deployment settings: what the person who runs the portal decides, from the environment.

Each setting is declared once, here, with its variable, type, default and help; docs/settings.md is checked.
What an admin may change while it runs lives in `portal.site`.
"""

from enum import StrEnum
from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from portal.config_values import (
    BareOrigin,
    HttpUrl,
    LongToken,
    Networks,
    PostgresAddress,
    RedisUrl,
)
from portal.errors import CannotStart

ROOT = Path(__file__).resolve().parent.parent


class SignUp(StrEnum):
    """Who may make an account."""

    OFF = "off"
    INVITE = "invite"
    OPEN = "open"


class ProxyKind(StrEnum):
    """Which reverse proxy asks `/auth`: they differ in how they ask and in what they pass on."""

    NGINX = "nginx"
    CADDY = "caddy"
    TRAEFIK = "traefik"
    ENVOY = "envoy"


class LogFormat(StrEnum):
    """How log lines are written."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The least that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Settings(BaseSettings):
    """The settings of one installation. Attributes are named as in the glossary, variables as in docs/settings.md."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    host: str = Field("127.0.0.1", alias="HOST", description="The address that the pages and the lane listen on.")
    port: int = Field(8000, alias="PORT", ge=1, le=65535, description="The port of the pages.")
    workers: int = Field(1, alias="PORTAL_WORKERS", ge=1, le=64, description="Processes that serve pages.")
    verify_port: int = Field(
        0, alias="PORTAL_VERIFY_PORT", ge=0, le=65535,
        description="The port of the verification lane's own process. Default: PORT + 1.",
    )  # fmt: skip
    data_dir: Path = Field(
        ROOT / "instance",
        alias="PORTAL_DATA_DIR",
        description="Holds the database and the secrets.",
    )
    admin_email: str = Field(
        "admin@example.org",
        alias="PORTAL_ADMIN_EMAIL",
        description="The first admin, made only when there is no account.",
    )
    admin_password: SecretStr | None = Field(
        None,
        alias="PORTAL_ADMIN_PASSWORD",
        description="The first admin's password. Default: generated and printed once.",
    )
    public_url: BareOrigin = Field(
        "", alias="PORTAL_PUBLIC_URL",
        description="The address that people use, scheme and host only; decides cookies and links. Default: http://HOST:PORT.",
    )  # fmt: skip
    api_endpoint: HttpUrl = Field(
        "", alias="PORTAL_API_ENDPOINT",
        description="The protected API, shown above the keys and written into downloads. Default: the sample API.",
    )  # fmt: skip
    api_docs_url: HttpUrl = Field(
        "",
        alias="PORTAL_API_DOCS_URL",
        description="The API's documentation. Default: the sample API's own page.",
    )
    service_token: LongToken | None = Field(
        None, alias="PORTAL_SERVICE_TOKEN",
        description="Lets a protected API call POST /api/v1/verify and /oauth/introspect. "
        "Default: made and kept in the data folder.",
    )  # fmt: skip
    metrics_token: LongToken | None = Field(
        None, alias="PORTAL_METRICS_TOKEN",
        description="Lets Prometheus read /metrics. Default: made and kept in the data folder.",
    )  # fmt: skip
    log_format: LogFormat = Field(
        LogFormat.TEXT, alias="PORTAL_LOG_FORMAT",
        description="How log lines are written: text for people, json for programs.",
    )  # fmt: skip
    log_level: LogLevel = Field(
        LogLevel.INFO, alias="PORTAL_LOG_LEVEL", description="The least that is logged: debug, info, warning or error."
    )
    drain_seconds: int = Field(
        0, alias="PORTAL_DRAIN_SECONDS", ge=0, le=60,
        description="How long a server that is told to stop goes on answering while /readyz says no.",
    )  # fmt: skip
    trusted_proxies: Networks = Field(
        (), alias="PORTAL_TRUSTED_PROXIES",
        description="CIDRs, separated by commas, whose forwarded headers are believed, and nobody else's.",
    )  # fmt: skip
    forwarded_needs: bool = Field(
        False, alias="PORTAL_FORWARDED_NEEDS",
        description="Whether every trusted proxy sets X-Portal-Resource, X-Portal-Access and X-Portal-Any-Key itself.",
    )  # fmt: skip
    proxy_kind: ProxyKind = Field(
        ProxyKind.NGINX, alias="PORTAL_PROXY_KIND",
        description="The reverse proxy that asks /auth: nginx, caddy, traefik or envoy.",
    )  # fmt: skip
    database_url: PostgresAddress | None = Field(
        None, alias="PORTAL_DATABASE_URL",
        description="A PostgreSQL, for one machine or several: postgresql+psycopg://user:password@host:port/database. "
        "Default: SQLite in the data folder.",
    )  # fmt: skip
    redis_url: RedisUrl | None = Field(
        None, alias="PORTAL_REDIS_URL",
        description="A Redis or Valkey that counts rates for all processes and machines. Default: each process counts.",
    )  # fmt: skip
    key_prefix: str = Field(
        "ptl",
        alias="PORTAL_KEY_PREFIX",
        pattern=r"^[a-z][a-z0-9]{1,14}$",
        description="The first part of every key.",
    )
    sign_up: SignUp = Field(
        SignUp.INVITE, alias="PORTAL_SIGN_UP", description="Who may make an account: off, invite or open."
    )
    site_name: str = Field(
        "API Credentials Portal",
        alias="PORTAL_SITE_NAME",
        min_length=1,
        max_length=64,
        description="The site's name.",
    )
    accent: str = Field(
        "#0d5c6b",
        alias="PORTAL_ACCENT",
        pattern=r"^#[0-9a-fA-F]{6}$",
        description="The site's colour, as #rrggbb.",
    )

    @model_validator(mode="after")
    def _two_ports(self) -> "Settings":
        if self.lane_port == self.port:
            raise ValueError("PORT and PORTAL_VERIFY_PORT must differ")
        if self.lane_port > 65535:  # noqa: PLR2004
            raise ValueError("PORTAL_VERIFY_PORT must be set, because PORT + 1 is no port")
        return self

    @property
    def postgres_address(self) -> str | None:
        """The address of the PostgreSQL as libpq takes it, with its password; None where SQLite serves."""
        return None if self.database_url is None else self.database_url.get_secret_value()

    @property
    def lane_port(self) -> int:
        """The port of the verification lane."""
        return self.verify_port or self.port + 1

    @cached_property
    def site_url(self) -> str:
        """The address that people use, without a trailing slash."""
        everywhere = self.host in {"0.0.0.0", "::"}  # noqa: S104  # where it listens is no address to go to
        host = "127.0.0.1" if everywhere else f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def is_https(self) -> bool:
        """Whether people reach the portal over https; decides `Secure`, `__Host-` and HSTS."""
        return self.site_url.startswith("https://")

    @property
    def endpoint_url(self) -> str:
        """The protected API's address, without a trailing slash."""
        return self.api_endpoint or f"{self.site_url}/sample"

    @property
    def docs_url(self) -> str:
        """The address of the protected API's documentation; empty when nobody said where an API of one's own has it."""
        return self.api_docs_url or ("" if self.api_endpoint else f"{self.endpoint_url}/docs")


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        CannotStart: a variable holds something it cannot mean; the message names it.

    """
    try:
        return Settings()  # type: ignore[call-arg]  # every field has a default or comes from the environment
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "The settings"
        raise CannotStart(f"{name}: {first['msg'].removeprefix('Value error, ')}.") from None
