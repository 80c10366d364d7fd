"""Asking a wire for meshes: what a file says, which tests write."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from meshvisor.shared.found_meshes import Account, CannotDiscoverError, FoundMesh


async def discover(account: Account) -> Sequence[FoundMesh]:
    """Do as the file says: list meshes, fail or crash."""
    match _said(Path(account.fields["listing"])):
        case "down":
            raise CannotDiscoverError("the wire is cut", transient=True)
        case "crash":
            os._exit(3)
        case "raise":
            raise KeyError("rooms")
        case list() as listed:
            return [FoundMesh(**mesh) for mesh in listed]
    raise AssertionError


def _said(listing: Path) -> object:
    said: object = json.loads(listing.read_text())
    return said
