"""Addresses of channels: what can be one, and that nothing secret of it is shown."""

from __future__ import annotations

import subprocess
import sys

import pytest

from meshvisor.features.notifications.model.address import (
    check_address,
    schemes,
    secret_parts,
    shown,
    without,
)

MAIL = "mailtos://ann:s3cret%21pass@mail.example.org?to=ann@example.org"
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ops"


def test_the_list_of_schemes() -> None:
    """It is that of the library, so that the supervisor need not load it."""
    program = (
        "from apprise.manager_plugins import NotificationManager\n"
        "print(*NotificationManager().schemas())"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert schemes() == set(printed.stdout.decode().split())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "must be the URL of a service"),
        ("mail.example.org", "must be the URL of a service"),
        ("mailto://", "must be the URL of a service"),
        ("mailtoz://ann@example.org", "did you mean mailto://"),
        ("quite-another://x", "must begin like the URL of a service"),
        ("json://x\ny", "must be the URL of a service"),
    ],
)
def test_mistakes(url: str, said: str) -> None:
    """The sentence has an example or the nearest name, and nothing of the address."""
    with pytest.raises(ValueError, match="must") as raised:
        check_address(url)
    assert said in str(raised.value)
    assert "ann" not in str(raised.value) or "ann@example.org" in str(raised.value)


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        (MAIL, ("s3cret!pass", "s3cret%21pass")),
        (SLACK, ("T1JJ3T3L2", "TIiajkdnlazkcOXrIdevi7FQ", "A1BRTD4JD")),
        ("json://host.example.org/path-token?+X-Key=abcdef123", ("path-token", "abcdef123")),
    ],
)
def test_nothing_secret_is_shown(url: str, secrets: tuple[str, ...]) -> None:
    """Of an address only its scheme; of an error that quotes it, what says nothing."""
    check_address(url)
    assert shown(url) == f"{url.partition('://')[0]}://********"
    assert url in secret_parts(url)
    printed = without(f"failed at {url} with {' and '.join(secrets)}: no route", url)
    assert not [one for one in secrets if one in printed]
    assert printed.startswith("failed at ********")
    assert printed.endswith("no route")


def test_the_host_of_a_mail_server_helps() -> None:
    """It is no secret there, and the reader of an error has to know it."""
    assert "mail.example.org" in without("cannot reach mail.example.org", MAIL)
    assert "T1JJ3T3L2" not in without("cannot reach T1JJ3T3L2", SLACK)
