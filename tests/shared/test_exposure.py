"""Homes, code and files that others could change are refused, with the command that mends it.

What is another user's needs root to be made; without it only the modes are tried.
"""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from meshvisor.shared import exposure
from meshvisor.shared.errors import SettingsError
from meshvisor.shared.paths import Home
from meshvisor.shared.prepared_home import prepare_home
from meshvisor.shared.settings.kernel import PluginSettings
from meshvisor.shared.settings.model import default_settings

STRANGER = 54_321
"""A user id that no user has here."""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def whole(home: Home) -> Home:
    """A home with everything that a supervisor reads or runs."""
    prepare_home(home)
    (home.plugins / "package" / "__pycache__").mkdir(parents=True)
    for name in ("greet.py", "_helper.py", "package/__init__.py", "package/part.py"):
        (home.plugins / name).touch()
    (home.plugins / "package/__pycache__/part.cpython-311.pyc").touch()
    (home.plugins / "notes.txt").touch()
    for file in ("meshvisor.toml", "credentials.json", "database.json", "blocklist.json"):
        (home.config / file).touch(mode=0o600)
    for path in (home.plugins, *home.plugins.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return home


NAMES = [
    ".",
    "config",
    "config/plugins",
    "config/plugins/greet.py",
    "config/plugins/_helper.py",
    "config/plugins/package",
    "config/plugins/package/part.py",
    "config/plugins/package/__pycache__",
    "config/plugins/package/__pycache__/part.cpython-311.pyc",
    "config/meshvisor.toml",
    "config/credentials.json",
    "config/database.json",
    "config/blocklist.json",
]


def refused(home: Home) -> str:
    """Return the sentence with which a start is refused."""
    with pytest.raises(SettingsError) as caught:
        prepare_home(home)
    return str(caught.value)


def test_a_home_as_it_should_be(whole: Home) -> None:
    """A home of one user, with files that others may read, is fine."""
    assert list(exposure.of_home(whole)) == []
    (whole.plugins / "notes.txt").chmod(0o666)
    prepare_home(whole)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("extra", [0o002, 0o022, 0o1002])
def test_what_all_users_may_change(whole: Home, name: str, extra: int) -> None:
    """Whatever is writable by all users is refused; the command that is named mends it."""
    path = whole.root / name
    path.chmod(path.stat().st_mode | extra)
    sentence = refused(whole)
    command = sentence.rpartition(": ")[2]
    assert command == f"chmod {'go' if extra & 0o020 else 'o'}-w {path.resolve()}"
    subprocess.run(command, shell=True, check=True)
    prepare_home(whole)


@as_root
@pytest.mark.parametrize("name", [*NAMES, "var", "var/run", "var/logs"])
def test_what_belongs_to_another_user(whole: Home, name: str) -> None:
    """So is what another user owns, who may change its mode at will."""
    path = whole.root / name
    os.chown(path, STRANGER, -1)
    sentence = refused(whole)
    assert f"{path.resolve()} belongs to user {STRANGER}" in sentence
    subprocess.run(sentence.rpartition(": ")[2], shell=True, check=True)
    prepare_home(whole)


@as_root
def test_a_service_user_with_files_of_root(whole: Home) -> None:
    """What root has installed for a service that runs as another user is fine."""
    for path in (whole.root, *whole.root.rglob("*")):
        os.chown(path, 0, 0)
    for path in (whole.var, whole.run, whole.logs):
        os.chown(path, STRANGER, -1)
    assert list(exposure.of_home(whole, STRANGER)) == []
    assert {found.path for found in exposure.of_home(whole, STRANGER + 1)} == {
        whole.var,
        whole.run,
        whole.logs,
    }


@as_root
def test_root_judges_the_home_of_a_service(whole: Home) -> None:
    """The doctor of an administrator sees a home with the eyes of its owner."""
    for path in (whole.root, *whole.root.rglob("*")):
        os.chown(path, STRANGER, STRANGER)
    assert list(exposure.of_home(whole, exposure.user_of(whole))) == []
    # But root does not run it: its owner could run anything as root.
    assert "who could change what runs as root" in refused(whole)


# ---- Links and what leads to a home ----------------------------------------------------------


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder outside of the home."""
    folder = tmp_path / "elsewhere"
    folder.mkdir(mode=0o755)
    return folder


@pytest.mark.parametrize("loosen", ["file", "folder", "above"])
@pytest.mark.parametrize("kind", ["plug-in", "package", "settings", "plugins", "config"])
def test_links(whole: Home, elsewhere: Path, kind: str, loosen: str) -> None:
    """A link is as good as what it leads to, and the folders on the way."""
    target = elsewhere / "inner" / "target.py"
    target.parent.mkdir()
    places = {
        "plug-in": whole.plugins / "linked.py",
        "package": whole.plugins / "package" / "more",
        "settings": whole.settings_file,
        "plugins": whole.plugins,
        "config": whole.config,
    }
    place = places[kind]
    if kind in {"plug-in", "settings"}:
        place.unlink(missing_ok=True)
        target.touch()
    elif kind == "package":
        target.mkdir()
    else:
        place.rename(target)
    place.symlink_to(target)
    prepare_home(whole)
    loose = {"file": target, "folder": target.parent, "above": elsewhere}[loosen]
    loose.chmod(0o777)
    assert f"chmod go-w {loose}" in refused(whole)


def test_a_link_to_a_link(whole: Home, elsewhere: Path, tmp_path: Path) -> None:
    """Each step counts: who may exchange one of them decides where all end."""
    end = tmp_path / "end.py"
    end.touch(mode=0o644)
    (elsewhere / "step.py").symlink_to(end)
    (whole.plugins / "linked.py").symlink_to(elsewhere / "step.py")
    prepare_home(whole)
    elsewhere.chmod(0o777)
    assert f"chmod go-w {elsewhere}" in refused(whole)
    elsewhere.chmod(0o755)
    (elsewhere / "step.py").unlink()
    (elsewhere / "step.py").symlink_to(whole.plugins / "linked.py")
    prepare_home(whole)  # a loop leads nowhere, like a link to nothing


def test_a_folder_above(tmp_path: Path) -> None:
    """Who may rename a home may put another one in its place; in /tmp no other user may."""
    above = tmp_path / "above"
    home = Home(above / "home")
    home.root.mkdir(parents=True)
    above.chmod(0o777)
    assert f"everybody may rename what is in it (mode 0777): chmod go-w {above}" in refused(home)
    above.chmod(0o1777)
    prepare_home(home)


# ---- Groups ------------------------------------------------------------------------------------


@pytest.fixture
def others() -> Iterator[int]:
    """The id of a group with a member that is neither root nor we."""
    for user in pwd.getpwall():
        if user.pw_uid not in {0, os.geteuid()} and user.pw_gid != 0:
            yield user.pw_gid
            return
    pytest.skip("this machine has no other users")


@as_root
def test_a_group_with_others_in_it(whole: Home, others: int) -> None:
    """Its members could change the code; alone in it, a user may have folders as git makes them."""
    (whole.plugins / "greet.py").chmod(0o664)
    prepare_home(whole)
    os.chown(whole.plugins / "greet.py", -1, others)
    assert f"its group may change it (mode 0664): chmod g-w {whole.plugins}" in refused(whole)


@as_root
def test_a_group_without_a_name(whole: Home) -> None:
    """It can have no members, as in a container whose user is just a number."""
    assert STRANGER not in {group.gr_gid for group in grp.getgrall()}
    os.chown(whole.plugins, -1, STRANGER)
    whole.plugins.chmod(0o775)
    prepare_home(whole)


# ---- What settings name ------------------------------------------------------------------------


def test_modules_of_the_settings(
    whole: Home, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module is looked at without being imported, and so is all code of a package."""
    monkeypatch.syspath_prepend(elsewhere)
    (elsewhere / "one_module.py").write_text("raise SystemExit")
    (elsewhere / "some_package").mkdir()
    (elsewhere / "some_package" / "__init__.py").write_text("raise SystemExit")
    (elsewhere / "some_package" / "part.py").touch(mode=0o644)
    modules = ("one_module", "some_package.part", "not_there", "sys")
    settings = default_settings().replaced(PluginSettings(modules=modules))
    assert list(exposure.of_settings(whole, settings)) == []
    (elsewhere / "some_package" / "part.py").chmod(0o666)
    [found] = exposure.of_settings(whole, settings)
    assert found.remedy == f"chmod go-w {elsewhere / 'some_package' / 'part.py'}"
    elsewhere.chmod(0o777)
    (elsewhere / "some_package" / "part.py").chmod(0o644)
    assert {found.path for found in exposure.of_settings(whole, settings)} == {elsewhere}


def test_where_python_looks_first(
    whole: Home, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders of PYTHONPATH are as good as plug-ins: any module may be put there."""
    monkeypatch.setenv("PYTHONPATH", f"relative::{elsewhere}:/nowhere")
    assert list(exposure.of_home(whole)) == []
    elsewhere.chmod(0o777)
    assert f"chmod go-w {elsewhere}" in refused(whole)


# ---- Whatever the umask ------------------------------------------------------------------------


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    """Set the umask until the test ends."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022, 0o077])
def test_a_new_home_is_closed(tmp_path: Path, umask: Callable[[int], int], mask: int) -> None:
    """The folders that a start makes are for their owner alone, whatever the umask leaves open."""
    umask(mask)
    home = Home(tmp_path / "new" / "home")
    prepare_home(home)
    for folder in (home.root, home.root.parent, home.config, home.var, home.logs, home.run):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_read_only_mount(whole: Home) -> None:
    """What is mounted read-only cannot be changed, whatever its modes say."""
    whole.config.chmod(0o777)
    mount = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
    code = (
        "import sys; from meshvisor.shared import exposure; "
        "from meshvisor.shared.paths import Home; "
        "print(*exposure.of_home(Home.locate(sys.argv[1])), sep='\\n')"
    )
    inside = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh")
    look = (sys.executable, "-c", code, whole.root)
    if subprocess.run([*inside, whole.config, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not make a mount namespace")
    seen = subprocess.run(
        [*inside, whole.config, *look], capture_output=True, text=True, check=True
    )
    assert seen.stdout.strip() == ""
    assert [found.path for found in exposure.of_home(whole)] == [whole.config]
