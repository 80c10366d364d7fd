"""What is said about those who use the console, each sentence by its code (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

NO_OPERATOR: Final = Wording(
    "operators.unknown",
    "there is no operator {name!r}; 'meshvisor operators list' shows those there are",
)
NO_TOKEN: Final = Wording(
    "operators.no_token",
    "there is no token {name!r}; 'meshvisor token list' shows those there are",
)
TOKEN_THERE: Final = Wording(
    "operators.token_exists",
    "there is a token {name!r} already; revoke it first, or choose another name",
)
NO_LINK: Final = Wording(
    "operators.no_link",
    "this link was used, or its time is over; ask for a new one (meshvisor operators invite; "
    "the first is shown when the supervisor starts)",
)
LINK_OVER: Final = Wording(
    "operators.link_over",
    "This link was used, or its time is over; ask for a new one.",
)
NAME_TAKEN: Final = Wording(
    "operators.name_taken",
    "there is an operator {name!r} already; choose another name",
)
IS_OPERATOR: Final = Wording(
    "operators.exists",
    "there is an operator {name!r} already; leave out the role for a new password",
)
CHOOSE_NAME: Final = Wording("operators.choose_name", "choose a name")
ONLY_OWNER: Final = Wording(
    "operators.only_owner",
    "{name} is the only owner; make another user one first",
)
MOST_PASSKEYS: Final = Wording(
    "operators.most_passkeys",
    "{name} has {most} passkeys already; remove one first",
)
KNOWN_PASSKEY: Final = Wording("operators.known_passkey", "this passkey is known already")
NO_PASSKEY: Final = Wording(
    "operators.no_passkey",
    "{name} has no passkey {passkey}; it is removed already",
)
OLD_PASSKEY: Final = Wording(
    "operators.old_passkey",
    "this passkey is not valid any more; sign in by password",
)
NO_SESSION: Final = Wording(
    "operators.no_session",
    "{name} has no session {session}; it has ended already",
)
MOST_VIEWS: Final = Wording(
    "operators.most_views",
    "{name} has {most} views already; remove one first",
)
PASSWORD: Final = Wording(
    "operators.password_length",
    "a password has {shortest} to {longest} characters, and this one {length}; take a few words",
)
WRONG: Final = Wording("operators.wrong", "The name or the password is wrong.")
TOO_OFTEN: Final = Wording(
    "operators.too_often",
    "Too many tries; wait {seconds} s before the next.",
)
MORE_THAN_HELD: Final = Wording(
    "operators.more_than_held",
    "Nobody can give more than they have: {held}.",
)
ROLE_MAY_MORE: Final = Wording(
    "operators.role_may_more",
    "Nobody can give more than they have: a new {role} may more.",
)
OPERATOR_MAY_MORE: Final = Wording(
    "operators.operator_may_more",
    "{name} is {role} and may do more than this account, which has {held}; "
    "it takes an account with {needed}.",
)
