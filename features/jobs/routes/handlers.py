"""`/api/v1/jobs`: all routes of jobs."""

from __future__ import annotations

from meshvisor.features.jobs.routes import deciding, items, reading, submitting
from meshvisor.features.jobs.routes.area import ROUTES

__all__ = ["ROUTES", "deciding", "items", "reading", "submitting"]
