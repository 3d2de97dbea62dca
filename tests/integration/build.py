"""Builds the programs of the integration tests from Go modules into a cache; what is there already is left alone.

`python -m tests.integration.build [PART...]`: the parts are the folders in servers/. The cache is
$CERTGATE_INTEGRATION_CACHE, else certgate-integration in the user's cache.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

SERVERS = Path(__file__).parent / "servers"
C_COMPILER = {"CGO_CFLAGS": "-O0 -g0"}
"""SQLite takes a minute with optimizations, and seconds without."""


@dataclass(frozen=True)
class Crds:
    """Custom resource definitions in a Go module. `checksum` is that of go.sum."""

    module: str
    checksum: str
    folder: str


@dataclass(frozen=True)
class Trimmed:
    """A module without the plug-ins that no test uses: these need most of the packages that it would compile."""

    module: str
    registries: str
    """The files that import and list its plug-ins, each on a line of its own."""
    kept: tuple[str, ...]
    """The packages of the plug-ins that stay."""


@dataclass(frozen=True)
class Part:
    """Programs by name, each with its package in the module servers/NAME, and what else is taken from modules."""

    name: str
    programs: dict[str, str]
    crds: tuple[Crds, ...] = ()
    set: tuple[tuple[str, str], ...] = ()
    """Variables of packages that the linker sets."""
    trimmed: Trimmed | None = None


PARTS = {
    part.name: part
    for part in (
        Part(
            "kubernetes",
            {"etcd": "go.etcd.io/etcd/server/v3", "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver"},
            crds=(
                Crds(
                    "github.com/cert-manager/cert-manager@v1.19.1",
                    "h1:Txh8L/nLWTDcb7ZnXuXbTe15BxQnLbLirXmbNk0fGgY=",
                    "deploy/crds",
                ),
                Crds(
                    "sigs.k8s.io/gateway-api@v1.4.0",
                    "h1:ZwlNM6zOHq0h3WUX2gfByPs2yAEsy/EenYJB78jpQfQ=",
                    "config/crd/standard",
                ),
            ),
            set=tuple(
                (f"k8s.io/component-base/version.{name}", value)
                for name, value in (("gitVersion", "v1.35.4"), ("gitMajor", "1"), ("gitMinor", "35"))
            ),
        ),
        # Its modules are those of Kubernetes where both need one, so that Go compiles these once.
        Part("helm", {"helm": "helm.sh/helm/v3/cmd/helm"}),
        Part(
            "spire",
            {
                "spire-server": "github.com/spiffe/spire/cmd/spire-server",
                "spire-agent": "github.com/spiffe/spire/cmd/spire-agent",
            },
            # Without those for clouds, 1,070 packages are compiled instead of 2,340.
            trimmed=Trimmed(
                "github.com/spiffe/spire", "pkg/*/catalog/*.go", ("jointoken", "memory", "uniqueid", "unix")
            ),
        ),
    )
}


def cache() -> Path:
    """The folder for everything that is built."""
    if own := os.environ.get("CERTGATE_INTEGRATION_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "certgate-integration"


def built(name: str) -> Path:
    """The folder with a part's programs and crds/, named after what they are built from. It may not exist yet."""
    part = PARTS[name]
    made_of = [(SERVERS / name / file).read_bytes() for file in ("go.mod", "go.sum")]
    digest = hashlib.sha256(b"\0".join([*made_of, repr(part).encode()])).hexdigest()
    return cache() / f"{name}-{digest[:16]}"


def build(name: str) -> Path:
    """Build a part unless it is there: whole or not at all, even if several processes build it."""
    part, folder = PARTS[name], built(name)
    if folder.exists():
        return folder
    cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache(), prefix=f".{name}-") as aside:
        whole = Path(aside) / "whole"
        whole.mkdir()
        instead = [f"-modfile={_trimmed(name, part.trimmed, Path(aside) / 'module')}"] if part.trimmed else []
        for program, package in part.programs.items():
            began = time.monotonic()
            flags = " ".join(["-s -w", *(f"-X {variable}={value}" for variable, value in part.set)])
            # Without inlining, compilers take a quarter less time.
            command = ["go", "build", *instead, "-gcflags=all=-l", f"-ldflags={flags}", "-o", str(whole / program)]
            subprocess.run([*command, package], cwd=SERVERS / name, check=True, env={**os.environ, **C_COMPILER})
            sys.stderr.write(f"{program}: built in {time.monotonic() - began:.0f} s\n")
        for crds in part.crds:
            _copy(crds, whole / "crds")
        if not folder.exists():
            whole.rename(folder)
    return folder


def _trimmed(name: str, trimmed: Trimmed, to: Path) -> Path:
    """A go.mod with a copy of the module instead of the module itself."""
    command = ["go", "mod", "download", "-json", trimmed.module]
    done = subprocess.run(command, check=True, capture_output=True, cwd=SERVERS / name)
    shutil.copytree(json.loads(done.stdout)["Dir"], to, copy_function=shutil.copyfile)
    plugin = re.compile(
        rf'\t(?:\w+ )?"{re.escape(trimmed.module)}/pkg/\w+/plugin/\w+/(\w+)"\n|\t+(\w+)\.BuiltIn\(\),\n'
    )
    for file in to.glob(trimmed.registries):
        file.write_text(
            plugin.sub(lambda line: line[0] if {*line.groups()} & {*trimmed.kept} else "", file.read_text())
        )
    for file in ("go.mod", "go.sum"):
        shutil.copyfile(SERVERS / name / file, to.with_name(file))
    with to.with_name("go.mod").open("a") as go_mod:
        go_mod.write(f"replace {trimmed.module} => {to}\n")
    return to.with_name("go.mod")


def _copy(crds: Crds, to: Path) -> None:
    to.mkdir(exist_ok=True)
    done = subprocess.run(["go", "mod", "download", "-json", crds.module], check=True, capture_output=True, cwd="/")
    module = json.loads(done.stdout)
    if module["Sum"] != crds.checksum:
        sys.exit(f"{crds.module}: its checksum is {module['Sum']}, not {crds.checksum}")
    for file in sorted((Path(module["Dir"]) / crds.folder).glob("*.yaml")):
        shutil.copyfile(file, to / file.name)


if __name__ == "__main__":
    for wanted in sys.argv[1:] or PARTS:
        sys.stdout.write(f"{wanted}: {build(wanted)}\n")
