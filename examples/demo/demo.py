"""What the two schedules of `make run` do, and a job to try things on (docs/playground.md).

`tools/demo.sh` copies this file into `config/plugins/` before the first start.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from meshvisor import JobContext, NotSaidError, action

LANE = "demo"


@action("demo-clock", lane=LANE, retries=0, items="", inputs={})
async def clock(job: JobContext) -> None:
    """Say in the room what time it is."""
    now = datetime.now().astimezone()
    end = "'meshvisor schedules disable demo-clock' ends that"
    try:
        await job.say(f"It is {now:%H:%M}, says the schedule demo-clock; {end}.")
    except NotSaidError as error:
        job.log(f"nothing was said: {error}")


@action("demo-retry", lane=LANE, retries=2, retry_delay=2, items="", inputs={})
async def retry(job: JobContext) -> None:
    """Fail at first, so that a retry is seen in the history."""
    if job.attempt == 1:
        raise ConnectionError("this is a demo: the first attempt fails, the second one does not")
    job.log(f"attempt {job.attempt} has gone well")


@action(
    "demo-items",
    lane=LANE,
    needs_mesh=False,
    retries=0,
    items="Any words; those that begin with x fail",
    inputs={
        "seconds": {"type": "number", "default": 1, "description": "How long each item takes"},
        "log_each": {"type": "boolean", "description": "Whether each item is logged"},
    },
)
async def items(job: JobContext) -> None:
    """Take some time for each item: to watch it, to pause it, and to let an urgent job in."""
    async for item in job.items():
        await asyncio.sleep(job.data.get("seconds", 1))
        if job.data.get("log_each"):
            job.log(f"{item.key} has taken its time")
        if item.key.startswith("x"):
            await item.failed("this is a demo: items that begin with x fail")
        else:
            await item.done()
