"""Who else could change what a supervisor reads or runs as its user.

Owns which folders and files of a home have to be closed to others, how closed that is, and the
sentences with the command that mends it.  Does not own who may *read* secrets: the reader of such a
file checks that.  Called at the start and at each reload, which refuse, and by `doctor` and `config
check`, which say so.

A user who may write to a folder with code, or rename what leads there, runs code as our user.  So:

- Nothing may be writable by all users, also not with a sticky bit, which lets them add files.
- A group may write where it has no other members: git makes folders of 0775 where every user has
  a group of their own.
- Owners may be root, this user, and the owner of Meshvisor's own code, who could change that.
- A folder further up only has to keep others from renaming what is in it, as /tmp does.
- Modes say nothing where the mount is read-only: Kubernetes mounts settings read-only, as 0777.
- Nor where the operator says that there are no others (`shared.single_user`).  Owners still
  count: a foreign one is another user.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from meshvisor.shared.errors import SettingsError
from meshvisor.shared.feature import features
from meshvisor.shared.home_files import unreadable
from meshvisor.shared.paths import Home
from meshvisor.shared.python_code import MOST_FILES, SUFFIXES, places_of
from meshvisor.shared.single_user import for_others

if TYPE_CHECKING:
    # At run time it would have the supervisor load its settings before it has started the zygote.
    from meshvisor.shared.settings.model import Settings

MOST_NAMED: Final = 5
"""Exposures in one refusal."""

ROOT: Final = 0

NOWHERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
"""What is missing, also behind a link, is nothing that others could change: its folder is."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Something that others could change."""

    path: Path
    text: str
    """What is wrong; a phrase that begins with the path."""
    remedy: str
    """The command that mends it."""

    def __str__(self) -> str:
        """Return both as one sentence without a stop."""
        return f"{self.text}: {self.remedy}"


def user_of(home: Home) -> int:
    """Return as whose home this one is judged: the caller's, or for root its owner's.

    Root looks after homes of services that run as another user.
    """
    user = os.geteuid()
    try:
        return home.root.stat().st_uid if user == ROOT else user
    except OSError:
        return user


def of_home(home: Home, user: int | None = None) -> Iterator[Exposure]:
    """Yield what others could change of a home's folders, files and plug-ins.

    Args:
        home: what is missing in it is passed over.
        user: as whom the supervisor runs; None: as this process.

    Raises:
        OSError: something cannot be looked at.
    """
    look = _Look(os.geteuid() if user is None else user)
    yield from look.at_ancestors(home.root)
    yield from look.at(home.root)
    for folder in (home.config, home.var, home.logs, home.run):
        yield from look.at(folder)
    yield from look.at(home.settings_file)
    for feature in features():
        for file in feature.files:
            yield from look.at(home.root / file)
    yield from look.at_code(home.plugins)
    # Python looks for modules there before anywhere else.
    for name in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        if os.path.isabs(name):
            yield from look.at(Path(name))


def of_settings(home: Home, settings: Settings, user: int | None = None) -> Iterator[Exposure]:
    """Yield what others could change of the files and modules that settings name.

    Args:
        home: where relative paths begin.
        settings: of that home.
        user: as for `of_home`.
    """
    from meshvisor.shared.settings.kernel import PluginSettings
    from meshvisor.shared.settings.model import named_files

    look = _Look(os.geteuid() if user is None else user)
    for name in named_files(settings):
        path = home.below(name)
        if path.parent != home.config:
            yield from look.at(path.parent)
            yield from look.at(path)
    for top in dict.fromkeys(
        name.partition(".")[0] for name in settings.of(PluginSettings).modules
    ):
        for place in places_of(top):
            yield from look.at(place.parent)
            yield from look.at_code(place)


def refuse(found: Iterable[Exposure]) -> None:
    """Stop at anything that others could change.

    Raises:
        SettingsError: one line for each, with the command that mends it.
        MissingError: something is there and cannot be looked at.
    """
    try:
        exposures = list(dict.fromkeys(found))
    except OSError as error:
        raise unreadable(Path(error.filename), error) from error
    if exposures:
        more = len(exposures) - MOST_NAMED
        lines = [str(exposure) for exposure in exposures[:MOST_NAMED]]
        if more > 0:
            lines.append(f"and {more} more; meshvisor doctor names them all")
        raise SettingsError("\n".join(lines))


# ---- Private -------------------------------------------------------------------------------------


class _Look:
    """Looks at files with the eyes of one user.

    Args:
        user: whose supervisor it is.
    """

    def __init__(self, user: int) -> None:
        self._user = user
        self._trusted = {ROOT, user, os.stat(__file__).st_uid}

    def at(self, path: Path) -> Iterator[Exposure]:
        """Look at a file or folder, and at what a link to it leads through; missing is fine."""
        try:
            real = Path(os.path.realpath(path))
            status = real.stat()
        except OSError as error:
            if error.errno in NOWHERE:
                return
            raise
        if path.is_symlink():
            # Step by step: on the way to a file of ours there may be a link that is not.
            target = path.parent / os.readlink(path)
            yield from self.at(target.parent)
            yield from self.at_ancestors(Path(os.path.realpath(target.parent)))
            yield from self.at(target)
        else:
            yield from self._judge(real, status)

    def at_code(self, place: Path) -> Iterator[Exposure]:
        """Look at a module, or at a folder with all code and all folders below it."""
        yield from self.at(place)
        for _, path in zip(range(MOST_FILES), _code_below(place), strict=False):
            yield from self.at(path)

    def at_ancestors(self, path: Path) -> Iterator[Exposure]:
        """Look whether others may rename what is in the folders above this one."""
        for folder in path.parents:
            try:
                status = folder.stat()
            except FileNotFoundError:
                continue  # it will be made, closed to others
            if not status.st_mode & stat.S_ISVTX and (who := self._writers(status)):
                letters, text = who
                yield Exposure(
                    folder,
                    f"{folder} leads to {path.name}, and {text} may rename what is in it (mode "
                    f"{stat.S_IMODE(status.st_mode):04o})",
                    f"chmod {letters}-w {folder}",
                )

    # Private

    def _judge(self, path: Path, status: os.stat_result) -> Iterator[Exposure]:
        if status.st_uid not in self._trusted:
            yield Exposure(
                path,
                f"{path} belongs to {_name_of(status.st_uid)}, who could change what runs as "
                f"{_name_of(self._user)}",
                f"chown {_short_name_of(self._user)} {path}",
            )
        elif (who := self._writers(status)) and not _is_read_only(path):
            letters, text = who
            yield Exposure(
                path,
                f"{path} decides what runs here, and {text} may change it (mode "
                f"{stat.S_IMODE(status.st_mode):04o})",
                f"chmod {letters}-w {path}",
            )

    def _writers(self, status: os.stat_result) -> tuple[str, str] | None:
        """Return the letters for `chmod` and a phrase for those who may write; None: no other."""
        bits = for_others(status.st_mode)
        for_group = bool(bits & stat.S_IWGRP)
        if bits & stat.S_IWOTH:
            return ("go" if for_group else "o"), "everybody"
        return ("g", "its group") if for_group and self._has_others(status.st_gid) else None

    def _has_others(self, group: int) -> bool:
        """Say whether a group has members who are not trusted anyway."""
        import grp
        import pwd

        members = {user.pw_uid for user in pwd.getpwall() if user.pw_gid == group}
        try:
            names = grp.getgrgid(group).gr_mem
        except KeyError:  # a group without a name has no members
            names = []
        for name in names:
            try:
                members.add(pwd.getpwnam(name).pw_uid)
            except KeyError:
                continue
        return bool(members - self._trusted)


def _is_read_only(path: Path) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _code_below(folder: Path) -> Iterator[Path]:
    """Yield all folders and all code below a folder, through links as well, each folder once."""
    left, seen = [folder], set[str]()
    while left:
        place = left.pop()
        real = os.path.realpath(place)
        if real in seen or not os.path.isdir(real):
            continue
        seen.add(real)
        with os.scandir(real) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if os.path.isdir(entry.path):  # unlike the entry itself it bears loops of links
                    left.append(Path(entry.path))
                    yield Path(entry.path)
                elif entry.name.endswith(SUFFIXES):
                    yield Path(entry.path)


def _name_of(user: int) -> str:
    name = _short_name_of(user)
    return f"{name} ({user})" if name != str(user) else f"user {user}"


def _short_name_of(user: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
