"""The services of operators, with a running supervisor and without."""

from __future__ import annotations

from meshvisor.features.operators.supervisor.links import Links
from meshvisor.features.operators.supervisor.operators import Operators
from meshvisor.features.operators.supervisor.passkeys import Passkeys
from meshvisor.features.operators.supervisor.records import Records
from meshvisor.features.operators.supervisor.sessions import Sessions
from meshvisor.features.operators.supervisor.tokens import Tokens
from meshvisor.features.operators.supervisor.views import Views
from meshvisor.shared.clock import Clock
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import AuditLog
from meshvisor.supervisor.services import Services


def provide(services: Services, store: Store, audit: AuditLog, clock: Clock) -> None:
    """Provide all services of operators for requests."""
    records = Records(store, audit, clock)
    services.provide(Operators, Operators(records))
    services.provide(Links, Links(records))
    services.provide(Sessions, Sessions(records))
    services.provide(Passkeys, Passkeys(records))
    services.provide(Tokens, Tokens(records))
    services.provide(Views, Views(records))
