"""Refuses, before anything is observed, access to policy servers that cannot be used."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from certgate.checks.framework.needs import Need
from certgate.model.server_access import PUBLIC_ACCESS, ServerAccess
from certgate.model.target import Place
from certgate.policy.mistakes import InvalidFile, Mistake
from certgate.policy.model import TargetPolicy
from certgate.system.reads import note

__all__ = ["refuse_unusable_access"]


def refuse_unusable_access(policies: Iterable[TargetPolicy]) -> None:
    """Raise InvalidFile for files and tokens that cannot be used, each with the place of its key."""
    mistakes = []
    for rule in (rule for policy in policies for rule in policy.rules if Need.DECISION in rule.check.needs):
        from certgate.custom.opa import access_of

        server = rule.check.needs[Need.DECISION]
        for entry in rule.entries:
            access = access_of(entry.keys.get(server, {}))
            mistakes += [
                Mistake(entry.places.get(f"{server}.{key}") or entry.place or Place(""), f"{rule.id}: {problem}")
                for key, problem in (_problems(access) if access != PUBLIC_ACCESS else ())
            ]
    if mistakes:
        raise InvalidFile(mistakes)


def _problems(access: ServerAccess) -> Iterator[tuple[str, str]]:
    """Each invalid key with its problem."""
    from certgate.net.access import Access, token_of

    for file in filter(None, (access.ca, access.client_certificate, access.client_key)):
        note(file)
    if access.ca and (problem := _problem(Access(authorities=access.ca).tls_context)):
        yield "ca", problem
    shown = Access(certificate=access.client_certificate, key=access.client_key)
    if access.client_certificate and (problem := _problem(shown.tls_context)):
        yield "client_certificate", problem
    if problem := _problem(partial(token_of, access)):
        yield "token_file" if access.token_file else "token_env", problem


def _problem(use: Callable[[], object]) -> str:
    from certgate.net.errors import FetchError

    try:
        use()
    except FetchError as error:
        return str(error)
    return ""
