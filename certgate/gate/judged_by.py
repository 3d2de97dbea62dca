"""Everything by which a run judges, as its journal keeps it, and a later run uses it."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from certgate.checks.framework.needs import Setting
from certgate.gate.run_spec import RunSpec
from certgate.model.errors import UsageError
from certgate.observe.journal.journal_form import JudgedBy, KeptPolicy, KeptStore
from certgate.policy.packs import load_policy, shipped_packs

__all__ = ["judged_by", "refuse_other", "with_kept"]

_SHIPPED = ("mozilla",)


def judged_by(spec: RunSpec) -> JudgedBy:
    """What a planned run judges by."""
    return JudgedBy(
        fail_on=spec.fail_on,
        at=spec.at,
        select=spec.select,
        ignore=spec.ignore,
        matrix=spec.matrix,
        resolve=spec.resolve,
        denied_keys=spec.settings.get(Setting.DENIED_KEYS, ()),
        ct_logs=spec.settings.get(Setting.CT_LOGS, ""),
        policies={name: _kept(texts) for name, texts in spec.policies.items()},
        stores={
            words: KeptStore(store.sha256, None if words == _SHIPPED else store) for words, store in spec.stores.items()
        },
        expected=spec.expected,
    )


def with_kept(spec: RunSpec, kept: JudgedBy) -> RunSpec:
    """The description of a run that judges by what a journal keeps, wherever it has no words of its own."""
    lists = {Setting.DENIED_KEYS: kept.denied_keys, Setting.CT_LOGS: kept.ct_logs}
    return replace(
        spec,
        at=spec.at or kept.at,
        select=spec.select or kept.select,
        ignore=spec.ignore or kept.ignore,
        matrix=spec.matrix or kept.matrix,
        resolve=kept.resolve,
        settings={name: value for name, value in lists.items() if value} | dict(spec.settings),
        policies={
            name: {Path(path): text for path, text in policy.texts.items()} for name, policy in kept.policies.items()
        },
        stores={words: store.content for words, store in kept.stores.items() if store.content},
        expected=kept.expected,
    )


def refuse_other(spec: RunSpec, kept: JudgedBy) -> None:
    """Raise UsageError if a policy or a store that comes with certgate is not the one of the journal."""
    for name, texts in spec.policies.items():
        if name in kept.policies and _kept(_as_of(kept, name, texts, spec)).sha256 != kept.policies[name].sha256:
            raise UsageError(f"the policy {name} is another one here; judge by it with --policy {name}")
    for words, store in spec.stores.items():
        if words in kept.stores and store.sha256 != kept.stores[words].sha256:
            advice = " ".join(f"--trust {word}" for word in words)
            raise UsageError(f"the trust store {' + '.join(words)} is another one here; judge by it with {advice}")


def _as_of(kept: JudgedBy, name: str, texts: Mapping[Path, str], spec: RunSpec) -> Mapping[Path, str]:
    """The texts of a policy at the time by which the journal's run judged: a name may stand for another edition."""
    if spec.at == kept.at:
        return texts
    then = _own(texts)
    load_policy(name, texts=then, at=kept.at)
    return then


def _kept(texts: Mapping[Path, str]) -> KeptPolicy:
    digests = "".join(sorted(sha256(text.encode()).hexdigest() for text in texts.values()))
    own = {str(path): text for path, text in _own(texts).items()}
    return KeptPolicy(sha256(digests.encode()).hexdigest(), own)


def _own(texts: Mapping[Path, str]) -> dict[Path, str]:
    """The texts of files that do not come with certgate."""
    shipped = frozenset(shipped_packs().values())
    return {path: text for path, text in texts.items() if path not in shipped}
