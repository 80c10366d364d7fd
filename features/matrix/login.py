"""What an account of Matrix needs to log in, and what to do where it is missing.

Owns the sentences.  Read by `init`, the doctor and workers, so it imports next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def can_log_in(fields: Mapping[str, str]) -> bool:
    """Say whether what an account holds is enough."""
    return bool(fields.get("token") or (fields.get("user") and fields.get("password")))


def login_advice(account: str, others: Sequence[str] = ()) -> str:
    """Return what to do about a mesh whose bot cannot log in.

    Args:
        account: that the mesh names; empty: none.
        others: accounts of Matrix that the settings have.
    """
    if account:
        return f'put token = "…" into [accounts.{account}], or user and password'
    if others:
        return f'add account = "{others[0]}" to its entry'
    return (
        "add [accounts.matrix] with a token, or with user and password, and "
        'account = "matrix" to its entry'
    )
