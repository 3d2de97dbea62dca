"""Rules with rows on one side alone, each with the reason and the side that is missing."""

_WRITTEN = (
    "it has no check: judge/ gives it for what a team has written down, and tests/judge/test_exceptions_*.py test it"
)

ONE_SIDED: dict[str, tuple[str, set[str]]] = {
    **dict.fromkeys(
        ["baseline.expiring", "baseline.gone", "waiver.expired", "waiver.expiring", "waiver.unused"],
        (_WRITTEN, {"passes", "fails"}),
    ),
    "client.public-ca": (
        "a certificate of a public CA is a warning at least, and the rule is not for others",
        {"passes"},
    ),
    "mtls.ca-names": ("names of accepted CAs are told, and none are a warning", {"passes"}),
    "target.observed": ("a target that cannot be observed is a missing answer, not a failure", {"fails"}),
    "tls.certificates": ("a server that was not asked is a missing answer, not a failure", {"fails"}),
}
