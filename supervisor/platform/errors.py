"""What can be in the way of an answer from a platform.

Owns the classes.  Does not own the words (`json_api`) nor what a failed login means (`login`).

    ApiError             the API cannot be asked; the message is a phrase without a stop
    ├── AnswerError      it answers with something that cannot be used
    └── StatusError      it answers with another status than those of success
"""

from __future__ import annotations

from http import HTTPStatus

from meshvisor.shared.errors import MeshvisorError


class ApiError(MeshvisorError):
    """An API cannot be asked; the message is one sentence without a stop.

    Attributes:
        transient: it looks as if the API were down for a moment, so that it is worth while to
            ask again soon; anything else lasts until an operator mends it.
    """

    room_sentence = "the platform does not answer as it should; try again later"

    def __init__(self, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.transient = transient


class ResponseError(ApiError):
    """The API's answer has another form than it should have."""


class StatusError(ApiError):
    """The API answers with a status that is no success.

    Attributes:
        status: the HTTP status.
        said: the API's own words, on one line and shortened; empty: it has none.
        retry_after: seconds after which it wants to be asked again; None: it does not say.
    """

    def __init__(
        self, message: str, status: int, said: str = "", retry_after: float | None = None
    ) -> None:
        # What a client does wrong it will do again; a server may be about to start.
        super().__init__(message, transient=status >= HTTPStatus.INTERNAL_SERVER_ERROR)
        self.status = status
        self.said = said
        self.retry_after = retry_after
