"""The guarded fetcher against hostile names, addresses and URLs: none gets through, each gives its reason."""

import pytest

from certgate.net.errors import FetchFailure
from tests.net.fetch_world import PUBLIC, URL, fails, ok, redirect

# --- addresses ---

SPECIAL = {
    "0.0.0.0/8": ["0.0.0.0", "0.255.255.255"],
    "10.0.0.0/8": ["10.0.0.0", "10.255.255.255"],
    "100.64.0.0/10": ["100.64.0.0", "100.100.100.200", "100.127.255.255"],
    "127.0.0.0/8": ["127.0.0.1", "127.255.255.255"],
    "169.254.0.0/16": ["169.254.169.254"],
    "172.16.0.0/12": ["172.16.0.0", "172.31.255.255"],
    "192.0.0.0/24": ["192.0.0.9", "192.0.0.170", "192.0.0.192"],
    "192.0.2.0/24": ["192.0.2.1"],
    "192.31.196.0/24": ["192.31.196.1"],
    "192.52.193.0/24": ["192.52.193.1"],
    "192.88.99.0/24": ["192.88.99.1"],
    "192.168.0.0/16": ["192.168.0.0", "192.168.255.255"],
    "192.175.48.0/24": ["192.175.48.1"],
    "198.18.0.0/15": ["198.18.0.0", "198.19.255.255"],
    "198.51.100.0/24": ["198.51.100.1"],
    "203.0.113.0/24": ["203.0.113.1"],
    "224.0.0.0/4": ["224.0.0.1", "239.255.255.255"],
    "240.0.0.0/4": ["240.0.0.1", "255.255.255.255"],
    "168.63.129.16/32": ["168.63.129.16"],
    "::1/128": ["::1"],
    "::/128": ["::"],
    "outside 2000::/3": ["::7f00:1", "fec0::1", "ff02::1", "4000::1", "1fff::1"],
    "::ffff:0:0/96": ["::ffff:127.0.0.1", "::ffff:9.9.9.9"],
    "64:ff9b::/96": ["64:ff9b::7f00:1", "64:ff9b::909:909"],
    "64:ff9b:1::/48": ["64:ff9b:1::a00:1"],
    "100::/64": ["100::1"],
    "2001::/23": ["2001::1", "2001:0:53aa:64c::1", "2001:20::1", "2001:1ff::1"],
    "2001:db8::/32": ["2001:db8::1"],
    "2002::/16": ["2002:7f00:1::1", "2002:a00:1::1"],
    "2620:4f:8000::/48": ["2620:4f:8000::1"],
    "3fff::/20": ["3fff::1"],
    "5f00::/16": ["5f00::1"],
    "fc00::/7": ["fd00:ec2::254", "fc00::1"],
    "fe80::/10": ["fe80::1", "fe80::1%eth0"],
}


@pytest.mark.parametrize(("block", "address"), [(b, a) for b, found in SPECIAL.items() for a in found])
def test_no_special_purpose_address_is_dialled(world, block, address):
    world.names = {"crl.example": [[address]], "both.example": [[PUBLIC, address]]}

    for url in (URL, "http://both.example/"):
        with fails(FetchFailure.FORBIDDEN_ADDRESS):
            world.fetcher().fetch(url)
    if "%" not in address:
        with fails(FetchFailure.FORBIDDEN_ADDRESS):
            world.fetcher().fetch(f"http://[{address}]/" if ":" in address else f"http://{address}/")

    assert world.dialled == []


@pytest.mark.parametrize(
    "address", ["9.9.9.9", "11.0.0.0", "100.128.0.0", "172.32.0.0", "198.20.0.0", "223.255.255.255", "168.63.129.17",
                "2000::1", "2001:200::1", "2003::1", "2606:4700::1111", "3ffe::1"]
)  # fmt: skip
def test_an_ordinary_address_beside_a_special_one_is_dialled(world, address):
    world.names = {"crl.example": [[address]]}
    world.answers = [ok()]

    assert world.fetcher().fetch(URL) == b"body"
    assert world.dialled == [(address, 80)]


def test_the_message_names_host_address_and_block(world):
    world.names = {"crl.example": [["169.254.169.254"]]}

    with fails(
        FetchFailure.FORBIDDEN_ADDRESS,
        "^crl.example is at 169.254.169.254, in the special-purpose range 169.254.0.0/16: allow it with --allow-address if it is yours$",
    ):
        world.fetcher().fetch(URL)


def test_a_name_that_changes_its_address_between_look_up_and_connect_gains_nothing(world):
    world.names = {"crl.example": [[PUBLIC], ["127.0.0.1"]]}
    world.answers = [ok()]

    assert world.fetcher().fetch(URL) == b"body"
    assert (world.look_ups, world.dialled) == ([("crl.example", 80)], [(PUBLIC, 80)])


def test_a_name_that_changes_its_address_before_a_redirect_is_caught(world):
    world.names = {"crl.example": [[PUBLIC], ["127.0.0.1"]]}
    world.answers = [redirect("/again")]

    with fails(FetchFailure.FORBIDDEN_ADDRESS):
        world.fetcher().fetch(URL)
    assert world.dialled == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("http://127.0.0.1/", FetchFailure.FORBIDDEN_ADDRESS),
        ("http://inside.example/", FetchFailure.FORBIDDEN_ADDRESS),
        ("http://[::ffff:10.0.0.1]/", FetchFailure.FORBIDDEN_ADDRESS),
        ("http://crl.example:22/", FetchFailure.FORBIDDEN_PORT),
        ("file:///etc/passwd", FetchFailure.BAD_URL),
        ("ftp://crl.example/", FetchFailure.BAD_URL),
        ("http://user@crl.example/", FetchFailure.USER_INFO),
        ("http://[", FetchFailure.BAD_URL),
        ("http://crl.example/\xe9", FetchFailure.BAD_URL),
        ("/" + "a" * 3000, FetchFailure.BAD_URL),
    ],
)
def test_a_redirect_is_checked_as_the_first_url_is(world, location, kind):
    world.names = {"inside.example": [["192.168.1.1"]]}
    world.answers = [redirect(location)]

    with fails(kind):
        world.fetcher().fetch(URL)
    assert world.dialled == [(PUBLIC, 80)]


def test_a_fourth_redirect_is_one_too_many(world):
    world.answers = [redirect("/")] * 4

    with fails(FetchFailure.REDIRECTS, "more than 3 redirects"):
        world.fetcher().fetch(URL)
    assert len(world.dialled) == 4


def test_a_post_is_not_sent_elsewhere(world):
    world.answers = [redirect("http://b.example/", 307)]

    with fails(FetchFailure.REDIRECTS, "redirects a POST"):
        world.fetcher().fetch(URL, post=b"x", content_type="text/plain")
    assert world.dialled == [(PUBLIC, 80)]


# --- URLs ---


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("", FetchFailure.BAD_URL),
        ("crl.example/1.crl", FetchFailure.BAD_URL),
        ("ldap://crl.example/", FetchFailure.BAD_URL),
        ("gopher://crl.example/", FetchFailure.BAD_URL),
        ("file:///etc/passwd", FetchFailure.BAD_URL),
        ("http:///1.crl", FetchFailure.BAD_URL),
        ("http://", FetchFailure.BAD_URL),
        ("http://2130706433/", FetchFailure.BAD_URL),
        ("http://0177.0.0.1/", FetchFailure.BAD_URL),
        ("http://0x7f.0.0.1/", FetchFailure.BAD_URL),
        ("http://0x7f000001/", FetchFailure.BAD_URL),
        ("http://127.1/", FetchFailure.BAD_URL),
        ("http://127.0.0.1./", FetchFailure.BAD_URL),
        ("http://a.0x7f/", FetchFailure.BAD_URL),
        ("http://[127.0.0.1]/", FetchFailure.BAD_URL),
        ("http://[fe80::1%25eth0]/", FetchFailure.BAD_URL),
        ("http://crl.example:80:80/", FetchFailure.BAD_URL),
        ("http://crl.example:99999/", FetchFailure.BAD_URL),
        ("http://crl.example:x/", FetchFailure.BAD_URL),
        ("http://crl_.exa mple/", FetchFailure.BAD_URL),
        ("http://a..example/", FetchFailure.BAD_URL),
        ("http://-a.example/", FetchFailure.BAD_URL),
        ("http://%6c.example/", FetchFailure.BAD_URL),
        ("http://" + "a" * 64 + ".example/", FetchFailure.BAD_URL),
        ("http://" + "a." * 127 + "example/", FetchFailure.BAD_URL),
        ("http://b\u00fccher.example/", FetchFailure.BAD_URL),
        ("http://127\u30020.0.1/", FetchFailure.BAD_URL),
        ("http://crl.example/\r\nHost: inside.example", FetchFailure.BAD_URL),
        ("http://crl.example\r\n/", FetchFailure.BAD_URL),
        ("http://crl.example/\x00", FetchFailure.BAD_URL),
        ("http://crl.example/\t", FetchFailure.BAD_URL),
        (" http://crl.example/", FetchFailure.BAD_URL),
        ("http://crl.example\\@inside.example/", FetchFailure.BAD_URL),
        ("http://crl.example/" + "a" * 2048, FetchFailure.BAD_URL),
        ("http://user@crl.example/", FetchFailure.USER_INFO),
        ("http://user:word@crl.example/", FetchFailure.USER_INFO),
        ("http://crl.example:80@inside.example/", FetchFailure.USER_INFO),
        ("http://crl.example:8080/", FetchFailure.FORBIDDEN_PORT),
        ("http://crl.example:22/", FetchFailure.FORBIDDEN_PORT),
        ("http://crl.example:0/", FetchFailure.FORBIDDEN_PORT),
    ],
)
def test_a_url_of_any_other_form_is_refused_before_anything_is_looked_up(world, url, kind):
    with fails(kind):
        world.fetcher().fetch(url)
    assert (world.look_ups, world.dialled) == ([], [])
