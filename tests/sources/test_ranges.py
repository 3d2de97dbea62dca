"""Ranges in lists, arguments and certgate.yaml: what they come to, and what stands beside them."""

from pathlib import Path

import pytest

from certgate.model.errors import CertgateError
from certgate.sources.scan import EndpointOptions, ScanTargets, declare_scan


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def declared(*arguments, lines="", config="", exclude=(), only=(), **options):
    where = {}
    if lines:
        Path("hosts.txt").write_text(lines)
        where["list"] = "hosts.txt"
    if config:
        Path("certgate.yaml").write_text(config)
        where["config"] = Path("certgate.yaml")
    return declare_scan(
        ScanTargets(arguments=arguments, **where),
        EndpointOptions(**options),
        fail_on=None,
        exclude=exclude,
        only=only,
        tell=lambda _: None,
    ).source


def ids(*arguments, **more):
    return [target.id for target in declared(*arguments, **more).targets()]


def refused(*arguments, **more):
    with pytest.raises(CertgateError) as error:
        ids(*arguments, **more)
    return str(error.value)


def test_a_range_comes_to_every_address_with_every_port():
    assert ids("10.0.0.0/31:443,8443") == ["10.0.0.0:443", "10.0.0.0:8443", "10.0.0.1:443", "10.0.0.1:8443"]
    assert ids("fd00::/127") == ["[fd00::]:443", "[fd00::1]:443"]


def test_the_settings_of_a_line_are_those_of_every_target_and_each_expects_its_own_address():
    first, second = declared(lines="10.0.0.0/31 starttls=smtp label.tier=edge policy=internal-pki\n").targets()
    assert (first.id, second.id) == ("10.0.0.0:25/smtp", "10.0.0.1:25/smtp")
    assert (second.names, second.labels, second.policy) == (("10.0.0.1",), {"tier": "edge"}, "internal-pki")
    assert (second.range, second.place.line, second.ordinal) == ("10.0.0.0/31", 1, 1)


def test_all_addresses_of_a_range_may_have_to_serve_one_name():
    first, second = declared("10.0.0.0/31#www.example.com").targets()
    assert (first.names, second.id) == (("www.example.com",), "10.0.0.1:443#www.example.com")
    assert second.source.server_name == "www.example.com"


def test_a_configuration_may_declare_ranges():
    config = "targets:\n  - {host: '10.0.0.0/31:8443', labels: {tier: edge}}\n"
    assert ids(config=config) == ["10.0.0.0:8443", "10.0.0.1:8443"]
    origin = "targets:\n  - {host: 10.0.0.0/31, origin: {address: 10.0.0.9}}\n"
    assert "a range has no origin" in refused(config=origin)


@pytest.mark.parametrize("lines", ["10.0.0.0/30\n10.0.0.2 label.tier=db\n", "10.0.0.2 label.tier=db\n10.0.0.0/30\n"])
def test_a_line_for_an_endpoint_wins_over_a_range_wherever_it_stands(lines):
    source = declared(lines=lines)
    for _ in range(2):
        targets = {target.id: target for target in source.targets()}
        assert sorted(targets) == [f"10.0.0.{n}:443" for n in range(4)]
        assert (targets["10.0.0.2:443"].labels, targets["10.0.0.2:443"].range) == ({"tier": "db"}, "")
        assert targets["10.0.0.1:443"].range == "10.0.0.0/30"


def test_another_port_protocol_or_name_is_another_target():
    listed = ids("10.0.0.0/31", "10.0.0.0:8443", "10.0.0.1:443#a.example")
    assert listed == ["10.0.0.0:443", "10.0.0.1:443", "10.0.0.0:8443", "10.0.0.1:443#a.example"]


def test_two_ranges_may_share_addresses_but_no_endpoint():
    assert len(ids("10.0.0.0/30:443", "10.0.0.0/31:8443")) == 6
    assert refused("10.0.0.0/30", "10.0.0.2/31:443") == (
        "10.0.0.2/31:443 overlaps 10.0.0.0/30; declare each endpoint once"
    )
    assert "hosts.txt:1:1: 10.0.0.2/31 overlaps 10.0.0.0/30, at hosts.txt:2:1" in refused(
        lines="10.0.0.2/31\n10.0.0.0/30\n"
    )


def test_ranges_come_to_no_more_targets_than_allowed():
    assert "the ranges come to 512 targets, and --max-targets allows 500" in refused(
        "10.0.0.0/24:443,8443", max_targets=500
    )
    assert len(ids("10.0.0.0/24:443,8443", max_targets=512)) == 512
    assert "come to 16,777,216 targets, and --max-targets allows 65,536" in refused("10.0.0.0/8")


def test_excluded_hosts_are_left_out_and_counted():
    exclude = ["10.0.0.1", "10.0.0.4/30", "db*.example", "a.example", "[fd00::1]"]
    source = declared("10.0.0.0/29", "db1.example", "a.example:8443", "b.example", "[fd00::1]", exclude=exclude)
    assert [t.id for t in source.targets()] == ["10.0.0.0:443", "10.0.0.2:443", "10.0.0.3:443", "b.example:443"]
    assert source.left_out == 8


def test_excluded_hosts_may_stand_in_a_file(tmp_path):
    (tmp_path / "not.txt").write_text("# printers\n10.0.0.1  # the first\n10.0.0.2/31\n")
    assert ids("10.0.0.0/29", exclude=["@not.txt"])[1:] == [f"10.0.0.{n}:443" for n in range(4, 8)]
    (tmp_path / "not.txt").write_text("# none\n")
    assert "not.txt: contains no host to exclude" in refused("10.0.0.0/29", exclude=["@not.txt"])


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("10.9.0.0/16", '--exclude "10.9.0.0/16" matches no target'),
        ("*.corp.example", '--exclude "*.corp.example" matches no target'),
        ("10.0.0.1:443", "matches no target; a host is excluded with all of its ports"),
        ("10.0.0.1/24", '--exclude "10.0.0.1/24" is not a network: 10.0.0.1/24 has host bits set'),
    ],
)  # fmt: skip
def test_an_exclusion_that_matches_nothing_is_refused(word, problem):
    assert problem in refused("10.0.0.0/30", exclude=[word])


@pytest.mark.parametrize(
    "words",
    [["A.example", "a.example."], ["10.0.0.1", "10.0.0.1"], ["10.0.0.0/31", "10.0.0.0/255.255.255.254"]],
)
def test_a_host_may_be_excluded_in_two_spellings(words):
    assert list(declared("10.0.0.0/30", "a.example", "b.example", exclude=words).targets())


def test_a_run_from_which_all_is_excluded_says_so():
    assert refused("10.0.0.0/30", exclude=["10.0.0.0/8"]) == "--exclude leaves out all of 4 targets; exclude fewer"


def test_only_and_exclude_apply_together():
    source = declared("10.0.0.0/30", "a.example", only=["10.*"], exclude=["10.0.0.0"])
    assert [target.id for target in source.targets()] == ["10.0.0.1:443", "10.0.0.2:443", "10.0.0.3:443"]
    assert source.left_out == 2


def test_a_long_list_is_read_several_times_from_the_disk_whoever_reads_it_at_the_same_time():
    lines = "".join(f"h{n}.example # {'x' * 60}\n" for n in range(15_000))
    source = declared(lines=lines)
    one, other = source.targets(), source.targets()
    pairs = zip(one, other, strict=True)
    assert all(first.id == second.id for first, second in pairs)
    assert len(ids(lines=lines)) == 15_000
