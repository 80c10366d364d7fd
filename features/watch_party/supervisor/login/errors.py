"""Why a login fails, in sentences for people.

Owns the classes.  Each message is a whole sentence with the next step.

    LoginError                  1  the platform's answers make no sense; its address may be wrong
    ├── LinkExpiredError        1  the link was not clicked in time; another mends it
    ├── LoginRefusedError       1  the platform, or the owner of the mailbox, says no
    ├── SessionExpiredError     1  only a new link logs the bot in again
    └── LoginUnavailableError   3  the platform cannot be reached, or limits the rate of requests
"""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import ClassVar

from meshvisor.shared.errors import AskingError, MeshvisorError, MissingError
from meshvisor.supervisor.platform.errors import ApiError, ResponseError, StatusError


class LoginError(MeshvisorError):
    """Logging in has failed; nothing was changed."""

    room_sentence = "logging in has failed; the operator of the bot can see why"


class LinkExpiredError(LoginError):
    """The link cannot be clicked any more."""


class LoginRefusedError(LoginError):
    """The platform or the owner of the mailbox has refused the login."""

    room_sentence = "the platform does not let the bot log in; its operator can see why"


class SessionExpiredError(LoginError):
    """The stored session gives no token any more."""


class LoginUnavailableError(LoginError):
    """The platform cannot be asked; later it may be.

    Attributes:
        retry_after: seconds after which the platform wants to be asked again; None: it does not
            say.
    """

    exit_code: ClassVar[int] = MissingError.exit_code
    room_sentence = "the platform does not answer as it should; try again later"

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def no_account(url: str) -> AskingError:
    """Return what to tell people whose platform at `url` wants an account while there is none."""
    return AskingError(
        f"{url} needs an account and there is none yet: meshvisor login "
        '(or platform.login = "none" where bots need none)',
        before="The bot has no account yet, so it has to log in first.",
        ask="meshvisor.features.watch_party.cli.login_command:log_in_and_save",
    )


def is_busy(error: ApiError) -> bool:
    """Whether the platform has had too many requests."""
    return isinstance(error, StatusError) and error.status == HTTPStatus.TOO_MANY_REQUESTS


def explained(error: ApiError, name: str) -> LoginError:
    """Return what an error means for the operator who logs in to the platform that is called
    `name`.
    """
    match error:
        case StatusError() if is_busy(error):
            wait = error.retry_after
            when = f"in {math.ceil(wait)} seconds" if wait else "later"
            return LoginUnavailableError(
                f"{name} has had too many requests; try again {when}", wait
            )
        case StatusError(transient=False, said=said) if said:
            return LoginRefusedError(f"{name} refuses: {said}")
        case StatusError(transient=False, status=status):
            return LoginRefusedError(
                f"{name} refuses with HTTP {status} and does not say why; make sure that "
                "[platform] has its address, paths and keys (docs/login.md)"
            )
        case ResponseError():
            return LoginError(
                f"{error}; make sure that [platform] has its address and paths (docs/login.md)"
            )
    return LoginUnavailableError(f"{error}; try again when it can be reached")
