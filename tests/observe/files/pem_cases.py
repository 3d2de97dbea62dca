"""Ways to write a chain in PEM: what nginx, haproxy and OpenSSL make of each, and what certgate does.

Found out with OpenSSL 3.0 and 4.0, nginx 1.22 and haproxy 2.6; `tests/real/test_pem.py` holds the table against them.
"""

from base64 import b64encode
from dataclasses import dataclass

from certgate.lab.pki import issue, pem

ROOT = issue("Root", ca=True)
CA = issue("CA", ca=True, issuer=ROOT)
LEAF = issue("", issuer=CA, sans=["a.example"])

ONE, OTHER = pem(LEAF), pem(CA)
BEGIN, *BODY, END = ONE.splitlines(keepends=True)
ENCODED = b"".join(BODY).replace(b"\n", b"")


@dataclass(frozen=True)
class Case:
    text: bytes
    servers: bool
    """Whether servers accept the file."""
    ours: int | str
    """The certificates that certgate reads in it, or how its message goes on behind `line `."""


def block(*body):
    return b"".join([BEGIN, *body, END])


def wide(width):
    return [ENCODED[start : start + width] + b"\n" for start in range(0, len(ENCODED), width)]


def every_line(change):
    return b"".join(change(line) for line in ONE.splitlines(keepends=True))


def other_block(body):
    return b"-----BEGIN FOO-----\n" + body + b"-----END FOO-----\n" + ONE


def damaged(first, *last):
    """The second certificate with another first (and last) line."""
    return ONE + b"".join([first, *OTHER_LINES[1:-1], *(last or OTHER_LINES[-1:])])


BLANK = (
    "{}: the CERTIFICATE block has a blank line (line {}), so nginx, haproxy and OpenSSL refuse it: remove that line"
)
NARROW = "1: below a blank line, nginx, haproxy and OpenSSL read only lines of 64 characters: remove the blank line 2"
NOT_BASE64 = "{}: the {} block is damaged: line {} is not base64; write the file again"
CHARACTERS = "1: the CERTIFICATE block is damaged: its base64 lacks characters, or has = in the middle; "
MISSPELT = "{}: a PEM boundary is misspelt or not alone on its line: write it "
HEADERS = (
    "1: the CERTIFICATE block begins with header lines, which nginx, haproxy and OpenSSL refuse: remove lines 2 to 3"
)
NO_END = "{}: the {} block is truncated: it has no END line; write the file again"
LABELS = "{}: some servers read {} CERTIFICATE blocks and others skip them; write it as CERTIFICATE"

LAST = len(BODY) + 2
NEXT = LAST + 1
OTHER_LINES = OTHER.splitlines(keepends=True)
EN = b"\xe2\x80\x93"

CASES = {
    # what all read
    "as it should be": Case(ONE, True, 1),
    "two certificates": Case(ONE + OTHER, True, 2),
    "no last line end": Case(ONE[:-1], True, 1),
    "CRLF": Case(ONE.replace(b"\n", b"\r\n"), True, 1),
    "CRLF in part": Case(BEGIN + b"".join([*BODY, END]).replace(b"\n", b"\r\n"), True, 1),
    "CR CR LF": Case(ONE.replace(b"\n", b"\r\r\n"), True, 1),
    "blanks at line ends": Case(every_line(lambda line: line[:-1] + b" \t\n"), True, 1),
    "blanks at the ends of the boundaries": Case(BEGIN[:-1] + b" \n" + b"".join(BODY) + END[:-1] + b"  \n", True, 1),
    "blanks before lines of the body": Case(block(*(b"  " + line for line in BODY)), True, 1),
    "a blank and a tab in lines": Case(
        block(BODY[0][:9] + b" " + BODY[0][9:], BODY[1][:9] + b"\t" + BODY[1][9:], *BODY[2:]), True, 1
    ),
    "lines of 3": Case(block(*wide(3)), True, 1),
    "lines of 76": Case(block(*wide(76)), True, 1),
    "one line": Case(block(*wide(10_000)), True, 1),
    "uneven lines": Case(block(BODY[0][:20] + b"\n", BODY[0][20:], *BODY[1:]), True, 1),
    "a blank line below BEGIN": Case(block(b"\n", *BODY), True, 1),
    "blanks below BEGIN": Case(block(b"  \n", *BODY), True, 1),
    "text around": Case(
        b"subject=x\n\n  note: x\n----- my chain -----\n" + ONE + b"the end\n" + OTHER + b"x\n", True, 2
    ),
    "text in Latin-1": Case(b"Soci\xe9t\xe9 \x97\x00 x\n" + ONE, True, 1),
    "commented out": Case(b"#-----BEGIN CERTIFICATE-----\n# AAAA\n# -----END CERTIFICATE-----\n" + ONE, True, 1),
    "a key before": Case(LEAF.key_pem + ONE, True, 1),
    # what all refuse
    "a blank line amid": Case(block(*BODY[:2], b"\n", *BODY[2:]), False, BLANK.format(1, 4)),
    "blanks amid": Case(block(*BODY[:2], b" \t\n", *BODY[2:]), False, BLANK.format(1, 4)),
    "CR LF amid": Case(block(*BODY[:2], b"\r\n", *BODY[2:]), False, BLANK.format(1, 4)),
    "a blank line before END": Case(block(*BODY, b"\n"), False, BLANK.format(1, LAST)),
    "two blank lines below BEGIN": Case(block(b"\n", b"\n", *BODY), False, BLANK.format(1, 3)),
    "blank lines below BEGIN and before END": Case(block(b"\n", *BODY, b"\n"), False, BLANK.format(1, LAST + 1)),
    "a blank line between all": Case(every_line(lambda line: line + b"\n"), False, BLANK.format(1, 4)),
    "a blank line in the second": Case(
        ONE + b"".join([*OTHER_LINES[:3], b"\n", *OTHER_LINES[3:]]), False, BLANK.format(NEXT, NEXT + 3)
    ),
    "a blank line below BEGIN, lines of 76": Case(block(b"\n", *wide(76)), False, NARROW),
    "a blank line below BEGIN, lines of 48": Case(block(b"\n", *wide(48)), False, NARROW),
    "a blank line below BEGIN, one line": Case(block(b"\n", *wide(10_000)), False, NARROW),
    "a header": Case(block(b"Comment: x\n", b"\n", *BODY), False, HEADERS),
    "a header of privacy enhanced mail": Case(block(b"Proc-Type: 4,MIC-CLEAR\n", b"\n", *BODY), False, HEADERS),
    "a header without a blank line": Case(block(b"Comment: x\n", *BODY), False, NOT_BASE64.format(1, "CERTIFICATE", 2)),
    "a comment amid": Case(block(BODY[0], b"# x\n", *BODY[1:]), False, NOT_BASE64.format(1, "CERTIFICATE", 3)),
    "a form feed": Case(block(b"\f" + BODY[0], *BODY[1:]), False, NOT_BASE64.format(1, "CERTIFICATE", 2)),
    "no padding": Case(block(*wide(64)[:-1], b"AA\n"), False, CHARACTERS),
    "padding amid": Case(block(b"AA==\n", *BODY), False, CHARACTERS),
    "the URL's base64": Case(block(b"-_-_\n", *BODY), False, NOT_BASE64.format(1, "CERTIFICATE", 2)),
    "nothing inside": Case(BEGIN + END, False, "1: the CERTIFICATE block is empty; write the file again"),
    "lines missing": Case(
        block(*BODY[:2]),
        False,
        "1: the CERTIFICATE block is truncated: the end of its contents is missing; write the file again",
    ),
    "no END": Case(ONE + b"".join([BEGIN, *BODY]), False, NO_END.format(NEXT, "CERTIFICATE")),
    "BEGIN twice": Case(BEGIN + ONE, False, NO_END.format(1, "CERTIFICATE")),
    "END of another": Case(
        b"".join([BEGIN, *BODY, b"-----END X509 CRL-----\n"]),
        False,
        f"{LAST}: END X509 CRL closes the CERTIFICATE block of line 1; write the file again",
    ),
    "two blocks on a line": Case(ONE[:-1] + OTHER, False, MISSPELT.format(LAST)),
    "END not alone": Case(ONE[:-1] + b" x\n", False, MISSPELT.format(LAST)),
    "END indented": Case(b"".join([BEGIN, *BODY, b" " + END]), False, MISSPELT.format(LAST)),
    "END with 4 dashes": Case(b"".join([BEGIN, *BODY, END[1:]]), False, MISSPELT.format(LAST)),
    "END with 4 dashes behind": Case(ONE[:-2] + b"\n", False, MISSPELT.format(LAST)),
    "END with 6 dashes": Case(b"".join([BEGIN, *BODY, b"-" + END]), False, MISSPELT.format(LAST)),
    "CR": Case(ONE.replace(b"\n", b"\r"), False, MISSPELT.format(1)),
    "another block that is empty": Case(other_block(b""), False, "1: the FOO block is empty; "),
    "another block that is no base64": Case(other_block(b"$\n"), False, NOT_BASE64.format(1, "FOO", 2)),
    "another block without END": Case(b"-----BEGIN FOO-----\nAAAA\n" + ONE, False, NO_END.format(1, "FOO")),
    # what servers do not see: a file with nothing else holds no certificate for them
    "indented": Case(every_line(lambda line: b"  " + line), False, MISSPELT.format(1)),
    "small letters": Case(ONE.replace(b"BEGIN CERT", b"begin cert"), False, MISSPELT.format(1)),
    "text before BEGIN": Case(b"x " + ONE, False, MISSPELT.format(1)),
    "text behind BEGIN": Case(BEGIN[:-1] + b" x\n" + ONE[len(BEGIN) :], False, MISSPELT.format(1)),
    # what servers skip without a word, so that a certificate is left out: refused
    "second with 4 dashes": Case(damaged(b"----BEGIN CERTIFICATE-----\n"), True, MISSPELT.format(NEXT)),
    "second with 4 dashes behind": Case(damaged(b"-----BEGIN CERTIFICATE----\n"), True, MISSPELT.format(NEXT)),
    "second with 6 dashes": Case(damaged(b"------BEGIN CERTIFICATE-----\n"), True, MISSPELT.format(NEXT)),
    "second without dashes": Case(damaged(b"BEGIN CERTIFICATE-----\n"), True, MISSPELT.format(NEXT)),
    "second with en dashes": Case(
        damaged(EN * 5 + b"BEGIN CERTIFICATE" + EN * 5 + b"\n", EN * 5 + b"END CERTIFICATE" + EN * 5 + b"\n"),
        True,
        MISSPELT.format(NEXT),
    ),
    "second with dashes of Windows": Case(
        damaged(b"\x97BEGIN CERTIFICATE\x97\n", b"\x97END CERTIFICATE\x97\n"), True, MISSPELT.format(NEXT)
    ),
    "second indented": Case(
        damaged(b"\t-----BEGIN CERTIFICATE-----\n", b"\t-----END CERTIFICATE-----\n"), True, MISSPELT.format(NEXT)
    ),
    "second quoted": Case(
        damaged(b"> -----BEGIN CERTIFICATE-----\n", b"> -----END CERTIFICATE-----\n"), True, MISSPELT.format(NEXT)
    ),
    "second without a space": Case(
        damaged(b"-----BEGINCERTIFICATE-----\n", b"-----ENDCERTIFICATE-----\n"), True, MISSPELT.format(NEXT)
    ),
    "second with blanks": Case(
        damaged(b"-----BEGIN CERTIFICATE -----\n", b"-----END CERTIFICATE -----\n"), True, MISSPELT.format(NEXT)
    ),
    "second with X509CERTIFICATE": Case(
        damaged(b"-----BEGIN X509CERTIFICATE-----\n", b"-----END X509CERTIFICATE-----\n"), True, MISSPELT.format(NEXT)
    ),
    "second in small letters": Case(
        damaged(b"-----begin certificate-----\n", b"-----end certificate-----\n"), True, MISSPELT.format(NEXT)
    ),
    "second on one line of JSON": Case(ONE + b'"' + OTHER.replace(b"\n", b"\\n") + b'"\n', True, MISSPELT.format(NEXT)),
    "a key indented": Case(
        ONE + b"".join(b" " + line for line in LEAF.key_pem.splitlines(keepends=True)), True, MISSPELT.format(NEXT)
    ),
    "second without BEGIN": Case(
        damaged(b""), True, f"{NEXT + len(OTHER_LINES) - 2}: END CERTIFICATE has no matching BEGIN"
    ),
    # what some servers read and others do not
    "byte order mark": Case(b"\xef\xbb\xbf" + ONE, True, "1: a byte order mark stands before BEGIN: save the file"),
    "a null byte": Case(block(BODY[0][:-1] + b"\0\n", *BODY[1:]), True, NOT_BASE64.format(1, "CERTIFICATE", 2)),
    "a hard blank": Case(block(BODY[0][:-1] + b"\xa0\n", *BODY[1:]), True, NOT_BASE64.format(1, "CERTIFICATE", 2)),
    "X509 CERTIFICATE": Case(ONE.replace(b" CERT", b" X509 CERT"), True, LABELS.format(1, "X509")),
    "TRUSTED CERTIFICATE": Case(ONE.replace(b" CERT", b" TRUSTED CERT"), True, LABELS.format(1, "TRUSTED")),
    "second of another label": Case(
        ONE + OTHER.replace(b" CERT", b" TRUSTED CERT"), True, LABELS.format(NEXT, "TRUSTED")
    ),
    "what is trusted for, behind the certificate": Case(
        b"-----BEGIN TRUSTED CERTIFICATE-----\n"
        + b64encode(LEAF.der + b"\x30\0")
        + b"\n-----END TRUSTED CERTIFICATE-----\n",
        True,
        LABELS.format(1, "TRUSTED"),
    ),
}
