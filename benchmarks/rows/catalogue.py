"""All rows with their targets, in the order of the table."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.directory import LARGE
from benchmarks.rows.access import AccessChange
from benchmarks.rows.access_check import AccessCheck
from benchmarks.rows.chat import Chat
from benchmarks.rows.console_pages import ConsolePages
from benchmarks.rows.console_reads import ConsoleReads
from benchmarks.rows.console_start import ConsoleStart
from benchmarks.rows.console_viewers import ConsoleViewers
from benchmarks.rows.full_load import FullLoad
from benchmarks.rows.hung import Hung
from benchmarks.rows.idle import Idle
from benchmarks.rows.irc import Irc
from benchmarks.rows.jobs_claim import JobsClaim
from benchmarks.rows.jobs_enqueue import JobsEnqueue
from benchmarks.rows.jobs_idle import JobsIdle
from benchmarks.rows.jobs_interrupted import JobsInterrupted
from benchmarks.rows.jobs_items import JobsItems
from benchmarks.rows.jobs_preemption import JobsPreemption
from benchmarks.rows.jobs_throughput import JobsThroughput
from benchmarks.rows.leftover import LeftOver
from benchmarks.rows.matrix import Matrix
from benchmarks.rows.memory import Memory
from benchmarks.rows.mongodb_clients import MongoClients
from benchmarks.rows.mongodb_frozen import MongoFrozen
from benchmarks.rows.mongodb_start import MongoStart
from benchmarks.rows.notifications import Notifications
from benchmarks.rows.poll import Poll
from benchmarks.rows.programs import ProgramMemory, Programs
from benchmarks.rows.radio import RadioRow
from benchmarks.rows.restart import Restart
from benchmarks.rows.row import Row
from benchmarks.rows.schedules import Schedules
from benchmarks.rows.start import Start
from benchmarks.rows.statistics import Statistics
from benchmarks.rows.status import Status
from benchmarks.rows.stop import Stop
from benchmarks.rows.store import StoreWrites
from benchmarks.rows.workflows import Workflows
from benchmarks.scale import Scale


def all_rows(scale: Scale) -> Sequence[Row]:
    """Return every row at a scale; the targets are those of the full scale."""
    return [
        Start("start", scale.fleet, target=0.6),
        Start("start-huge", scale.huge, target=5, ours_only=True),
        Memory("memory", scale.fleet, each_target=5, total_target=None),
        Memory("memory-huge", scale.huge, each_target=5, total_target=3072, ours_only=True),
        Memory(
            "memory-jobs",
            scale.fleet,
            each_target=5,
            total_target=None,
            ours_only=True,
            with_jobs=True,
        ),
        Restart("restart", scale.fleet, scale.kills, pid_target=5, connected_target=15),
        Restart(
            "restart-large",
            scale.large,
            kills=scale.large,
            pid_target=5,
            connected_target=15,
            worst_target=30,
            ours_only=True,
        ),
        Hung("hung-stopped", scale.small, "stopped", scale.hung_window, target=4),
        Hung("hung-spinning", scale.small, "spinning", scale.hung_window, target=4),
        FullLoad("full-load", scale.fleet, scale.load_seconds),
        LeftOver("left-over", scale.small),
        LeftOver("left-over-stopped", scale.small, one_stopped=True),
        Idle("idle", scale.large, scale.idle_seconds, memory_target=45, cpu_target=0.5),
        Poll("poll", scale.huge, scale.repeats, target=25),
        Status("status", scale.fleet, scale.repeats, target=80),
        Chat("chat", scale.rooms, 5, scale.chat_seconds, median_target=3, worst_target=30),
        Programs(
            "program",
            scale.large,
            2,
            scale.chat_seconds,
            scale.kills,
            reply_target=2,
            return_target=1,
        ),
        ProgramMemory("program-memory", scale.fleet, target=5),
        Irc("irc", scale.small, scale.reads, memory_target=5.5, back_target=200),
        RadioRow("radio", scale.small, rounds=5, memory_target=5.5, back_target=200),
        *(
            Matrix(
                key,
                server,
                scale.rooms,
                accounts,
                scale.rooms,
                scale.kills,
                reply_target=60,
                memory_target=7,
                return_target=100,
            )
            for key, server, accounts in (
                ("matrix", "synapse", 1),
                ("matrix-accounts", "synapse", scale.rooms // 5),
                ("matrix-dendrite", "dendrite", 1),
            )
        ),
        Stop("stop", scale.fleet, target=None),
        Stop("stop-large", scale.large, target=1.5, ours_only=True),
        StoreWrites("store", together_target=25),
        AccessChange("permission", scale.huge, scale.changes, "permission", target=100),
        AccessChange(
            "permission-large", scale.huge, scale.changes, "permission", LARGE, target=100
        ),
        AccessChange("admin-large", scale.huge, scale.changes, "admin", LARGE),
        AccessCheck("access-check", scale.repeats, target=2),
        MongoClients("mongodb", scale.fleet),
        MongoStart("mongodb-start", scale.fleet),
        MongoFrozen("mongodb-frozen", scale.small, scale.chat_seconds, 5, scale.repeats),
        ConsoleStart("console-start", scale.fleet),
        ConsoleReads("console-reads", scale.kept_jobs, scale.reads, target=20, memory_target=120),
        ConsolePages(
            "console-pages",
            scale.kept_jobs,
            scale.log_lines,
            scale.runs,
            scale.idle_seconds,
            script_target=0.25,
            open_target=1000,
        ),
        ConsoleViewers(
            "console-viewers",
            scale.huge,
            scale.viewers,
            scale.kills,
            delay_target=500,
            memory_target=120,
        ),
        JobsEnqueue("jobs-enqueue", scale.jobs, target=25),
        JobsThroughput("jobs-run", scale.jobs // 10, scale.jobs // 10, 1, target=667),
        JobsThroughput("jobs-run-64", scale.jobs, scale.jobs // 10, 64, target=66.7),
        JobsIdle("jobs-idle", scale.idle_jobs, scale.polling_jobs, scale.idle_seconds, (3, 15)),
        JobsPreemption("jobs-preemption", scale.preemptions, target=10),
        JobsItems("jobs-items", scale.backlog, item_target=50, look_target=1),
        JobsClaim("jobs-claim", scale.backlog, scale.claims, target=1.3),
        JobsInterrupted("jobs-interrupted", target=1),
        Schedules("schedules", scale.schedules, scale.idle_seconds),
        Notifications("notifications", scale.notifications, target=10),
        Statistics("statistics", scale.usage_events),
        Workflows("workflows", scale.small, scale.back_tested, scale.storm),
    ]
