"""A second real IRC server, not written here either: InspIRCd with the services of Atheme.

It speaks most of IRCv3, and its services know accounts with passwords and certificates.  Both run
until they are stopped; a test that does not break them may share them with others.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import Final

from tests.irc_servers import PATIENCE, free_port

NAME: Final = "irc.test.local"

MODULES: Final = (
    *("spanningtree", "services_account", "cap", "sasl", "sha256"),
    *("ircv3", "ircv3_accounttag", "ircv3_batch", "ircv3_capnotify", "ircv3_chghost"),
    *("ircv3_ctctags", "ircv3_echomessage", "ircv3_invitenotify", "ircv3_labeledresponse"),
    *("ircv3_msgid", "ircv3_servertime", "botmode", "namesx", "uhnames", "banexception"),
)

SETTINGS: Final = """\
<config format="xml">
<server name="irc.test.local" description="test" network="Test" id="1AA">
<admin name="test" nick="test" email="test@test.local">
<bind address="127.0.0.1" port="{port}" type="clients">
{secure}
<bind address="127.0.0.1" port="{link}" type="servers">
<link name="services.test.local" ipaddr="127.0.0.1" port="{link}" allowmask="127.0.0.0/8"
  sendpass="both" recvpass="both">
<uline server="services.test.local" silent="yes">
<sasl target="services.test.local">
<connect name="main" allow="*" timeout="20" pingfreq="600s" hardsendq="8M" softsendq="1M" recvq="1M"
  threshold="100000" commandrate="1000000" fakelag="no" localmax="10000" globalmax="10000"
  resolvehostnames="no" useident="no" usests="no" modes="" {connect}>
<performance clonesonconnect="no" quietbursts="yes">
<options defaultmodes="not" syntaxhints="no">
<limits maxnick="30" maxchan="64" maxuser="12" maxhost="64">
<path datadir="{folder}" logdir="{folder}" runtimedir="{folder}">
<pid file="{folder}/inspircd.pid">
<class name="all" commands="*" privs="*" usermodes="*" chanmodes="*">
<type name="Oper" classes="all">
<oper name="root" password="root" host="*@*" type="Oper">
"""

SECURE: Final = """\
<bind address="127.0.0.1" port="{port}" type="clients" ssl="tls">
<sslprofile name="tls" provider="gnutls" certfile="{certificate}" keyfile="{key}"
  requestclientcert="yes" hash="sha256">
"""

SERVICES: Final = """\
loadmodule "modules/protocol/inspircd";
loadmodule "modules/backend/opensex";
loadmodule "modules/crypto/pbkdf2v2";
loadmodule "modules/nickserv/main";
loadmodule "modules/nickserv/register";
loadmodule "modules/nickserv/identify";
loadmodule "modules/nickserv/ghost";
loadmodule "modules/nickserv/cert";
loadmodule "modules/saslserv/main";
loadmodule "modules/saslserv/plain";
loadmodule "modules/saslserv/external";
crypto {{ pbkdf2v2_rounds = 10000; }};
serverinfo {{
  name = "services.test.local"; desc = "services"; numeric = "00A"; recontime = 1;
  netname = "Test"; hidehostsuffix = "test"; adminname = "test"; adminemail = "test@test.local";
  registeremail = "test@test.local"; mta = "/bin/true"; loglevel = {{ error; info; network; }};
  maxlogins = 50; maxusers = 0; mdlimit = 30; emaillimit = 10; emailtime = 300; auth = none;
  casemapping = rfc1459;
}};
uplink "irc.test.local" {{
  host = "127.0.0.1"; port = {link}; send_password = "both"; receive_password = "both";
}};
nickserv {{
  spam = no; nick = "NickServ"; user = "NickServ"; host = "services.test.local"; real = "s";
  maxnicks = 50; expire = 0; enforce_expire = 0; enforce_delay = 30; enforce_prefix = "Guest";
  waitreg_time = 0;
}};
saslserv {{ nick = "SaslServ"; user = "SaslServ"; host = "services.test.local"; real = "s"; }};
general {{
  permissive_mode = yes; silent = no; join_chans = no; leave_chans = no; secure = no;
  uflags = {{ hidemail; }}; cflags = {{ }}; flood_msgs = 0; flood_time = 10; ratelimit_uses = 0;
  ratelimit_period = 0; vhost_change = 0; kline_time = 7; clone_time = 0; commit_interval = 5;
}};
"""


class Inspircd:
    """A running server.

    Args:
        folder: for its files.
        services: whether there are accounts.
        certificate: of the server, and its key; None: it has no TLS.
        connect: further attributes of who may connect.
    """

    def __init__(
        self,
        folder: Path,
        *,
        services: bool = True,
        certificate: tuple[Path, Path] | None = None,
        connect: str = "",
    ) -> None:
        self.folder = folder
        self.port, self.secure_port, link = free_port(), free_port(), free_port()
        self._services = services
        secure = ""
        if certificate is not None:
            public, private = certificate
            secure = SECURE.format(port=self.secure_port, certificate=public, key=private)
        text = SETTINGS.format(
            port=self.port, link=link, folder=folder, secure=secure, connect=connect
        )
        names = MODULES if certificate is None else (*MODULES, "ssl_gnutls", "sslinfo")
        modules = "".join(f'<module name="{name}">\n' for name in names)
        (folder / "inspircd.conf").write_text(text + modules)
        (folder / "services.conf").write_text(SERVICES.format(link=link))
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start it, and have it take clients."""
        program = shutil.which("inspircd") or "inspircd"
        self._run(program, "--nofork", "--runasroot", f"--config={self.folder}/inspircd.conf")
        self._wait_for("now running as")
        if self._services:
            where = str(self.folder)
            self._run(
                *("atheme-services", "-n", "-c", f"{where}/services.conf", "-D", where),
                *("-l", f"{where}/services.log", "-p", f"{where}/services.pid"),
            )
            self._wait_for("finished synching")

    def stop(self) -> None:
        """Have all of it be gone; idempotent."""
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes.clear()

    def _run(self, *command: str) -> None:
        output = (self.folder / "output").open("ab")
        with output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        self.processes.append(process)

    def _wait_for(self, words: str) -> None:
        end = time.monotonic() + PATIENCE
        while words not in (text := (self.folder / "output").read_text(errors="replace")):
            assert self.processes[-1].poll() is None, text[-2000:]
            assert time.monotonic() < end, text[-2000:]
            time.sleep(0.01)
