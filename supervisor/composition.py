"""What a supervisor is made of: its kernel, and its services in their order.

Owns the order, and why it is that one.  Does not own what a service does, nor starting and stopping
them (`supervisor.service_group`).  Called by `supervisor.service`.

    started in this order    why there
    ---------------------    -----------------------------------------------------------------------
    watchdog                 systemd is notified of everything, up to the end
    events                   what others still do at their end is delivered
    features without         they load while the zygote loads on another processor
      children
    zygote                   it outlives the children that it has forked
    control socket           answers while children stop; but it is started when all others are, for
                             a request finds everything in its place
    features with children   what jobs still have to say is said in rooms, so the last is stopped
                             first
    home, reload, tick       only run

They are stopped in the reverse order.  The logs, the database and the memory that children share
are no services: they are open before the first one is made, and closed behind the last one.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from meshvisor.shared.clock import Clock
from meshvisor.shared.feature import parts
from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.run_options import RunOptions
from meshvisor.shared.settings.kernel import LogSettings, PluginSettings
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import AuditLog
from meshvisor.supervisor.children.in_process import InProcessSpawner
from meshvisor.supervisor.children.slots import Slots
from meshvisor.supervisor.children.spawner import Spawner
from meshvisor.supervisor.children.zygote import ZygoteSpawner
from meshvisor.supervisor.children.zygote_start import EarlyStart
from meshvisor.supervisor.cleanup_tasks import CleanupTasks
from meshvisor.supervisor.control.server import ControlServer
from meshvisor.supervisor.events.reading import EventReader
from meshvisor.supervisor.events.service import EventService
from meshvisor.supervisor.home_watch import HomeWatch
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.life import Life
from meshvisor.supervisor.logs.collector import LogCollector
from meshvisor.supervisor.notify import Notifier
from meshvisor.supervisor.orphans import OrphanReaper
from meshvisor.supervisor.reporting import Reporting
from meshvisor.supervisor.room_answers import RoomAnswers
from meshvisor.supervisor.service_contract import Service
from meshvisor.supervisor.service_group import ServiceGroup
from meshvisor.supervisor.services import Services
from meshvisor.supervisor.settings_reload import SettingsReload
from meshvisor.supervisor.status_report import StatusReporter


class KernelServices(msgspec.Struct, frozen=True):
    """Services of the kernel that no feature is given."""

    notifier: Notifier
    control: ControlServer
    reload: SettingsReload
    orphans: OrphanReaper


def make_services(kernel: Kernel, own: KernelServices) -> ServiceGroup:
    """Make those of the features, and put all in their order."""
    childless: dict[str, Service] = {}
    with_children: dict[str, Service] = {}
    for feature, make in parts("services"):
        (with_children if feature.children else childless).update(make(kernel))
    kernel.home_watch.watch(own.control.has_file, own.control.heal)
    ordered: dict[str, Service] = {
        "watchdog": own.notifier,
        "events": kernel.events,
        **childless,
        "zygote": kernel.spawner,
        "control socket": own.control,
        **with_children,
        "home": kernel.home_watch,
        "reload": own.reload,
        "tick": own.orphans,
    }
    return ServiceGroup(ordered, starts_last="control socket")


def make_kernel(
    options: RunOptions,
    settings: Settings,
    start: EarlyStart,
    clock: Clock,
    show: Callable[[str], None],
) -> Kernel:
    """Open the logs and the database, and make the rest of the kernel.

    Args:
        options: the arguments of `meshvisor run`.
        settings: as they were loaded.
        start: what was started before the settings were read.
        clock: of everything.
        show: shows a line of the log to people.

    Raises:
        MeshvisorError: the database cannot be used.
    """
    home = options.home
    logs = LogCollector(home.logs, settings.of(LogSettings), clock, show, start.lock.check_home)
    heartbeats = HeartbeatTable(start.resources.heartbeats)
    store = Store.open(home.database)
    kernel = Kernel(
        home=home,
        options=options,
        settings=settings,
        lock=start.lock,
        clock=clock,
        store=store,
        audit=AuditLog(store, clock),
        events=EventService(store, settings, clock),
        spawner=_make_spawner(options, settings, start, heartbeats, logs),
        heartbeats=heartbeats,
        slots=Slots(),
        logs=logs,
        home_watch=HomeWatch(home, start.lock),
        services=Services(),
        reporting=Reporting(),
        cleanup=CleanupTasks(),
        room_answers=RoomAnswers(),
        show=show,
    )
    kernel.spawner.on_renewed(kernel.replace_all_children)
    return kernel


def offer(kernel: Kernel, life: Life) -> None:
    """Provide the kernel's own services to features and to requests."""
    services = kernel.services
    services.provide(Life, life)
    reporter = StatusReporter(life, kernel.reporting, kernel.clock)
    kernel.home_watch.listen(reporter.concerns.keep_up)
    services.provide(StatusReporter, reporter)
    services.provide(LogCollector, kernel.logs)
    services.provide(AuditLog, kernel.audit)
    services.provide(EventService, kernel.events)
    services.provide(EventReader, kernel.events)


def _make_spawner(
    options: RunOptions,
    settings: Settings,
    start: EarlyStart,
    heartbeats: HeartbeatTable,
    logs: LogCollector,
) -> Spawner:
    plugins = settings.of(PluginSettings).modules
    if options.single_process:
        return InProcessSpawner(options.home.root, plugins, heartbeats)
    return ZygoteSpawner(start.resources, plugins, logs.attach, start.zygote)
