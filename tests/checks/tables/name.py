"""The names of a certificate: alternative names here, the attributes of subject and issuer in attributes.py."""

from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.checks.names.suffix_list import edition
from certgate.model.target import Role
from tests.checks.tables.attributes import ATTRIBUTES
from tests.checks.tables.names_made import (
    DNS,
    URI,
    dns,
    leaf,
    listed,
    mail,
    onion,
    raw,
)
from tests.checks.tables.row import Table, cert, na, nc, problem, row, warning

NO_NAME, NO_SAN, NO_DNS_NAME = na("no expected name (--name)"), na("no subjectAltName"), na("no DNS name")
NO_CN = na("no common name")
LIST = {"public suffix list": edition()}
LONG = ".".join(["a" * 63] * 3 + ["a" * 61])
"""A name of 253 characters, with labels of 63."""
PATTERNS = ("DNS:*.Corp.example", "IP:10.0.0.0/8", "IP:2001:db8::1", "URI:spiffe://corp.example/*", "RID:1.2.3")
MATCHING = (
    "A.CORP.example",
    "*.corp.example",
    "10.0.0.0",
    "10.255.255.255",
    "2001:db8::1",
    "spiffe://corp.example/a",
    x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
)
NOT_MATCHING = {
    "DNS:corp.example": "corp.example",
    "DNS:a.corp.example.evil.example": "a.corp.example.evil.example",
    "IP:9.255.255.255": "9.255.255.255",
    "IP:11.0.0.0": "11.0.0.0",
    "IP:2001:db8::2": "2001:db8::2",
    "URI:spiffe://corp.example": "spiffe://corp.example",
    "URI:spiffe://Corp.example/a": "spiffe://Corp.example/a",
    "email:a@b.corp.example": x509.RFC822Name("a@b.corp.example"),
    "DNS:10.0.0.1": DNS("10.0.0.1"),
}
WILDCARDS = {
    "*.co.uk": True,
    "*.example.co.uk": False,
    "*.com": True,
    "*.CoM": True,
    "*.example.com": False,
    "*.github.io": False,
    "*.io": True,
    "*.ck": True,
    "*.foo.ck": True,
    "*.www.ck": False,
    "*.kawasaki.jp": True,
    "*.city.kawasaki.jp": False,
    "*.xn--p1ai": True,
    "*.local": True,
    "*.corp.local": False,
    "*.": False,
    "*.a..b": False,
}
"""Wildcards, and whether they are directly below a public suffix."""
INTERNAL = {
    "www.example.com": False,
    "WWW.EXAMPLE.COM": False,
    "www.example.com.": False,
    "*.example.co.uk": False,
    "xn--80ak6aa92e.xn--p1ai": False,
    "name.github.io": False,
    "4.3.2.1.in-addr.arpa": False,
    "www.foo.ck": False,
    "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion": False,
    "com": False,
    "mail.corp": True,
    "db.prod.svc.cluster.local": True,
    "localhost": True,
    "*.internal": True,
    "a.example": True,
    "a.comm": True,
    "a..com": True,
    "": True,
}
"""Names, and whether their top-level domain is not registered."""
URIS = (
    "https://a.example/b",
    "spiffe://corp/db",
    "http://192.0.2.1:80/",
    "https://[2a00::1]/",
    "urn:uuid:1",
    "file:///etc",
)


def keyed(text, what, **more):
    """A problem whose key is the name with which its message begins."""
    return problem(f"{text} {what}", key=text, **more)


def suffix_rows():
    for name, is_public in WILDCARDS.items():
        found = problem(f"{name} covers all names below a public suffix", name, evidence=LIST)
        yield row(name, dns(name, "www.example.com"), *([found] if is_public else []))
    for name in ("co.uk", "w*.co.uk", "www.*.com"):
        yield row(name, dns(name), na("no wildcard name"))


def internal(name):
    cause = "" if "." in name.removeprefix("*.") else "name.single-label"
    return problem(
        f"{name} is an internal name: its top-level domain is not registered", name, evidence=LIST, cause=cause
    )


def missing(host, found):
    return problem(f"no name matches {host}; found {found}", key=host, cause="k8s.ingress-names-covered")


def copied(name, **more):
    return problem(f"the common name {name} is not in the subjectAltName", key="common name", **more)


def in_cn(name):
    return problem(f"{name} is in the common name but not in the subjectAltName", key=name, cause="name.host-match")


def crooked(name, text):
    return problem(text, key=text.split(" has ")[0], cause="name.san-types")


WORKLOAD = leaf("spiffe://corp.example/db")
NOT_CRITICAL = x509.SubjectAlternativeName([DNS("a.example")])
BROKEN = raw("3005 82")
UNREADABLE = nc("the list of alternative names cannot be read: it is truncated")
TWO_CN = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n) for n in ("a.example", "b.example")])
HOST, FOUR = ("a.example",), ("a.example", "*.wild.example", "192.0.2.1", "2001:db8::1")
NO_HOST = "no DNS name or IP address in the subjectAltName"

TABLE: Table = ATTRIBUTES | {
    "name.san-present": (
        row("a host", leaf("a.example")),
        row("an address", leaf("192.0.2.1")),
        row("a URI", WORKLOAD, NO_HOST),
        row("a URI, which the policy accepts", WORKLOAD, allow_uri=True),
        row("an e-mail address", leaf(mail("a@b.example")), "no DNS name, IP address or URI in the subjectAltName", allow_uri=True),
        row("none", cert(), "no subjectAltName"),
        row("unreadable", BROKEN, UNREADABLE),
    ),
    "name.host-match": (
        *(row(name, leaf(*FOUR, subject="a.example"), names=(name,)) for name in ("a.example", "A.example.", "x.wild.example", "192.0.2.1", "2001:DB8::1")),
        row("one level more than a wildcard", leaf("*.wild.example"), missing("a.b.wild.example", "*.wild.example"), names=("a.b.wild.example",)),
        row("the name below which a wildcard is", leaf("*.wild.example"), missing("wild.example", "*.wild.example"), names=("wild.example",)),
        row("two others", leaf("a.example", "192.0.2.1"), missing("b.example", "a.example, 192.0.2.1"), missing("192.0.2.2", "a.example, 192.0.2.1"), names=("a.example", "b.example", "192.0.2.2")),
        row("seven others", leaf(*(f"h{n}.example" for n in range(7))), missing("a.example", "h0.example, h1.example, h2.example, h3.example, h4.example and 2 more"), names=HOST),
        row("the common name alone", leaf("b.example", subject="a.example"), missing("a.example", "b.example"), names=HOST),
        row("a network", raw("300a8708" "08080800ffffff00"), problem("no name matches 8.8.8.0; found 08080800ffffff00", key="8.8.8.0", cause="name.san-present"), names=("8.8.8.0",)),
        row("nothing expected", cert(), NO_NAME),
    ),
    "name.cn-only": (
        row("in the subjectAltName too", leaf("a.example", subject="a.example"), names=HOST),
        row("in the common name alone", leaf("b.example", subject="a.example"), in_cn("a.example"), names=HOST),
        row("an address in the common name alone", cert("192.0.2.1"), in_cn("192.0.2.1"), names=("192.0.2.1",)),
        row("another common name", leaf("b.example", subject="b\u00fccher"), names=HOST),
        row("nothing expected", cert(), NO_NAME),
    ),
    "name.cn-in-san": (
        *(row(name, leaf("a.example", "*.a.example", "192.0.2.1", "2001:db8::1", subject=name)) for name in ("a.example", "*.a.example", "192.0.2.1", "2001:db8::1")),
        *(row(name, leaf("a.example", "2001:db8::1", subject=name), copied(name)) for name in ("A.example", "a.example.", "a.example ", "2001:DB8::1", "2001:db8:0::1")),
        row("no alternative name", cert(), copied("a.example", cause="name.san-present")),
        row("two", leaf("a.example", "b.example", subject=TWO_CN), problem("2 common names, 1 allowed", key="several")),
        row("none", leaf("a.example"), NO_CN),
    ),
    "name.cn-discouraged": (
        row("none", leaf("a.example")),
        row("one", cert(), "common name present"),
    ),
    "name.wildcard-form": (
        row("the whole leftmost label", leaf("*.example", "a.example")),
        row("a part of a label", leaf("a*.example"), keyed("a*.example", "has an asterisk that is not the whole leftmost label")),
        row("another label", leaf("a.*.example"), keyed("a.*.example", "has an asterisk that is not the whole leftmost label")),
        row("two", leaf("*.*.example"), keyed("*.*.example", "has more than one asterisk")),
        row("none", leaf("a.example"), na("no wildcard name")),
    ),
    "name.wildcard-forbidden": (
        row("none", leaf("a.example")),
        row("one", leaf("a.example", "*.example"), keyed("*.example", "is a wildcard name")),
        row("no name", cert(), NO_DNS_NAME),
    ),
    "name.dns-syntax": (
        *(row(what, dns(name)) for what, name in {"labels of 63 characters, 253 in all": LONG, "a wildcard": "*.b.example", "digits": "1.example", "an inner hyphen": "a-b.example"}.items()),
        row("a label of 64 characters", dns(f"{'a' * 64}.example"), keyed(f"{'a' * 64}.example", "has a label of 64 characters, at most 63 allowed")),
        row("254 characters", dns(f"{LONG}a"), keyed(f"{LONG[:100]}…", "has 254 characters, at most 253 allowed")),
        row("a final dot", dns("c.example."), keyed("c.example.", "ends in a dot")),
        row("an empty label", dns("a..example"), keyed("a..example", "has an empty label")),
        row("a hyphen first", dns("-a.example"), keyed("-a.example", "has the label '-a', only letters, digits and inner hyphens allowed")),
        row("a hyphen last", dns("a-.example"), keyed("a-.example", "has the label 'a-', only letters, digits and inner hyphens allowed")),
        row("an address", dns("10.0.0.1"), keyed("10.0.0.1", "is an IP address")),
        row("a wildcard of nothing", dns("*."), keyed("*.", "is empty")),
        row("an asterisk, which another rule reports", dns("*")),
        row("nothing", dns(""), "a name is empty"),
        row("an underscore", dns("my_db.corp.example"), keyed("my_db.corp.example", "has an underscore")),
        row("an underscore, which the policy tolerates", dns("my_db.corp.example"), warning("my_db.corp.example has an underscore", key="my_db.corp.example"), tolerate_underscore=True),
        row("an underscore beside an empty label", dns("a_..example"), keyed("a_..example", "has an underscore"), tolerate_underscore=True),
        row("21 of them", dns(*(f"a_{n}.example" for n in range(22))), *(keyed(f"a_{n}.example", "has an underscore") for n in range(20)), problem("2 further problems of this kind", key="further")),
        row("no name", cert(), NO_DNS_NAME),
        row("unreadable", BROKEN, UNREADABLE),
    ),
    "name.san-critical": (
        row("critical, no subject", leaf("a.example")),
        row("not critical, a subject", leaf("a.example", subject="a.example")),
        row("not critical, no subject", cert("", extensions={type(NOT_CRITICAL): (NOT_CRITICAL, False)}), "the subject is empty, but the subjectAltName is not critical"),
        row("critical, a subject", cert(extensions={type(NOT_CRITICAL): (NOT_CRITICAL, True)}), "the subjectAltName is critical, but the subject is not empty"),
        row("none", cert(), NO_SAN),
    ),
    "name.reserved-ip": (
        row("public addresses", leaf("192.88.98.255", "2600::1")),
        row("the last before 10.0.0.0/8, and the first after", leaf("9.255.255.255", "11.0.0.0")),
        row("its first and last address", leaf("10.0.0.0", "10.255.255.255"), *(keyed(one, "is in the special-purpose range 10.0.0.0/8") for one in ("10.0.0.0", "10.255.255.255"))),
        row("a link-local one", leaf("fe80::1"), keyed("fe80::1", "is in the special-purpose range fe80::/10")),
        row("a network", raw("300a8708" "08080800ffffff00"), keyed("08080800ffffff00", "is not an IP address")),
        row("no address", leaf("a.example"), na("no IP address")),
        row("unreadable", BROKEN, UNREADABLE),
    ),
    "name.ip-reverse-zone": (
        *(row(name, leaf(name), keyed(name, "is in a reverse lookup zone")) for name in ("1.2.0.192.in-addr.arpa", "ip6.arpa", "A.IP6.ARPA", "in-addr.arpa")),
        row("other names", leaf("notip6.arpa", "ip6.arpa.example")),
        row("no name", cert(), NO_DNS_NAME),
    ),
    "name.san-types": (
        row("a host and an address", leaf("a.example", "192.0.2.1")),
        row("a URI and an e-mail address", leaf("a.example", "spiffe://corp.example/a", mail("a@b.example")), problem("a name of type URI, only DNS, IP allowed", key="URI"), problem("a name of type email, only DNS, IP allowed", key="email")),
        row("the same, which the policy allows", leaf("a.example", "spiffe://corp.example/a", mail("a@b.example")), role=Role.SPIFFE, allowed=("DNS", "URI", "email")),
        *(
            row(f"octets {octets}", raw(octets), *(problem(f"a name of type {kind}, only DNS, IP allowed", key=kind) for kind in kinds))
            for octets, kinds in {"3007820161a300a500": ["EdiPartyName", "X400Name"], "300404009e00": ["tag 0x4", "tag 0x9e"], "30028900": ["tag 0x89"]}.items()
        ),
        row("none", cert(), NO_SAN),
        row("unreadable", BROKEN, UNREADABLE),
    ),
    "name.san-allowlist": (
        row("names that match", leaf(*MATCHING), patterns=PATTERNS),
        *(row(text, leaf(name), problem(f"{text} matches no pattern", key=text), patterns=PATTERNS) for text, name in NOT_MATCHING.items()),
        row("an address of three octets", raw("300587030a0001"), problem("IP:0a0001 matches no pattern", key="IP:0a0001"), patterns=("IP:10.0.0.0/8",)),
        *(
            row(f"{text!r} by {pattern!r}", dns(text), *([] if is_match else [problem(f"DNS:{text} matches no pattern", key=f"DNS:{text}")]), patterns=(f"DNS:{pattern}",))
            for pattern, text, is_match in [
                ("a*a", "a", False), ("a*a", "aa", True), ("*", "", True), ("a*b*c", "a-b-c", True), ("a*b*c", "a-c", False), ("a*bc*c", "abc", False),
                ("", "", True), ("", "a", False), ("*a*", "ab", True), ("*a*", "bab", True), ("a?", "ab", False),
            ]
        ),
        row("no pattern", leaf("a.example"), na("the policy lists no pattern")),
        row("no name", cert(), NO_SAN, patterns=PATTERNS),
    ),
    "name.san-count": (
        row("100 names", leaf(*(f"h{n}.example" for n in range(100)))),
        row("101 names", leaf(*(f"h{n}.example" for n in range(101))), "101 names, at most 100 allowed"),
        row("none", cert(), NO_SAN),
        row("unreadable", BROKEN, UNREADABLE),
    ),
    "name.single-label": (
        *(row(name, dns(name)) for name in ("a.example", "*.a.example", "192.0.2.1", "*", "a b", "", "intranet.")),
        *(row(name, dns("a.example", name), keyed(name, "has a single label")) for name in ("intranet", "*.com", "com", "localhost")),
        row("an address", leaf("2a00::1"), NO_DNS_NAME),
    ),
    "name.duplicate": (
        row("each once", leaf("a.example", "b.example", "*.a.example")),
        row("names of any case", leaf("a.example", "A.example", DNS("a.example"), "2a00::1", "2a00::1"), keyed("DNS:a.example", "is present 3 times"), keyed("IP:2a00::1", "is present 2 times")),
        row("none", cert(), NO_SAN),
    ),
    "name.onion": (
        *(row(name, leaf("a.example", name)) for name in (f"{onion()}.onion", f"www.{onion()}.onion", f"*.{onion().upper()}.ONION")),
        row("version 2", leaf("t3y3qp7zoduvisdl.onion"), keyed("t3y3qp7zoduvisdl.onion", "has an address of 16 characters, 56 required")),
        row("55 characters", leaf(f"{onion()[1:]}.onion"), keyed(f"{onion()[1:]}.onion", "has an address of 55 characters, 56 required")),
        row("57 characters", leaf(f"a{onion()}.onion"), keyed(f"a{onion()}.onion", "has an address of 57 characters, 56 required")),
        row("no address", leaf("onion"), keyed("onion", "has no address before onion")),
        row("not base 32", leaf(f"{'1' * 56}.onion"), keyed(f"{'1' * 56}.onion", "has an address that is not in base 32")),
        row("version 4", leaf(f"{onion(version=4)}.onion"), keyed(f"{onion(version=4)}.onion", "has an address of version 4, 3 required")),
        row("a wrong checksum", leaf(f"{onion(checksum=b'xx')}.onion"), keyed(f"{onion(checksum=b'xx')}.onion", "has an address with a wrong checksum")),
        row("elsewhere", leaf("onion.example", "myonion"), na("no name below onion")),
    ),
    "name.idn-normalized": (
        *(row(name, leaf(name)) for name in ("xn--cole-9oa.example", "XN--cole-9oa.example", "a.xn--p1ai", "xn--!-.example")),
        row("an accent of its own", leaf("xn--ecole-6ed.example"), keyed("xn--ecole-6ed.example", "is not in normalization form C")),
        row("ASCII", leaf("a.example"), na("no internationalized name")),
    ),
    "name.san-form": (
        *(row(text, leaf(mail(text))) for text in ("a@b.example", "a+b@b")),
        *(row(text, leaf(URI(text))) for text in URIS),
        row("a DNS name, which another rule judges", leaf("a..example")),
        *(
            row(text, leaf(name), crooked(name, text))
            for text, name in {
                "email:nobody has no @": mail("nobody"), "email:a b@c.example has no valid mailbox before the @": mail("a b@c.example"),
                "email:a@ has no valid domain after the @": mail("a@"), "email:a@b c has no valid domain after the @": mail("a@b c"),
                "URI:https:///b has no host": URI("https:///b"), "URI:https://-a.example/ has an invalid host": URI("https://-a.example/"),
            }.items()
        ),
        row("none", cert(), NO_SAN),
    ),
    "name.issuer-alt-name": (
        *(row(str(name.value), listed(name)) for name in (DNS("ca.example"), mail("ca@ca.example"), URI("http://ca.example"))),
        row("an empty host", listed(DNS("")), problem("DNS: is empty", key="DNS:")),
        row("no mailbox", listed(mail("ca")), problem("email:ca has no @", key="email:ca")),
        row("no scheme", listed(URI("ca.example")), problem("URI:ca.example is invalid: it has no scheme", key="URI:ca.example")),
        row("none", cert(), na("no issuerAltName")),
    ),
    "name.wildcard-public-suffix": tuple(suffix_rows()),
    "name.internal-name": (
        *(row(name or "nothing", dns(name, "www.example.com"), *([internal(name)] if is_internal else [])) for name, is_internal in INTERNAL.items()),
        row("a domain that the policy accepts", leaf("a.example", "A.EXAMPLE"), also=("example",)),
        row("another one", leaf("a.example", "b.test"), internal("b.test"), also=("example",)),
        row("21 of them", leaf(*(f"{n}.corp" for n in range(21))), *(internal(f"{n}.corp") for n in range(20)), problem("1 further problems of this kind", key="further")),
        *(row(what, made, NO_DNS_NAME) for what, made in {"an address": leaf("10.0.0.1"), "an address as a name": dns("10.0.0.1"), "none": cert()}.items()),
    ),
}  # fmt: skip
