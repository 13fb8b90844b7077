"""What a setting may hold, where that is more than a number or a word."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

Network = IPv4Network | IPv6Network

SHORTEST_TOKEN = 20


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname or re.search(r"[\s\x00-\x1f]", value)):
        raise ValueError("must be an http or https address")
    return value.rstrip("/")


def _bare_origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be a scheme and a host, such as https://keys.example.org, and nothing after them")
    return value


def _long_enough(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < SHORTEST_TOKEN:
        raise ValueError(f"must have at least {SHORTEST_TOKEN} characters")
    return value


def _postgres_address(value: SecretStr) -> SecretStr:
    from portal.postgres import read_address  # noqa: PLC0415  # 8 MB that only PostgreSQL needs

    return SecretStr(read_address(value.get_secret_value()))


def _redis_url(value: SecretStr) -> SecretStr:
    if not _is_redis_address(value.get_secret_value()):
        raise ValueError("must be redis://host:port/number, or rediss, valkey, valkeys, or unix:///path/to/socket")
    return value


Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
BareOrigin = Annotated[HttpUrl, AfterValidator(_bare_origin)]
LongToken = Annotated[SecretStr, AfterValidator(_long_enough)]
PostgresAddress = Annotated[SecretStr, AfterValidator(_postgres_address)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]


def _is_redis_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    if parts.scheme == "unix":
        return not parts.hostname and len(parts.path) > 1
    number = parts.path.strip("/")
    return parts.scheme in {"redis", "rediss", "valkey", "valkeys"} and has_host and (not number or number.isdigit())
