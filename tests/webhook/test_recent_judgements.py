"""Equal objects are judged once within the minute."""

import asyncio
import json

from certgate.model.kubernetes_facts import NamedSecret
from certgate.sources.admitted import AdmittedObject
from certgate.webhook.judgement import COMPLIANT, unjudged
from certgate.webhook.recent_judgements import RecentJudgements
from tests.webhook.conftest import LEAF, OTHER, ingress, secret


class Known:
    """`known(object)`: whether it was judged before."""

    def __init__(self, **options):
        self.time = 0.0
        self.result = COMPLIANT
        self.recent = RecentJudgements(now=lambda: self.time, **options)
        self.made = 0

    def __call__(self, one, **secrets):
        async def go():
            return self.recent.get(AdmittedObject(raw=one, secrets=secrets), self._make)[1]

        return asyncio.run(go())

    def _make(self):
        self.made += 1
        coming = asyncio.get_running_loop().create_future()
        if self.result:
            coming.set_result(self.result)
        return coming


def with_metadata(one, **more):
    return json.loads(json.dumps(one)) | {"metadata": {**one["metadata"], **more}}


def test_what_the_judgement_depends_on_makes_another_object():
    known = Known()

    assert not known(secret())
    assert known(secret())
    assert known(with_metadata(secret(), uid="u", resourceVersion="9", managedFields=[{}]))
    assert not known(secret(key=OTHER.key_pem))
    assert not known(secret(name="other"))
    assert not known(with_metadata(secret(), labels={"a": "b"}))
    assert not known(with_metadata(secret(), annotations={"a": "b"}))
    assert not known(ingress("a.example"), s=NamedSecret(name="shop/web", chain=(LEAF.der,)))
    assert not known(ingress("a.example"), s=NamedSecret(name="shop/web", chain=(OTHER.der,)))
    assert known(ingress("a.example"), s=NamedSecret(name="shop/web", chain=(OTHER.der,)))


def test_in_the_next_minute_it_is_judged_again():
    known = Known()
    known(secret())
    known.time = 59.9
    assert known(secret())
    known.time = 60.0
    assert not known(secret())


def test_what_was_not_judged_is_tried_again_and_what_is_under_way_is_not():
    known = Known()
    known.result = unjudged("why")
    assert [known(secret()), known(secret())] == [False, False]
    known.result = None
    assert [known(secret()), known(secret())] == [False, True]


def test_the_oldest_are_forgotten_and_no_object_is_kept():
    known = Known(size=2)
    for name in ("a", "b", "a", "c"):
        known(secret(name=name))

    assert (known(secret(name="a")), known(secret(name="b"))) == (True, False)
    assert not any(line in repr(vars(known.recent)) for line in LEAF.key_pem.decode().splitlines()[1:-1])
