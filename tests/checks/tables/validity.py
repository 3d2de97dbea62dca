"""Dates and lifetimes, each limit from both sides to the second."""

from datetime import UTC, datetime, timedelta

from certgate.lab.pki import CLOCK, issue
from certgate.model.target import Role
from tests.checks.tables.logged import A1, START, logged
from tests.checks.tables.row import Table, cert, na, problem, reworked, row, sequence, warning

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
NOW = timedelta(0)


def lasting(lifetime, *, left=None):
    """A certificate of this lifetime, both ends included; of it, `left` remains at the lab's clock."""
    end = CLOCK + (left if left is not None else lifetime / 2)
    return cert(not_before=end - lifetime + SECOND, not_after=end)


def on(year, month, day):
    return datetime(year, month, day, tzinfo=UTC)


def root(days):
    return cert("Root", ca=True, days=days)


def expired(words, left, **more):
    end = CLOCK + left
    shown = f"{end:%Y-%m-%d %H:%M:%S} UTC" if words == "just now" else f"{end:%Y-%m-%d}"
    return problem(f"expired {words} ({shown})", evidence={"not_after": end.isoformat()}, **more)


def future(words, start, **more):
    return problem(f"is not valid until {words}", evidence={"not_before": (CLOCK + start).isoformat()}, **more)


def short(left, whole, least, *, at, severe=False):
    message = f"{left} of {whole} left, at least {least} required"
    return (problem if severe else warning)(message, evidence={"not_after": (CLOCK + at).isoformat()})


def encoded(not_after):
    return reworked(validity=sequence(b"\x17\x0d260101000000Z", not_after))


def wrong(text):
    return problem(f"notAfter {text}", key="notAfter")


def upcoming(days, cap, day):
    return f"valid for {days} days, at most {cap} allowed from {day}"


NO_UTC = wrong("is not a UTCTime of the form YYMMDDHHMMSSZ")
NO_GENERALIZED = wrong("is not a GeneralizedTime of the form YYYYMMDDHHMMSSZ")
REVERSED = cert(not_before=CLOCK + SECOND, not_after=CLOCK)
INSTANT = cert(not_before=CLOCK, not_after=CLOCK)
UNCHANGED = na("no limit changes within 120 days")
NOV_15, MARCH_26 = on(2026, 11, 15), on(2026, 3, 15)
NOT_A_ROOT = na("the certificate is not a root")

TABLE: Table = {
    "validity.expired": (
        row("its last second", lasting(90 * DAY, left=NOW)),
        row("a second later", lasting(90 * DAY, left=-SECOND), expired("just now", -SECOND)),
        row("a millionth of a second later", lasting(90 * DAY, left=NOW), expired("just now", NOW), now=CLOCK + timedelta(microseconds=1)),
        row("an intermediate", cert("Sub", ca=True, issuer=issue("Root", ca=True), not_before=CLOCK - 400 * DAY, days=365), expired("35 days ago", -35 * DAY - SECOND), role=Role.ISSUER),
        row("dates in reverse", REVERSED, expired("1 day ago", NOW, cause="validity.order"), now=CLOCK + DAY),
        row("one second long", INSTANT, expired("1 day ago", NOW), now=CLOCK + DAY),
    ),
    "validity.not-yet-valid": (
        row("the skew allowed for clocks", cert(not_before=CLOCK + 300 * SECOND)),
        row("a second more", cert(not_before=CLOCK + 301 * SECOND), future("2026-06-15 12:05:01 UTC, in 5 minutes", 301 * SECOND)),
        row("no skew allowed", cert(not_before=CLOCK + SECOND), future("2026-06-15 12:00:01 UTC, in 1 second", SECOND), skew_s=0),
        row("its first second", cert(not_before=CLOCK), skew_s=0),
        row("dates in reverse", REVERSED, future("2026-06-15, in 1 day", SECOND, cause="validity.order"), now=CLOCK - DAY),
        row("one second long", INSTANT, future("2026-06-15, in 1 day", NOW), now=CLOCK - DAY),
    ),
    "validity.order": (
        row("the same second", INSTANT),
        row("a second before", REVERSED, "notAfter (2026-06-15) is before notBefore"),
    ),
    "validity.remaining": (
        row("a third of 90 days", lasting(90 * DAY, left=30 * DAY)),
        row("a second less than a third of 90 days", lasting(90 * DAY, left=30 * DAY - SECOND), short("29 days", "90 days", "30 days", at=30 * DAY - SECOND)),
        row("7 days of 90", lasting(90 * DAY, left=7 * DAY), short("7 days", "90 days", "30 days", at=7 * DAY)),
        row("a second less than 7 days of 90", lasting(90 * DAY, left=7 * DAY - SECOND), short("6 days", "90 days", "7 days", at=7 * DAY - SECOND, severe=True)),
        row("the last second", lasting(90 * DAY, left=NOW), short("0 seconds", "90 days", "7 days", at=NOW, severe=True)),
        row("a third of 6 days", lasting(6 * DAY, left=2 * DAY)),
        row("a second less than a third of 6 days", lasting(6 * DAY, left=2 * DAY - SECOND), short("1 day", "6 days", "2 days", at=2 * DAY - SECOND)),
        row("a tenth of 6 days", lasting(6 * DAY, left=6 * DAY / 10), short("14 hours", "6 days", "2 days", at=6 * DAY / 10)),
        row("a second less than a tenth of 6 days", lasting(6 * DAY, left=6 * DAY / 10 - SECOND), short("14 hours", "6 days", "14 hours", at=6 * DAY / 10 - SECOND, severe=True)),
        row("a quarter, which the policy asks for", lasting(DAY, left=6 * HOUR), short("6 hours", "1 day", "8 hours", at=6 * HOUR), error_fraction=0.25),
        row("less than that quarter", lasting(DAY, left=6 * HOUR - SECOND), short("5 hours", "1 day", "6 hours", at=6 * HOUR - SECOND, severe=True), error_fraction=0.25, role=Role.SPIFFE),
        row("expired", lasting(90 * DAY, left=-SECOND), na("the certificate has expired")),
    ),
    "validity.max-lifetime": (
        row("a client's limit", lasting(825 * DAY), role=Role.CLIENT, max_days=200, max_client_days=825),
        row("a second more than a client's limit", lasting(825 * DAY + SECOND), "valid for 826 days, at most 825 allowed", role=Role.CLIENT, max_days=200, max_client_days=825),
        row("a server, which has no client's limit", lasting(201 * DAY), "valid for 201 days, at most 200 allowed", max_days=200, max_client_days=825),
        row("398 days", lasting(398 * DAY)),
        row("398 days and a second", lasting(398 * DAY + SECOND), "valid for 399 days, at most 398 allowed"),
        row("47 days, which the policy allows", lasting(47 * DAY), max_days=47),
        row("47 days and a second", lasting(47 * DAY + SECOND), "valid for 48 days, at most 47 allowed", max_days=47),
        row("without an end", cert(not_after=on(9999, 12, 31)), problem("valid for 2912307 days, at most 398 allowed", cause="validity.no-expiry")),
    ),
    "validity.max-lifetime-should": (
        row("397 days", lasting(397 * DAY)),
        row("397 days and a second", lasting(397 * DAY + SECOND), problem("valid for 398 days, at most 397 recommended", cause="validity.max-lifetime")),
    ),
    "validity.upcoming-cap": (
        row("100 days, 120 days ahead", lasting(100 * DAY), now=NOV_15),
        row("101 days, 120 days ahead", lasting(101 * DAY), upcoming(101, 100, "2027-03-15"), now=NOV_15),
        row("101 days, a second earlier", lasting(101 * DAY), UNCHANGED, now=NOV_15 - SECOND),
        row("101 days, in the last second before", lasting(101 * DAY), upcoming(101, 100, "2027-03-15"), now=on(2027, 3, 15) - SECOND),
        row("101 days, from the day itself on", lasting(101 * DAY), UNCHANGED, now=on(2027, 3, 15)),
        row("200 days, a second before the first step", lasting(200 * DAY), now=MARCH_26 - SECOND),
        row("201 days, a second before the first step", lasting(201 * DAY), upcoming(201, 200, "2026-03-15"), now=MARCH_26 - SECOND),
        row("201 days, at the first step", lasting(201 * DAY), UNCHANGED, now=MARCH_26),
        row("47 days before the last step", lasting(47 * DAY), now=on(2029, 1, 1)),
        row("48 days before the last step", lasting(48 * DAY), upcoming(48, 47, "2029-03-15"), now=on(2029, 1, 1)),
        row("90 days, looking far ahead", lasting(90 * DAY), upcoming(90, 47, "2029-03-15"), lookahead_days=2000),
    ),
    "validity.root-lifetime": (
        row("8 years", root(2922)),
        row("a day less than 8 years", root(2921), "valid for 2921 days, at least 2922 required"),
        row("25 years", root(9132)),
        row("25 years and a day", root(9133), "valid for 9133 days, at most 9132 allowed"),
        row("an intermediate", cert("Sub", ca=True, issuer=issue("Root", ca=True)), NOT_A_ROOT),
    ),
    "validity.time-encoding": (
        row("around 2050", cert(not_before=on(2049, 12, 31), days=2)),
        row("UTCTime for the last second of 2049", encoded(b"\x17\x0d491231235959Z")),
        row("GeneralizedTime for the last second of 2049", encoded(b"\x18\x0f20491231235959Z"), wrong("is a GeneralizedTime for the year 2049, UTCTime required before 2050")),
        row("GeneralizedTime for the first second of 2050", encoded(b"\x18\x0f20500101000000Z")),
        row("without seconds", encoded(b"\x17\x0b2606150000Z"), NO_UTC),
        row("with a fraction", encoded(b"\x18\x1120500101000000.5Z"), NO_GENERALIZED),
        row("GeneralizedTime without seconds", encoded(b"\x18\x0d205001010000Z"), NO_GENERALIZED),
        row("with an offset", encoded(b"\x17\x11260615000000+0100"), NO_UTC),
        row("NULL", encoded(b"\x05\x00"), wrong("has the tag 0x5, neither UTCTime nor GeneralizedTime")),
    ),
    "validity.no-expiry": (
        row("the year 9998", cert(not_after=on(9998, 12, 31))),
        row("the year 9999", cert(not_after=on(9999, 1, 1)), "no expiry date: notAfter is in the year 9999"),
    ),
    "validity.backdated": (
        row("logged 48 hours later", logged(A1, at=START + 48 * HOUR)),
        row("logged a second later than that", logged(A1, at=START + 48 * HOUR + SECOND), "notBefore is 48.0 hours before the newest SCT (2026-05-18 12:00:01 UTC), at most 48 allowed"),
        row("logged before it begins", logged(A1, at=START - 3 * DAY)),
        row("not logged", cert(), na("the certificate has no SCTs")),
    ),
}  # fmt: skip
