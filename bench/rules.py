"""What rules cost: judging distinct leaves by all rules that need no setting, and by the first 150 of them.

In this process, without a network: both policies judge the same chains in turn, and the least of five rounds counts.
The unit is what cryptography takes to read such a leaf and verify its signature. Exits 1 if the limit is exceeded; an
argument names a file to which the figures are added.
"""

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.x509 import load_der_x509_certificate
from ratios import Ratio, held

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.demands import is_demanded
from certgate.judge.judge import Judge
from certgate.lab.chain import issue_public, make_chain, make_root
from certgate.lab.pki import CLOCK
from certgate.model.observation import HandshakeFacts, Observation, Observed
from certgate.model.target import FileSource, Target
from certgate.policy.model import Policy
from certgate.policy.packs import load_policy
from certgate.policy.target_policy import TargetPolicies
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

LEAVES = 300
ROUNDS = 5
FEW = 150
MAX_UNITS = 40.0
"""A tenth more than 150 rules took when there were no others."""
NETWORK = HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", "x25519")


def policies() -> tuple[Policy, Policy]:
    """All rules of webpki-public with those of the catalogue that need no setting; and the first 150 of them."""
    public = load_policy("webpki-public")
    held_already = {rule.id for rule in public.rules}
    others = [c.id for c in all_checks().values() if not (c.extra or is_demanded(c.id) or c.needs or c.asks)]
    more = [id for id in others if id not in held_already]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "all.yaml"
        file.write_text("extends: webpki-public\nrules:\n" + "".join(f"  - rule: {id}\n" for id in more))
        whole = load_policy(str(file))
    return whole, replace(whole, rules=whole.rules[:FEW])


def chains(first: int) -> list[Observed]:
    """Leaves that nobody has seen before, each under the same intermediate."""
    made = []
    issuer = make_chain("host", {}, ({},), "public").issuers[0]
    for number in range(first, first + LEAVES):
        name = f"host-{number}.lab.example"
        leaf = issue_public(3, timedelta())(subject=name, sans=(name,), issuer=issuer)
        target = Target(id=f"{name}:443", ordinal=number, source=FileSource(name), names=(name,))
        seen = Observation(observed_at=CLOCK, presented=(leaf.der, issuer.der), handshake=NETWORK)
        made.append(Observed(target, (seen,)))
    return made


def cost(policy: Policy, targets: Iterable[Observed], store: TrustStore) -> float:
    """The seconds of CPU that judging takes, of which the first target is not counted: it fills caches."""
    applied = TargetPolicies(policy)
    first, *others = targets
    judge = Judge(applied.of(first.target), store)
    judge.judge(first, CLOCK)
    start = time.process_time()
    for target in others:
        judge.judge(target, CLOCK)
    return time.process_time() - start


def unit(targets: Sequence[Observed]) -> float:
    """The seconds of CPU that reading the leaves and verifying their signatures takes."""
    presented = [target.observations[0].presented for target in targets]
    issuer = load_der_x509_certificate(presented[0][1])
    start = time.process_time()
    for leaf, _ in presented:
        load_der_x509_certificate(leaf).verify_directly_issued_by(issuer)
    return time.process_time() - start


def main(arguments: Sequence[str]) -> int:
    whole, few = policies()
    store = TrustStore("root", (parse_certificate(make_root("public").der),))
    by_all, by_few, units = [], [], []
    for number in range(ROUNDS):
        print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
        units.append(unit(chains(3 * number * LEAVES)) / LEAVES)
        by_few.append(cost(few, chains((3 * number + 1) * LEAVES), store) / (LEAVES - 1))
        by_all.append(cost(whole, chains((3 * number + 2) * LEAVES), store) / (LEAVES - 1))
    for policy, found in ((few, by_few), (whole, by_all)):
        each, in_units = min(found) * 1000, min(found) / min(units)
        print(f"{len(policy.rules)} rules: {each:.2f} ms of CPU for each distinct leaf, {in_units:.1f} units")
    return held([Ratio("all rules on distinct leaves, units", min(by_all) / min(units), MAX_UNITS)], arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
