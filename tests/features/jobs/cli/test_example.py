"""docs/cli.md shows a job as it is sent."""

from __future__ import annotations

import json
import re
from pathlib import Path

from meshvisor.features.jobs.results import JobInfo


def test_job_example(project: Path) -> None:
    """The example of a job has exactly the fields that are sent, in their order."""
    text = (project / "docs" / "cli.md").read_text()
    [block] = re.findall(r"A job:\n\n```json\n(.*?)```", text, re.DOTALL)
    example = json.loads(block)
    assert JobInfo.model_validate(example).model_dump(mode="json") == example
    assert list(example) == list(JobInfo.model_fields)
