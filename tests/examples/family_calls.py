"""Every request that the four families' clients need, and what a good answer to it looks like. See docs/clients.md."""

from collections.abc import Callable
from typing import Any, NamedTuple

Check = Callable[[Any], object]


class FamilyCall(NamedTuple):
    """A request; `check` is true of its good answer, JSON or text; `resource` and `access` are what its key needs."""

    family: str
    method: str
    path: str
    check: Check
    more: dict[str, Any]
    resource: str | None = None
    access: str | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _call(family, method, path, check, resource=None, access=None, **more):
    return FamilyCall(family, method, path, check, more, resource, access)


TIDES = "collection://harbour/tides"
ITEM = "collection://logbook/brest"
FORM = {"schemaName": "harbour", "query.queryName": "tides", "query.maxRows": "-1"}


def _is_whoami(said):
    return (
        isinstance(said["id"], int)
        and said["impersonated"] is False
        and {"email", "displayName", "CSRF"} <= said.keys()
    )


def _are_lists(said):
    return said["shared"] == [] and [one["num_items"] for one in said["own"]] == [3, 2]


def _are_tides(said):
    fields = said["metaData"]["fields"]
    return (
        said["rowCount"] == len(said["rows"]) == 4
        and said["rows"][1]["port"] == "Brest"
        and [field["name"] for field in fields] == [column["dataIndex"] for column in said["columnModel"]]
        and all(field.keys() >= {"name", "caption", "type", "hidden"} for field in fields)
        and "status" not in said
    )


def _are_environments(said):
    one = said["data"][0]
    return (one["name"], one["users"], one["roles"]) == ("sandbox", [], []) and one["id"]


CALLS = (
    _call("alveo", "GET", "/version", lambda said: said["API version"]),
    _call("alveo", "GET", "/version.json", lambda said: said["API version"]),
    _call("alveo", "GET", "/item_lists", _are_lists),
    _call("alveo", "GET", "/item_lists.json", _are_lists),
    _call("alveo", "GET", "/item_lists/1", lambda said: said["num_items"] == len(said["items"]) == 3,
          "collection://item_lists/1"),
    _call("alveo", "GET", "/catalog/logbook/brest", lambda said: said["alveo:documents"][0]["alveo:url"], ITEM),
    _call("alveo", "GET", "/catalog/logbook/brest/document/log.txt", lambda said: "survey boat" in said, ITEM),
    _call("algorithmia", "POST", "/v1/algo/demo/Hello", lambda said: said["result"] == "Hello portal",
          "algo://demo/Hello", data="portal", content_type="text/plain"),
    _call("algorithmia", "POST", "/v1/algo/demo/Hello/1.0.0",
          lambda said: said["metadata"].keys() == {"content_type", "duration"},
          "algo://demo/Hello", json="portal"),
    _call("algorithmia", "GET", "/v1/data/",
          lambda said: said["folders"][0]["name"] == "alice@example.org", access="read"),
    _call("algorithmia", "GET", "/v1/data/.my/sample",
          lambda said: said["files"][0]["filename"] == "hello.txt", access="read"),
    _call("algorithmia", "GET", "/v1/data/.my/sample/", lambda said: said["files"][0]["size"] == 30, access="read"),
    _call("algorithmia", "GET", "/v1/data/.my/sample/hello.txt", lambda said: "sees this file" in said, access="read"),
    _call("algorithmia", "HEAD", "/v1/data/.my/sample/hello.txt", lambda said: said == "", access="read"),
    _call("algorithmia", "PUT", "/v1/data/.my/new.txt", lambda said: "error" not in said, access="write", data=b"new"),
    _call("labkey", "GET", "/home/login-whoami.api", _is_whoami),
    _call("labkey", "POST", "/home/login-whoami.api", _is_whoami),
    _call("labkey", "GET", "/some/project/login-whoami.api", _is_whoami),
    _call("labkey", "GET", "/login/whoAmI.view", _is_whoami),
    _call("labkey", "GET", "/home/security-ensureLogin.api", lambda said: said["currentUser"]["email"]),
    _call("labkey", "POST", "/home/query-getQuery.api", _are_tides, TIDES, data=FORM),
    _call("labkey", "POST", "/query/home/selectRows.api", _are_tides, TIDES,
          json={"schemaName": "harbour", "queryName": "tides"}),
    _call("cloudmc", "GET", "/v1/environments?", _are_environments),
    _call("cloudmc", "GET", "/api/v2/environments", _are_environments),
    _call("cloudmc", "GET", "/v1/organizations?", lambda said: said["data"][0]["environments"][0]["name"] == "sandbox"),
    _call("cloudmc", "GET", "/v1/users?", lambda said: said["data"][0]["email"] == "alice@example.org"),
    _call("cloudmc", "GET", "/v1/services/compute/sandbox/instances?",
          lambda said: said["data"] == [{"id": "i-1", "name": "notebook", "state": "Running"}],
          "environment://demo/sandbox"),
)  # fmt: skip
