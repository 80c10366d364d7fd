"""`docs/http.md`, written from the OpenAPI document.

    python -m meshvisor.console.http_page > docs/http.md

A test compares the two, so that the page cannot be out of date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from meshvisor.console.app import describe
from meshvisor.console.openapi import operations
from meshvisor.console.routing import SCOPE

_HEAD: Final = """\
# HTTP

What the [console](console.md) serves, written from its OpenAPI document
(`python -m meshvisor.console.http_page`), which it has at `/api/openapi.json`.

"""

_WHO: Final = {None: "everybody", "": "any that is signed in"}


def page(document: dict[str, Any]) -> str:
    """Return the page."""
    return "\n".join(_page(document)) + "\n"


# Private


def _page(document: dict[str, Any]) -> Iterator[str]:
    yield _HEAD.rstrip("\n")
    yield ""
    yield document["info"]["description"].rstrip("\n")
    for tag in document["tags"]:
        found = [one for one in operations(document) if tag["name"] in one[2]["tags"]]
        if found:
            yield from _section(tag, found)
    yield from _errors()


def _section(
    tag: Mapping[str, str], found: Iterable[tuple[str, str, dict[str, Any]]]
) -> Iterator[str]:
    yield ""
    yield f"## {tag['name']}"
    yield tag["description"]
    yield ""
    yield "| | scope | what it does | query | body | answer |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for path, method, operation in found:
        cells = (
            f"`{method.upper()} {path}`",
            _scope(operation),
            operation["summary"],
            _parameters(operation),
            _body(operation),
            _answer(operation),
        )
        yield f"| {' | '.join(cells)} |"


def _scope(operation: Mapping[str, Any]) -> str:
    scope = operation.get(SCOPE)
    return _WHO.get(scope, f"`{scope}`")


def _parameters(operation: Mapping[str, Any]) -> str:
    found = [one for one in operation.get("parameters", ()) if one["in"] != "path"]
    return ", ".join(
        f"`{one['name']}`" + (" (header)" if one["in"] == "header" else "") for one in found
    )


def _body(operation: Mapping[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    return ", ".join(_named(one.get("schema", {})) for one in content.values())


def _answer(operation: Mapping[str, Any]) -> str:
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            kinds = response.get("content", {})
            name = ", ".join(_named(one.get("schema", {})) or kind for kind, one in kinds.items())
            return f"{status} {name}".rstrip()
    return ""


def _named(schema: Mapping[str, Any]) -> str:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return f"`{name}`" if name else ""


def _errors() -> Iterator[str]:
    yield ""
    yield "## Errors"
    yield "`application/problem+json`: `type`, `title`, `status`, `detail`, and `errors` by field."
    yield ""
    yield "| status | when |"
    yield "| --- | --- |"
    for status, when in _STATUSES.items():
        yield f"| {status} | {when} |"


_STATUSES: Final = {
    400: "it cannot be carried out as it is",
    401: "no operator is signed in, or the token is none",
    403: "the scope is missing, or the CSRF token, or the request comes from another site",
    404: "something that is named is not there",
    409: "it is there already, something that it needs is missing, or it cannot be as things are",
    412: "it was changed since the `ETag` of `If-Match`",
    413: "the body is longer than 1 MiB",
    414: "the address is longer than 8192 characters",
    421: "the console is not known by the `Host` that was asked for",
    422: "a field is missing or wrong",
    429: "too many tries to sign in; `Retry-After` says how long to wait",
    503: "the supervisor is not there",
    504: "the supervisor does not answer",
}


if __name__ == "__main__":
    sys.stdout.write(page(describe()))
