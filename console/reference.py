"""`python -m meshvisor.console.reference`: prints the OpenAPI document of all routes as JSON.

`make api` writes it to `console/web/openapi.json`, from which the pages take their types.  Needs no
home and no supervisor: a document is made from what the routes say of themselves.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from meshvisor.console.app import describe


def as_text(content: dict[str, Any]) -> str:
    """Return a document as it stands in the checkout."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_text(describe()))
