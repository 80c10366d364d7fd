"""What the console itself says, each sentence by its code (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

SIGNED_OUT: Final = Wording(
    "console.signed_out",
    "No operator is signed in; sign in, or send a token as 'Authorization: Bearer TOKEN'.",
)
NO_SCOPE: Final = Wording(
    "console.no_scope",
    "That takes the scope {scope}, and {name} has {held}; ask an owner for it.",
)
NO_CSRF: Final = Wording(
    "console.no_csrf",
    "The request lacks the {header} of its session; load the page again, or send what GET "
    "/api/v1/session says.",
)
OTHER_VERSION: Final = Wording(
    "console.other_version",
    "This file is of another version; load the page again.",
)
MANY_VIEWERS: Final = Wording("console.many_viewers", "Too many pages watch already.")
MANY_STREAMS: Final = Wording(
    "console.many_streams",
    "{most} streams are followed already; close one of the pages that do",
)
LONG_ADDRESS: Final = Wording(
    "console.long_address",
    "The address is longer than {most} characters.",
)
UNKNOWN_HOST: Final = Wording(
    "console.unknown_host",
    "This console is not known as {host!r}; use its address, or add the name to [console] hosts.",
)
OTHER_ORIGIN: Final = Wording(
    "console.other_origin",
    "Changes are not taken from pages of {origin!r}.",
)
LONG_BODY: Final = Wording(
    "console.long_body",
    "The body is longer than {kib} KiB; send less at once.",
)
NOTHING_HERE: Final = Wording(
    "console.nothing_here",
    "There is nothing at this address; /api/openapi.json says what there is.",
)
NOT_THAT_METHOD: Final = Wording(
    "console.not_that_method",
    "This address does not take that method; /api/openapi.json says which it takes.",
)
NO_PARAMETER: Final = Wording(
    "console.no_parameter", "There is no parameter {name!r} at this address; {hint}"
)
PARAMETERS: Final = Wording("console.parameters", "there are {names}.")
NO_PARAMETERS: Final = Wording("console.no_parameters", "it takes none.")
WRONG_KEY: Final = Wording(
    "console.wrong_key",
    "An Idempotency-Key has 1 to {most} printable ASCII characters without blanks, such as a "
    "random UUID.",
)
NO_JSON: Final = Wording(
    "console.no_json",
    "The body is {found}, and only JSON is read; send it with the header Content-Type: "
    "application/json.",
)
WRONG_FIELD: Final = Wording("console.wrong_field", "The field {field!r} is wrong: {detail}.")
WRONG_BODY: Final = Wording("console.wrong_body", "The body is wrong: {detail}.")
CRASHED: Final = Wording("console.crashed", "The console could not answer; its log says why.")
