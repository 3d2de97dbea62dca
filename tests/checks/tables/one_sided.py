"""Rules with rows on one side alone, each with the reason and the side that is missing."""

ONE_SIDED: dict[str, tuple[str, set[str]]] = {
    "client.public-ca": (
        "a certificate of a public CA is a warning at least, and the rule is not for others",
        {"passes"},
    ),
}
