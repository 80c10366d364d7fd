"""Logs of a worker: JSON lines into its own pipe, without ever waiting for the reader.

Owns the record format, the writer, and the stand-ins for `sys.stdout` and `sys.stderr` that keep
`print` of a plug-in from blocking.  Does not own the pipe's other end: the supervisor prefixes,
files and rotates.  `install` is called once by a worker that has a process to itself; without it
(`--single-process`) records go wherever the host's `logging` sends them.

One record is one line: {"ts", "level", "logger", "event", "msg", "context", "traceback"}.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import stat
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from types import TracebackType
from typing import Any, Final

MAX_MESSAGE: Final = 8 * 1024
"""Characters of a record's message; longer ones are cut."""

MAX_TRACEBACK: Final = 16 * 1024
"""Characters; of longer ones the middle is left out, because the last lines say most."""

STDOUT: Final = 1


class BoundLog(logging.LoggerAdapter[logging.Logger]):
    """A logger whose calls take an event name and context as keyword arguments.

    `log.info("Joined the room", event="joined", users=3)` makes a record whose `event` is
    "joined" and whose `context` is {"users": 3}.
    """

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        """Move everything that `logging` does not know into the record's context."""
        known = {name: kwargs[name] for name in _LOGGING_ARGUMENTS if name in kwargs}
        context = {name: kwargs[name] for name in kwargs if name not in _LOGGING_ARGUMENTS}
        known["extra"] = {"event": context.pop("event", ""), "context": context}
        return msg, known


_LOGGING_ARGUMENTS: Final = ("exc_info", "stack_info", "stacklevel")


def bound_log(name: str) -> BoundLog:
    """Return the logger of a module."""
    return BoundLog(logging.getLogger(name))


def notable(count: int) -> bool:
    """Say whether this occurrence is worth a line: the 1st, 2nd, 4th, 8th and so on."""
    return count & (count - 1) == 0


class PipeWriter:
    """Writes lines to a pipe and drops what does not fit, with a counted notice later.

    Safe to call from any thread.

    Args:
        descriptor: the write end; anything that is no pipe is written to as it is.
        notice: makes the line that says how many lines were dropped.
    """

    def __init__(self, descriptor: int, notice: Callable[[int], bytes]) -> None:
        self._descriptor = _without_blocking(descriptor)
        self._notice = notice
        self._lock = threading.Lock()
        self._rest = b""
        self._dropped = 0
        self.dropped = 0
        """Lines dropped ever."""

    def fileno(self) -> int:
        """Return a descriptor of the pipe to which writing never blocks."""
        return self._descriptor

    def write(self, line: bytes) -> None:
        """Write one line, newline included, or drop it."""
        with self._lock:
            if self._catch_up():
                self._put(line)
            else:
                self._dropped += 1
                self.dropped += 1

    def flush(self) -> None:
        """Write what is overdue, as far as there is room; cheap when nothing is."""
        if self._rest or self._dropped:
            with self._lock:
                self._catch_up()

    def _catch_up(self) -> bool:
        if self._rest:
            rest, self._rest = self._rest, b""
            self._put(rest)
        if self._dropped and not self._rest:
            notice = self._notice(self._dropped)
            self._put(notice)
            # A notice that found no room at all is made anew with the next count.
            if self._rest == notice:
                self._rest = b""
                return False
            self._dropped = 0
        return not self._rest

    def _put(self, data: bytes) -> None:
        try:
            written = os.write(self._descriptor, data)
        except BlockingIOError:
            written = 0
        except OSError:
            # Nobody reads any more: the supervisor is gone, and so is this process soon.
            return
        # A pipe takes a part of what is longer than PIPE_BUF; the rest must follow, or two
        # records would run into each other.
        self._rest = data[written:]


class JsonFormatter(logging.Formatter):
    """One record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without its newline; never raises."""
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001 - __str__ of an argument may raise anything
            # Wrong arguments for the format string, from a plug-in: what was meant still shows.
            message = f"{record.msg!r} {record.args!r}"
        context = getattr(record, "context", {})
        return record_line(
            {
                "ts": record.created,
                "level": record.levelname.lower(),
                "logger": record.name,
                "event": getattr(record, "event", ""),
                "msg": cut(message),
                "context": {name: _plain(value) for name, value in context.items()},
                "traceback": _trace(record),
            }
        )


def record_line(fields: Mapping[str, Any]) -> str:
    """Return one record as JSON; empty fields but the message are left out."""
    return json.dumps(
        {name: value for name, value in fields.items() if value or name == "msg"},
        separators=(",", ":"),
    )


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, int | float) else cut(str(value))


def cut(text: str, limit: int = MAX_MESSAGE) -> str:
    """Return at most `limit` characters of `text`, saying how many are missing."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit} more characters)"


def format_exception(error: BaseException) -> str:
    """Return the traceback of an error as text of bounded length."""
    return _shorten("".join(traceback.format_exception(error)))


def _trace(record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[1] is not None:
        return format_exception(record.exc_info[1])
    return _shorten(record.stack_info) if record.stack_info else ""


def _shorten(text: str) -> str:
    if len(text) <= MAX_TRACEBACK:
        return text
    quarter = MAX_TRACEBACK // 4
    return f"{text[:quarter]}\n…\n{text[-3 * quarter :]}"


class PipeHandler(logging.Handler):
    """Hands every record to a `PipeWriter`."""

    def __init__(self, writer: PipeWriter) -> None:
        super().__init__()
        self._writer = writer
        self.setFormatter(JsonFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record; never raises, whatever it holds."""
        with contextlib.suppress(Exception):
            self._writer.write(self.format(record).encode() + b"\n")


class PrintStream(io.TextIOBase):
    """Stands in for `sys.stdout` or `sys.stderr`: each printed line becomes a log record."""

    def __init__(self, name: str, level: str, writer: PipeWriter, now: Callable[[], float]) -> None:
        super().__init__()
        self._name = name
        self._level = level
        self._writer = writer
        self._now = now
        self._line = ""
        self.buffer = _ByteSide(self)

    encoding = "utf-8"
    errors = "replace"

    def writable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the real descriptor, which programs started by a plug-in may inherit."""
        return STDOUT

    def write(self, text: str) -> int:
        """Take text; every finished line is logged."""
        *lines, rest = (self._line + text).split("\n")
        # Text without any line end must not pile up for ever.
        if len(rest) > MAX_MESSAGE:
            lines.append(rest)
            rest = ""
        self._line = rest
        self._log(lines)
        return len(text)

    def flush(self) -> None:
        """Log what has been printed without a line end so far."""
        if self._line:
            line, self._line = self._line, ""
            self._log([line])

    def _log(self, lines: Iterable[str]) -> None:
        for line in lines:
            if line:
                record = record_line(
                    {
                        "ts": self._now(),
                        "level": self._level,
                        "logger": self._name,
                        "event": "print",
                        "msg": cut(line),
                    }
                )
                self._writer.write(record.encode() + b"\n")


class _ByteSide(io.RawIOBase):
    """`sys.stdout.buffer` of a `PrintStream`."""

    def __init__(self, text: PrintStream) -> None:
        super().__init__()
        self._text = text

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        text = bytes(data)
        self._text.write(text.decode("utf-8", "replace"))
        return len(text)


def install(level: str, now: Callable[[], float]) -> PipeWriter:
    """Send all records and everything printed to the pipe at descriptor 1.

    Replaces the handlers of the root logger, `sys.stdout`, `sys.stderr` and the hooks for
    errors that nobody handles.  Returns the writer, whose `flush` should be called now and then.

    Args:
        level: a level name in any case; records below it are not made.
        now: the wall clock, epoch seconds.
    """
    writer = PipeWriter(STDOUT, lambda count: _dropped_notice(now(), count))
    root = logging.getLogger()
    root.handlers[:] = [PipeHandler(writer)]
    root.setLevel(level.upper())
    # They speak of every frame at debug and of every connect at info.
    logging.getLogger("websockets").setLevel(logging.WARNING)
    sys.stdout = PrintStream("stdout", "info", writer, now)
    sys.stderr = PrintStream("stderr", "warning", writer, now)
    _install_hooks()
    return writer


def _dropped_notice(ts: float, count: int) -> bytes:
    line = record_line(
        {
            "ts": ts,
            "level": "warning",
            "logger": __name__,
            "event": "log_dropped",
            "msg": f"{count} log lines were dropped because nobody read them fast enough",
            "context": {"count": count},
        }
    )
    return line.encode() + b"\n"


def _without_blocking(descriptor: int) -> int:
    """Return a descriptor of the same pipe that never blocks.

    Opened anew through /proc instead of setting O_NONBLOCK on the given one: that flag would be
    shared with programs that a plug-in starts, and few expect EAGAIN on their standard output.
    """
    if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        return descriptor
    return os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)


def _install_hooks() -> None:
    log = bound_log("worker")

    def crashed(
        _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
    ) -> None:
        log.critical("An error that nobody handled", exc_info=error, event="crashed")

    def thread_crashed(arguments: threading.ExceptHookArgs) -> None:
        name = arguments.thread.name if arguments.thread else "?"
        log.error(
            "A thread ended with an error",
            exc_info=arguments.exc_value,
            event="thread_crashed",
            thread=name,
        )

    def ignored(unraisable: sys.UnraisableHookArgs) -> None:
        log.warning(
            "An error had to be ignored: %s",
            unraisable.err_msg or "in a finaliser",
            exc_info=unraisable.exc_value,
            event="ignored_error",
        )

    sys.excepthook = crashed
    threading.excepthook = thread_crashed
    sys.unraisablehook = ignored
