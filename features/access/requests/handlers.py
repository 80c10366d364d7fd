"""All of them."""

from __future__ import annotations

from typing import Final

from meshvisor.features.access.requests.account import (
    keep_credentials,
    relogin,
    save_credentials,
    show_credentials,
)
from meshvisor.features.access.requests.admins import add_admin, list_admins, remove_admin
from meshvisor.features.access.requests.permissions import (
    list_permissions,
    refresh,
    set_permission,
    unset_permission,
)
from meshvisor.supervisor.control.handling import Handler

HANDLERS: Final[tuple[Handler, ...]] = (
    list_admins,
    add_admin,
    remove_admin,
    list_permissions,
    set_permission,
    unset_permission,
    refresh,
    show_credentials,
    save_credentials,
    keep_credentials,
    relogin,
)
