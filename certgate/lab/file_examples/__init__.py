"""All file examples, one module for each kind of file."""

from collections.abc import Iterable, Mapping, Sequence

from certgate.lab.file_example import FileExample
from certgate.lab.file_examples import authorities, client_files, crls, keys_and_requests, ocsp_responses
from certgate.model.errors import UsageError
from certgate.policy.mistakes import nearest

__all__ = ["all_examples", "chosen"]


def all_examples() -> Mapping[str, FileExample]:
    """Every file example by its name."""
    kinds = (crls, ocsp_responses, authorities, client_files, keys_and_requests)
    return {example.name: example for kind in kinds for example in kind.EXAMPLES}


def chosen(names: Iterable[str] | None) -> Sequence[FileExample]:
    """The examples with these names, each once; without names, all. Raises UsageError."""
    known = all_examples()
    for word in names or ():
        if word not in known:
            advice = nearest(word, known) or "; `certgate lab list` names them"
            raise UsageError(f'there is no file example "{word}"{advice}')
    return [known[name] for name in dict.fromkeys(names or known)]
