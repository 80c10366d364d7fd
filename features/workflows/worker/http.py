"""Sending the HTTP request of a step, in a runner.

Owns what is sent and what is kept of the answer: the status, and its first bytes.  The step that
has asked sees `status_code`, `body` (JSON where it is some) and `headers`.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

from meshvisor.features.jobs.worker.context import JobContext

LARGEST_ANSWER: Final = 16 * 1024
"""Bytes that are kept of a body."""
TIMEOUT: Final = 30.0
"""Seconds for the whole request, where the step does not say."""
KEPT_HEADERS: Final = ("content-type", "location", "retry-after", "etag")


async def send(job: JobContext) -> None:
    """Send it; an answer that was not expected makes the job fail."""
    data = job.data
    async for item in job.items():
        method, url = str(data.get("method") or "GET"), str(data.get("url"))
        if not url.startswith(("https://", "http://")):
            await item.failed(f"{url[:100]!r} is no address; it begins with https:// or http://")
            raise ValueError("the address cannot be used")
        headers = {str(name): str(one) for name, one in dict(data.get("headers") or {}).items()}
        if job.dry_run:
            job.log(f"would send {method} {url}")
            await item.existing({"dry_run": True})
            continue
        seconds = float(data.get("timeout") or TIMEOUT)
        try:
            # httpx only knows limits for parts of a request.
            async with asyncio.timeout(seconds):
                answer = await job.http.request(
                    method, url, headers=headers, timeout=None, **_body(data.get("body"))
                )
        except TimeoutError:
            await item.failed(f"{method} {url} was not answered within {seconds:g} s")
            raise RuntimeError(f"no answer within {seconds:g} s") from None
        result = {
            "status_code": answer.status_code,
            "headers": {
                name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers
            },
            "body": _kept(answer),
        }
        expected = data.get("expect") or range(200, 300)
        if answer.status_code not in [int(one) for one in expected]:
            await item.failed(f"{method} {url} was answered with {answer.status_code}")
            raise RuntimeError(f"the answer was {answer.status_code}")
        await item.done(result)


def _body(body: Any) -> dict[str, Any]:
    if body is None:
        return {}
    return {"content": body} if isinstance(body, str) else {"json": body}


def _kept(answer: Any) -> Any:
    content = answer.content[:LARGEST_ANSWER]
    if "json" in answer.headers.get("content-type", "") and len(answer.content) <= LARGEST_ANSWER:
        try:
            return json.loads(content)
        except ValueError:
            return content.decode(errors="replace")
    return content.decode(errors="replace")
