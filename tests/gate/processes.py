"""Judging in another process, as simple as it can be."""


def judge_there(pipe):
    """A child's whole life: it is sent judges and what was observed, and sends back what they say of that."""
    judges, observed = pipe.recv()
    pipe.send([*map(judges.judge, observed)])
