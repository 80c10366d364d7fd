"""The two ceremonies of WebAuthn: making a passkey, and signing in by one.

Owns the challenges, each of which is good once and for a few minutes, and the verification, which
`webauthn` does.  That is loaded when a passkey is used for the first time: it takes 25 MB.
Challenges are lost with the process; then people try again.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import re
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request

from meshvisor.console.problem import ProblemError

LASTS: Final = 300.0
"""Seconds that a challenge is good."""

MOST: Final = 1_000
"""Challenges at a time; the oldest goes first."""

_BYTES: Final = 32

_ENCODED: Final = re.compile(r"[A-Za-z0-9_-]{1,2000}")


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Where the console is asked, which the browser signs."""

    host: str
    """The id of the relying party."""
    origin: str


@dataclass(frozen=True, slots=True)
class Made:
    """A passkey that a browser has made."""

    credential: str
    public_key: str
    """Both base64url."""
    uses: int


class Challenges:
    """What browsers have to sign."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def make(self, purpose: str, now: float) -> bytes:
        """Return a new one.

        Args:
            purpose: for what it is good.
            now: monotonic seconds.
        """
        challenge = secrets.token_bytes(_BYTES)
        self._open[encoded(challenge)] = (purpose, now + LASTS)
        while len(self._open) > MOST:
            self._open.popitem(last=False)
        return challenge

    def take(self, credential: dict[str, Any], purpose: str, now: float) -> bytes | None:
        """Consume and return the signed challenge; None: unknown, expired or of another purpose.

        Args:
            credential: what the browser has sent.
            purpose: for what it was made.
            now: monotonic seconds.
        """
        try:
            signed = json.loads(decoded(credential["response"]["clientDataJSON"]))["challenge"]
            wanted, until = self._open.pop(signed)
            return decoded(signed) if wanted == purpose and now < until else None
        except (LookupError, TypeError, ValueError, RecursionError):
            return None


CHALLENGES: Final = Challenges()
"""Those of this process."""


def host_of(request: Request) -> str:
    """Return the name by which the console is asked, without the port."""
    return (request.url.hostname or "").lower().rstrip(".")


def place_of(request: Request) -> RelyingParty:
    """Return where a passkey would be good.

    Raises:
        ProblemError: browsers know passkeys only of names.
    """
    host = host_of(request)
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return RelyingParty(host, f"{request.url.scheme}://{request.headers['host'].lower()}")
    raise ProblemError(
        400,
        f"A passkey belongs to a name, and {host} is an address; open the console as localhost, "
        "or by a name of [console] hosts.",
    )


def id_of(credential: dict[str, Any]) -> str:
    """Return the id of a passkey that was used; empty: it has none."""
    given = credential.get("id")
    return given if isinstance(given, str) and _ENCODED.fullmatch(given) else ""


def creation_options(place: RelyingParty, name: str, known: list[str]) -> dict[str, Any]:
    """Return what a browser is to make; loads the library.

    Args:
        place: where it will be good.
        name: of the operator.
        known: ids of the passkeys that they have there already.
    """
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=place.host,
        rp_name="Meshvisor",
        user_name=name,
        # As long as there is one of the name it is the same person.
        user_id=hashlib.sha256(b"meshvisor passkey " + name.encode()).digest(),
        challenge=CHALLENGES.make(f"make {name}", time.monotonic()),
        timeout=round(LASTS * 1000),
        # It stands for name and password: the browser has to know whose it is, and to ask for a
        # fingerprint or a PIN.
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=decoded(one)) for one in known],
    )
    found: dict[str, Any] = json.loads(options_to_json(options))
    return found


def request_options(place: RelyingParty) -> dict[str, Any]:
    """Return what a browser is to sign."""
    return {
        "challenge": encoded(CHALLENGES.make("sign in", time.monotonic())),
        "rpId": place.host,
        "timeout": round(LASTS * 1000),
        "userVerification": "required",
    }


def verify_made(place: RelyingParty, challenge: bytes, credential: dict[str, Any]) -> Made:
    """Return the passkey that a browser has made; loads the library.

    Raises:
        ValueError: it is not what was asked for.
    """
    from webauthn import verify_registration_response

    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except Exception as error:  # whatever a stranger has made the library stumble over
        raise ValueError(str(error)) from error
    return Made(encoded(made.credential_id), encoded(made.credential_public_key), made.sign_count)


def verify_use(
    place: RelyingParty, challenge: bytes, credential: dict[str, Any], public_key: str, uses: int
) -> int:
    """Return how often a passkey says that it was used, this time included; loads the library.

    Raises:
        ValueError: it was not signed by this passkey.
    """
    from webauthn import verify_authentication_response

    try:
        used = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=decoded(public_key),
            credential_current_sign_count=uses,
            require_user_verification=True,
        )
    except Exception as error:  # likewise
        raise ValueError(str(error)) from error
    return used.new_sign_count


def encoded(content: bytes) -> str:
    """Return bytes as base64url without padding, as WebAuthn has them."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Return what was `encoded`.

    Raises:
        ValueError: it is no base64url.
    """
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
