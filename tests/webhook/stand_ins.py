"""Judges of the processes of a pool, in a module that these import in no time."""

import os
import time

from certgate.model.errors import CertgateError
from certgate.webhook.judgement import Judgement


class Naps:
    """A judge whose judgement takes as long as the object says."""

    def judge(self, admitted):
        time.sleep(admitted.raw.get("nap", 0))
        return Judgement(policy=f"of {os.getpid()}")


class Refuses:
    """A judge that cannot be made in another process."""

    def __reduce__(self):
        return _refused, ()


def _refused():
    raise CertgateError("no policy here")
