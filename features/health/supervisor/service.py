"""Health in the supervisor: which alerts are raised, and the results of checks.

Owns the rows, the events and the record of a check, written in one transaction.  Does not own the
measuring (`worker.check`), nor the rules (`model.alerts`), nor who is notified: alerts are events.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from meshvisor.features.health import events as kinds
from meshvisor.features.health.model.alerts import (
    Alert,
    Change,
    Evaluation,
    Limits,
    evaluate,
    severity_of,
)
from meshvisor.features.health.settings import HealthSettings
from meshvisor.features.health.wordings import ALERT
from meshvisor.features.records.supervisor import service as records
from meshvisor.shared.clock import Clock
from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.feature import parts
from meshvisor.shared.health import HealthFigure
from meshvisor.shared.late import late
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.queries import load_queries
from meshvisor.shared.store.store import Store

if TYPE_CHECKING:
    from meshvisor.features.health import results
else:
    results = late("meshvisor.features.health.results")

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

PREFIX: Final = "health_check_"
"""Begins the keys of results; the moment in epoch milliseconds follows."""


class HealthService:
    """All alerts of a supervisor.

    Attributes:
        settings: as they are; replaced on reload.
        alerts: those that are raised, as they were last written.
    """

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self.settings = settings
        self.alerts: tuple[Alert, ...] = ()
        self._figures: dict[str, HealthFigure] = {
            one.name: one for _, figures in parts("health") for one in figures
        }

    async def load(self) -> None:
        """Read which alerts are raised.

        Raises:
            MeshvisorError: the database cannot be used.
        """
        self.alerts = tuple((await self._store.read(_alerts)).values())

    async def take_in(
        self, values: Mapping[str, float | None], *, dry_run: bool = False
    ) -> results.HealthCheck:
        """Evaluate what a check has measured; written and announced unless it is a dry run.

        Raises:
            MeshvisorError: it could not be written; nothing of it was.
        """
        known = {name: values.get(name) for name in self._figures}
        if dry_run:
            raised = await self._store.read(_alerts)
            return self._result(known, self._evaluate(known, raised), None)
        return await self._store.write(partial(self._write, known))

    def words(self, alert: Alert) -> str:
        """Return a sentence about an alert."""
        said = self.notice(alert)
        return said.removeprefix("Health, ")

    def notice(self, alert: Alert) -> str:
        """Return the same for those who read of other things beside it."""
        figure = self._figures.get(alert.figure)
        about = alert.figure if figure is None else figure.about
        unit = "" if figure is None else figure.unit
        return ALERT.said(severity=alert.severity, about=about, value=shown(alert.value, unit))

    # ---- Private -----------------------------------------------------------------------------

    def _now(self) -> int:
        return round(self._clock.wall() * 1000)

    def _limits(self) -> dict[str, Limits]:
        own = self.settings.of(HealthSettings).limits
        limits = {
            name: own.get(name, figure.limits or ()) for name, figure in self._figures.items()
        }
        return {name: (pair[0], pair[1]) for name, pair in limits.items() if pair}

    def _evaluate(
        self, values: Mapping[str, float | None], raised: Mapping[str, Alert]
    ) -> Evaluation:
        clear_after = self.settings.of(HealthSettings).clear_after
        return evaluate(values, self._limits(), raised, self._now(), clear_after)

    def _write(
        self, values: Mapping[str, float | None], db: sqlite3.Connection
    ) -> results.HealthCheck:
        evaluation = self._evaluate(values, _alerts(db))
        now = self._now()
        db.execute(QUERIES["forget_alerts"])
        rows = [
            (one.figure, one.severity, one.since, one.value, one.good) for one in evaluation.alerts
        ]
        db.executemany(QUERIES["keep_alert"], rows)
        log.append(db, [self._event(change, now) for change in evaluation.changes])
        key = f"{PREFIX}{now}"
        result = self._result(values, evaluation, key)
        records.put(db, key=key, text=json.dumps(result.model_dump(mode="json")), now=now)
        self.alerts = evaluation.alerts
        return result

    def _event(self, change: Change, now: int) -> NewEvent:
        alert, figure = change.alert, self._figures.get(change.alert.figure)
        kind = kinds.RAISED if change.is_raised else kinds.CLEARED
        data = {
            "severity": alert.severity,
            "about": alert.figure if figure is None else figure.about,
            "value": change.value,
            "unit": "" if figure is None else figure.unit,
            "limit": change.limit,
            "since": alert.since,
        }
        return NewEvent(now, kind.name, alert.figure, data=data)

    def _result(
        self, values: Mapping[str, float | None], evaluation: Evaluation, record: str | None
    ) -> results.HealthCheck:
        limits = self._limits()
        severities = {one.severity for one in evaluation.alerts}
        worst = next((one for one in ("critical", "warning") if one in severities), "ok")
        return results.HealthCheck.model_validate(
            {
                "at": _iso(self._now()),
                "status": worst,
                "figures": [
                    _figure(self._figures[name], value, limits.get(name))
                    for name, value in values.items()
                ],
                "alerts": [
                    results.AlertResult(
                        figure=one.figure,
                        severity=one.severity,
                        since=_iso(one.since),
                        value=one.value,
                    )
                    for one in evaluation.alerts
                ],
                "raised": [c.alert.figure for c in evaluation.changes if c.is_raised],
                "cleared": [c.alert.figure for c in evaluation.changes if not c.is_raised],
                "record": record,
            }
        )


def shown(value: float, unit: str) -> str:
    """Return a value as people read it."""
    number = f"{value:.0f}" if value == round(value) or abs(value) >= 100 else f"{value:.1f}"
    return f"{number}{'' if unit in {'', '%'} else ' '}{unit}"


# Private


def _alerts(db: sqlite3.Connection) -> dict[str, Alert]:
    return {row[0]: Alert(*row) for row in db.execute(QUERIES["alerts"])}


def _figure(
    figure: HealthFigure, value: float | None, limits: Limits | None
) -> results.FigureResult:
    status = "unknown" if value is None else severity_of(value, limits) or "ok"
    return results.FigureResult.model_validate(
        {
            "name": figure.name,
            "about": figure.about,
            "unit": figure.unit,
            "value": value,
            "limits": limits,
            "status": status,
        }
    )


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
