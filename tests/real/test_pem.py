"""The table of ways to write PEM, held against the programs that will load the file."""

import subprocess
from shutil import which

import pytest

from tests.observe.files.pem_cases import CASES, LEAF

NGINX = """daemon off; pid {home}/nginx.pid; events {{}}
http {{ access_log off; server {{ listen 127.0.0.1:1 ssl; ssl_certificate chain; ssl_certificate_key key; }} }}"""
HAPROXY = """defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s
frontend tls
    bind 127.0.0.1:1 ssl crt {home}/both
"""


def nginx(program, home):
    (home / "nginx.conf").write_text(NGINX.format(home=home))
    return [[program, "-t", "-q", "-c", home / "nginx.conf", "-e", home / "error.log"]]


def haproxy(program, home):
    (home / "haproxy.cfg").write_text(HAPROXY.format(home=home))
    return [[program, "-c", "-q", "-f", home / "haproxy.cfg"]]


def openssl(program, home):
    """The first certificate, as of a leaf, then all, as of a trust store."""
    every = [program, "crl2pkcs7", "-nocrl", "-certfile", home / "chain", "-out", home / "store"]
    return [[program, "x509", "-noout", "-in", home / "chain"], every]


PROGRAMS = {"nginx": nginx, "haproxy": haproxy, "openssl": openssl}
LEFT_OUT = {"haproxy": {"a blank line in the second", "no END"}}
"""Where a program takes the damaged block for the end of the chain, and says nothing."""


@pytest.fixture(params=PROGRAMS)
def reads(request, tmp_path):
    """A program, and whether it takes a text for a chain."""
    program = which(request.param) or which(request.param, path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip(f"{request.param} is not installed")
    (tmp_path / "key").write_bytes(LEAF.key_pem)
    commands = PROGRAMS[request.param](program, tmp_path)

    def accepts(command):
        return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0

    def read(text):
        (tmp_path / "chain").write_bytes(text)
        (tmp_path / "both").write_bytes(LEAF.key_pem + text)
        return all(accepts(command) for command in commands)

    return request.param, read


@pytest.mark.slow
def test_programs_read_what_the_table_says(reads):
    program, read = reads

    found = {name for name, case in CASES.items() if read(case.text)}

    assert found == {name for name, case in CASES.items() if case.servers} | LEFT_OUT.get(program, set())
