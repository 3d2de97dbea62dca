"""The origin that a target of certgate.yaml declares, and every mistake in it."""

import pytest

from certgate.model.errors import UsageError
from certgate.model.target import ClientFiles, Origin, Sameness
from certgate.policy.mistakes import InvalidFile
from certgate.sources.config import load_config
from certgate.sources.context import Defaults

ADDRESS = "198.51.100.7"


def declared(tmp_path, origin, host="a.example", defaults=None):
    path = tmp_path / "certgate.yaml"
    path.write_text(f"targets:\n  - host: {host}\n    origin: {origin}\n")
    (target,) = load_config(path).targets
    return target.target(defaults or Defaults()).origin


def wrong(tmp_path, origin, host="a.example"):
    with pytest.raises(InvalidFile) as caught:
        declared(tmp_path, origin, host)
    return [m.message for m in caught.value.mistakes]


def test_an_origin_is_an_address_at_the_targets_own_port(tmp_path):
    assert declared(tmp_path, f"{{address: {ADDRESS}}}") == Origin(host=ADDRESS, port=443)
    assert declared(tmp_path, f"{{address: {ADDRESS}}}", "a.example:8443").port == 8443
    assert declared(tmp_path, f"{{address: {ADDRESS}}}", "smtp://a.example").port == 25
    assert declared(tmp_path, f"{{address: {ADDRESS}}}", defaults=Defaults(starttls="ldap")).port == 389
    assert declared(tmp_path, f"{{address: '{ADDRESS}:8443'}}").port == 8443


@pytest.mark.parametrize(("text", "port"), [("'2001:DB8::7'", 443), ("'[2001:db8::7]:8443'", 8443)])
def test_it_may_be_an_ipv6_address(tmp_path, text, port):
    found = declared(tmp_path, f"{{address: {text}}}")

    assert found == Origin(host="2001:db8::7", port=port)
    assert str(found) == f"[2001:db8::7]:{port}"


def test_all_its_keys_are_read_and_files_are_relative_to_the_configuration(tmp_path):
    text = f"{{address: {ADDRESS}, trust: o.pem, cert: {{cert: c.pem, key: c.key}}, same: [key, names, key], closed: true}}"

    assert declared(tmp_path, text) == Origin(
        host=ADDRESS,
        port=443,
        trust=(f"{tmp_path}/o.pem",),
        client=ClientFiles(f"{tmp_path}/c.pem", f"{tmp_path}/c.key"),
        same=(Sameness.KEY, Sameness.NAMES),
        closed=True,
    )
    assert declared(tmp_path, f"{{address: {ADDRESS}, trust: [mozilla, o.pem]}}").trust == (
        "mozilla",
        f"{tmp_path}/o.pem",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("198.51.100.7", '"origin" must be a mapping (key: value); write "origin: {address: IP}"'),
        ("{trust: a.pem}", 'key "address" is missing'),
        (f"{{address: {ADDRESS}, tust: a.pem}}", 'unknown key "tust"; did you mean "trust"?'),
        (f"{{address: {ADDRESS}, closed: 'yes'}}", "must be true or false"),
        (
            f"{{address: {ADDRESS}, closed: true, trust: a.pem}}",
            "trust: nobody sees the certificate of a closed origin; name a client certificate (cert), too",
        ),
        (
            f"{{address: {ADDRESS}, closed: true, same: [key]}}",
            "same: nobody sees the certificate of a closed origin; name a client certificate (cert), too",
        ),
        (f"{{address: {ADDRESS}, same: [keys]}}", "must be 'names', 'key' or 'issuer'; did you mean \"key\"?"),
        (f"{{address: {ADDRESS}, same: key}}", '"same" must be a list ([one, two], or a line with - for each)'),
        (f"{{address: {ADDRESS}, trust: {{all_of: [a]}}}}", "must be a store or a list of stores (their union)"),
        (
            f"{{address: {ADDRESS}, cert: a.pem}}",
            "must be {cert: FILE, key: FILE}, {cert: FILE} if that holds the key, too, or workload-api",
        ),
        (
            "{address: o.example}",
            '"o.example" is a name; the origin is an IP address, because its name may lead to the edge',
        ),
        ("{address: '198.51.100.7:0'}", '"198.51.100.7:0": the port must be a number from 1 to 65535'),
    ],
)
def test_a_mistake_in_it_is_refused(tmp_path, text, message):
    assert wrong(tmp_path, text) == [message]


def test_an_origin_at_the_targets_own_address_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"198\.51\.100\.7:443: the origin's address is the endpoint's own"):
        declared(tmp_path, f"{{address: {ADDRESS}}}", ADDRESS)
    assert declared(tmp_path, f"{{address: '{ADDRESS}:8443'}}", ADDRESS).port == 8443
