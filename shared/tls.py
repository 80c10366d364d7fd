"""Secure connections: whom to believe, and with which certificate the bot shows itself."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import re
import ssl
from functools import cache

from meshvisor.shared.errors import MeshvisorError


class CertificateError(MeshvisorError):
    """A certificate cannot be used; the message is one sentence without a stop."""


@cache
def context(pin: str, certificate: str) -> ssl.SSLContext:
    """Return the settings of a connection.

    Made when the first connection needs it, and once: reading the certificates takes longer than
    everything else at the start of a worker.

    Args:
        pin: SHA-256 of the server's certificate, which is checked by `check_pin` then; empty: an
            authority vouches for it.
        certificate: file with the bot's certificate and key; empty: it shows none.

    Raises:
        CertificateError: that file cannot be used.
    """
    if not certificate:
        # One for all pins, which are compared after the handshake: each context is 0.6 MB.
        return _pinning() if pin else _trusting()
    made = _pinning.__wrapped__() if pin else _trusting.__wrapped__()
    try:
        made.load_cert_chain(certificate)
    except FileNotFoundError:
        raise CertificateError(f"the certificate {certificate} does not exist") from None
    except (OSError, ssl.SSLError) as error:
        raise CertificateError(
            f"the certificate {certificate} cannot be read ({error}); it must hold a "
            "certificate and its key, both in PEM"
        ) from None
    return made


def warm_up() -> bool:
    """Make what all connections share, and have two conversations in memory.

    OpenSSL loads ciphers and key exchanges when they are first used; each worker would have them of
    its own.  The first conversation is begun without a peer, as TLS 1.3; the second is between two
    ends that need no certificate because they show none, which only TLS 1.2 has.

    Returns:
        Whether the second one took place: a system's policy may forbid such ends, and nothing but
        memory depends on it.
    """
    _pinning()
    client = _trusting().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    try:
        _converse()
    except ssl.SSLError:
        return False
    return True


def fingerprint(certificate: bytes | None) -> str:
    """Return the SHA-256 of a certificate in DER, as `certificate_sha256` has it."""
    return hashlib.sha256(certificate or b"").hexdigest()


def check_fingerprint(text: str) -> str:
    """Return a fingerprint as `fingerprint` has it, from a setting; empty: there is none.

    Raises:
        ValueError: it is none; the message begins with "must".
    """
    bare = text.replace(":", "").lower()
    if bare and not re.fullmatch("[0-9a-f]{64}", bare):
        raise ValueError("must be the SHA-256 of the certificate: 64 hexadecimal digits")
    return bare


def check_pin(certificate: bytes | None, pin: str) -> None:
    """Compare the server's certificate with the one that is expected.

    Raises:
        ssl.SSLCertVerificationError: it is another one.
    """
    found = fingerprint(certificate)
    if not hmac.compare_digest(found, pin):
        raise ssl.SSLCertVerificationError(
            f"its certificate is not the one of certificate_sha256 but {found}"
        )


def reason(error: ssl.SSLError, plain: str) -> str:
    """Return what is wrong with a secure connection, in words.

    Args:
        error: of the handshake.
        plain: how a server without TLS is written.
    """
    if not isinstance(error, ssl.SSLCertVerificationError):
        if error.reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}:
            return f"it does not speak TLS at this port; a server without is {plain}"
        return (error.reason or str(error)).lower().replace("_", " ")
    if not getattr(error, "verify_code", 0):
        return str(error.args[-1])
    said = error.verify_message.lower()
    if "self" in said and "signed" in said:
        return (
            "its certificate is self-signed; if it is yours, put its SHA-256 into "
            "certificate_sha256 (openssl x509 -noout -fingerprint -sha256 -in FILE)"
        )
    return f"its certificate is not trusted ({error.verify_message})"


# Private


@cache
def _trusting() -> ssl.SSLContext:
    return ssl.create_default_context()


@cache
def _pinning() -> ssl.SSLContext:
    """Return settings without the authorities' certificates, which are 4 MB of a worker's own."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def _converse() -> None:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    there = _anonymous(ssl.PROTOCOL_TLS_SERVER).wrap_bio(to_server, to_client, server_side=True)
    here = _anonymous(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(to_client, to_server)
    for end in (here, there, here, there, here):
        with contextlib.suppress(ssl.SSLWantReadError):
            end.do_handshake()
    for sender, receiver in ((here, there), (there, here)):
        sender.write(b"hello")
        receiver.read()


def _anonymous(side: ssl._SSLMethod) -> ssl.SSLContext:
    made = ssl.SSLContext(side)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers("aNULL:@SECLEVEL=0")
    return made
