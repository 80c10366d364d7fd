"""Secure connections: what all workers share, and whom they believe."""

from __future__ import annotations

import ssl

from meshvisor.shared import tls


def test_what_is_shared() -> None:
    """All pins have one context without authorities, and all others one that believes these."""
    pinning, trusting = tls.context("aa" * 32, ""), tls.context("", "")
    assert tls.context("bb" * 32, "") is pinning
    assert (pinning.verify_mode, pinning.check_hostname) == (ssl.CERT_NONE, False)
    assert (trusting.verify_mode, trusting.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_warm_up() -> None:
    """Two ends talk to each other in memory, and what connections use is as strict as before."""
    assert tls.warm_up()
    for context in (tls.context("aa" * 32, ""), tls.context("", "")):
        assert all("NULL" not in cipher["name"] for cipher in context.get_ciphers())
        assert all(cipher["auth"] != "auth-null" for cipher in context.get_ciphers())
