"""The process that compiles and evaluates CEL expressions, within limits of time and memory.

Reads a JSON request a line, answers a JSON object a line: {"value": …}, {"error": text}, or {"problem": text} for an
expression that does not compile. What takes too long or too much ends the process.
"""

import faulthandler
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from certgate.custom.facts_schema import STRUCTS, VARIABLES

__all__ = ["MAX_MEMORY", "SECONDS", "main"]

SECONDS = 1.0
"""Time limit of one compilation or one evaluation."""
MAX_MEMORY = 1024 * 1024 * 1024
"""Bytes of address space, if the system can limit it."""
_START_SECONDS = 30.0
_PACKAGE = "certgate"
_SCALARS = {"string": 9, "int": 3, "bool": 8}
"""Numbers of types in a descriptor (google.protobuf.FieldDescriptorProto.Type)."""
_MESSAGE, _ONE, _MANY = 11, 1, 3


def _descriptors() -> Any:
    """The view's structs for the compiler's type checker."""
    from google.protobuf import timestamp_pb2  # noqa: F401 (declares the type of times)
    from google.protobuf.descriptor_pb2 import FileDescriptorProto
    from google.protobuf.descriptor_pool import Default

    file = FileDescriptorProto(name="certgate/view.proto", package=_PACKAGE, syntax="proto3")
    file.dependency.append("google/protobuf/timestamp.proto")
    for struct, facts in STRUCTS.items():
        message = file.message_type.add(name=struct)
        for number, (name, fact) in enumerate(facts.items(), 1):
            label, kind = (_MANY, fact.type[5:-1]) if fact.type.startswith("list(") else (_ONE, fact.type)
            member = message.field.add(name=name, number=number, label=label)
            if kind in _SCALARS:
                member.type = _SCALARS[kind]
            elif kind == "map(string)":
                entry = message.nested_type.add(name=f"{name.capitalize()}Entry")
                entry.options.map_entry = True
                for part, key in enumerate(("key", "value"), 1):
                    entry.field.add(name=key, number=part, label=_ONE, type=_SCALARS["string"])
                member.label, member.type = _MANY, _MESSAGE
                member.type_name = f".{_PACKAGE}.{struct}.{entry.name}"
            else:
                member.type = _MESSAGE
                member.type_name = ".google.protobuf.Timestamp" if kind == "timestamp" else f".{_PACKAGE}.{kind}"
    pool = Default()
    pool.AddSerializedFile(file.SerializeToString())
    return pool


class _Evaluator:
    """Checks expressions against the view's types, and evaluates them on plain data, where facts may be missing."""

    def __init__(self) -> None:
        from cel_expr_python import cel

        def declared(kind: str) -> Any:
            if kind.startswith("list("):
                return cel.Type.List(declared(kind[5:-1]))
            return getattr(cel.Type, kind.upper(), None) or cel.Type(f"{_PACKAGE}.{kind}")

        types = {name: declared(fact.type) for name, fact in VARIABLES.items()}
        self._bool = cel.Type.BOOL
        self._dyn = cel.Type.DYN
        self._typed = cel.NewEnv(_descriptors(), variables=types)
        self._open = cel.NewEnv(variables=dict.fromkeys(VARIABLES, cel.Type.DYN))
        self._compiled = lru_cache(maxsize=256)(self._open.compile)

    def compile(self, expression: str) -> Mapping[str, Any]:
        try:
            kind = self._typed.compile(expression).return_type()
            self._compiled(expression)
        except RuntimeError as error:
            return {"problem": str(error)}
        if kind not in (self._bool, self._dyn):
            return {"problem": f"1:1: is {str(kind).lower()}, where true or false is expected"}
        return {"value": True}

    def evaluate(self, expression: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        data = {name: _value(value, VARIABLES[name].type) for name, value in facts.items()}
        try:
            result = self._compiled(expression).eval(data=data)
        except RuntimeError as error:
            return {"error": str(error)}
        if result.type() == self._bool:
            return {"value": result.value()}
        if str(result.type()) == "ERROR":
            return {"error": str(result.value())}
        return {"error": f"the expression is {str(result.type()).lower()}, where true or false is expected"}


def _value(value: Any, kind: str) -> Any:
    """Convert a JSON value for the library, which represents times as protobuf messages."""
    if kind == "timestamp":
        from google.protobuf.timestamp_pb2 import Timestamp

        moment = Timestamp()
        moment.FromJsonString(value)
        return moment
    if kind.startswith("list("):
        return [_value(item, kind[5:-1]) for item in value]
    if kind in STRUCTS:
        return {name: _value(member, STRUCTS[kind][name].type) for name, member in value.items()}
    return value


def main() -> None:
    """Answer the requests on standard input until it ends."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    with Path(os.devnull).open("w") as nowhere:
        faulthandler.dump_traceback_later(_START_SECONDS, exit=True, file=nowhere)
        try:
            evaluator = _Evaluator()
        except ImportError as error:
            _say({"missing": str(error)})
            return
        faulthandler.cancel_dump_traceback_later()
        _say({"value": True})
        for line in sys.stdin.buffer:
            request = json.loads(line)
            faulthandler.dump_traceback_later(SECONDS, exit=True, file=nowhere)
            if "facts" in request:
                answer = evaluator.evaluate(request["expression"], request["facts"])
            else:
                answer = evaluator.compile(request["expression"])
            faulthandler.cancel_dump_traceback_later()
            _say(answer)


def _say(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
