"""What is there to be copied is well-formed by its own schema or tool, and its command lines do what they say."""

import base64
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK
from certgate.lab.scenarios import all_scenarios
from tests.examples.other_schemas import keep_to_kubernetes, keep_to_schema

ROOT = Path(__file__).parents[2]
CI = ROOT / "examples" / "ci"
INSTALLED = {
    "/usr/local/bin/certgate": "bin/certgate",
    "/etc/certgate": ".",
    "/var/lib/certgate": ".",
}
NOTHING = "#!/bin/sh\n"


def text(name):
    return (CI / name).read_text()


def yaml(name):
    return list(YAML(typ="safe").load_all(text(name)))


def tool(name, *words):
    program = shutil.which(name, path=Path(sys.executable).parent) or name
    done = subprocess.run(
        [program, *(str(word) for word in words)], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def lines_of_systemd():
    return [line.removeprefix("ExecStart=") for line in text("certgate.service").splitlines() if "ExecStart=" in line]


def lines_of_cron():
    return [line.split(maxsplit=6)[6] for line in text("crontab").splitlines() if line[0] in "*0123456789"]


def lines_of_kubernetes():
    (container,) = yaml("kubernetes-cronjob.yaml")[1]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    return [shlex.join(["certgate", *container["args"]])]


LINES = {
    "gitlab-ci.yml": lambda: yaml("gitlab-ci.yml")[0]["certgate"]["script"],
    "Jenkinsfile": lambda: re.findall(r"^ +sh '([^']+)'$", text("Jenkinsfile"), re.MULTILINE),
    "azure-pipelines.yml": lambda: [step["bash"] for step in yaml("azure-pipelines.yml")[0]["steps"] if "bash" in step],
    "kubernetes-cronjob.yaml": lines_of_kubernetes,
    "certgate.service": lines_of_systemd,
    "crontab": lines_of_cron,
}
REPORTS = {
    "gitlab-ci.yml": {"certgate.xml", "gl-code-quality-report.json"},
    "Jenkinsfile": {"certgate.xml"},
    "azure-pipelines.yml": {"certgate.xml"},
    "certgate.service": {"certgate.prom"},
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with certgate.yaml, where installing does nothing and certgate has the lab's clock."""
    programs = tmp_path / "bin"
    programs.mkdir()
    gate = f'#!/bin/sh\nexec {sys.executable} -m certgate.cli.main "$@" --at {CLOCK:%Y-%m-%dT%H:%M:%SZ}\n'
    for name, content in {"certgate": gate, "pip": NOTHING, "python": NOTHING}.items():
        (programs / name).write_text(content)
        (programs / name).chmod(0o755)
    (tmp_path / ".certgate").mkdir()
    (tmp_path / ".certgate" / "bin").symlink_to(programs)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(place):
    """Runs a template's lines in a folder with the lab's configuration, as their own tool would: until one fails."""

    def all_lines(name):
        script = "\n".join(LINES[name]())
        for installed, here in INSTALLED.items():
            script = script.replace(installed, here)
        environ = {"PATH": f"{place / 'bin'}:{os.environ['PATH']}", "HOME": str(place)}
        return subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=place,
            env=environ,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    return all_lines


def lab_with(*names):
    return Lab([all_scenarios()[name] for name in names])


def copy_configuration(lab, place):
    for file in [lab.config_file, *lab.folder.glob("*-root.pem")]:
        shutil.copy(file, place)


def test_each_template_has_lines_that_are_run_here():
    plain = {"certgate.timer", "github-nightly.yml", "github-pull-request.yml", "pre-commit-config.yaml"}
    shards = {"github-shards.yml", "gitlab-shards.yml", "kubernetes-shards.yaml"}  # test_shards.py
    assert {path.name for path in CI.iterdir()} == set(LINES) | plain | shards
    assert all("certgate scan --" in " ".join(lines()) for lines in LINES.values())


@pytest.mark.parametrize(
    "name",
    ["gitlab-ci.yml", *(pytest.param(name, marks=pytest.mark.slow) for name in LINES if name != "gitlab-ci.yml")],
)
def test_the_lines_end_with_1_on_a_violation_and_leave_the_reports_that_the_template_names(run, place, name):
    with lab_with("good-ecdsa", "expired-leaf") as lab:
        copy_configuration(lab, place)
        done = run(name)
    assert done.returncode == 1, done.stderr
    assert "validity.expired" in done.stdout
    reports = REPORTS.get(name, set())
    assert {path.name for path in place.iterdir() if path.suffix in {".xml", ".json", ".prom"}} == reports
    assert all(report in text(name).partition("--report")[2] for report in reports)


@pytest.mark.parametrize("name", [pytest.param("gitlab-ci.yml", marks=pytest.mark.slow), "crontab"])
def test_the_lines_end_with_0_where_all_is_well_and_cron_then_says_nothing(run, place, name):
    with lab_with("good-ecdsa") as lab:
        copy_configuration(lab, place)
        done = run(name)
    assert (done.returncode, done.stderr) == (0, "")
    assert ("compliant" in done.stdout) == (name != "crontab")


@pytest.mark.parametrize(
    ("name", "schema", "options"),
    [
        ("gitlab-ci.yml", "vendor.gitlab-ci", ["--data-transform", "gitlab-ci"]),
        ("github-nightly.yml", "vendor.github-workflows", []),
        ("github-pull-request.yml", "vendor.github-workflows", []),
        (
            "azure-pipelines.yml",
            "vendor.azure-pipelines",
            ["--data-transform", "azure-pipelines", "--regex-variant", "nonunicode"],
        ),
    ],
)
def test_a_template_keeps_to_its_schema(name, schema, options):
    keep_to_schema(schema, *options, CI / name)


def test_the_cron_job_keeps_to_kubernetes_schema_and_its_configuration_is_certgates():
    keep_to_kubernetes(CI / "kubernetes-cronjob.yaml")
    data = yaml("kubernetes-cronjob.yaml")[0]["data"]
    assert set(YAML(typ="safe").load(data["certgate.yaml"])["trust"]) <= set(data)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not there")
def test_systemd_finds_no_fault_with_the_units(tmp_path):
    for name in ("certgate.service", "certgate.timer"):
        (tmp_path / name).write_text(text(name).replace("/usr/local/bin/certgate", "/bin/true"))
    tool("systemd-analyze", "verify", "--man=no", tmp_path / "certgate.timer", tmp_path / "certgate.service")


def test_the_crontab_is_one():
    entries = [line for line in text("crontab").splitlines() if not line.startswith("#")]
    assert re.fullmatch(r"MAILTO=\S+", entries[0])
    for entry in entries[1:]:
        assert re.fullmatch(r"(?:[\d*/,-]+ ){5}\w+ /\S+ .+", entry)
        assert "%" not in entry  # cron's own line break


def test_the_pipeline_of_jenkins_is_in_balance():
    code = re.sub(r"'[^'\n]*'", "''", re.sub(r"//.*", "", text("Jenkinsfile")))
    assert code.count("{") == code.count("}")
    assert re.findall(r"^    (\w+) \{", code, re.MULTILINE) == ["agent", "options", "triggers", "stages", "post"]


def test_pre_commit_takes_the_hook_and_the_example():
    tool("pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml")
    tool("pre-commit", "validate-config", CI / "pre-commit-config.yaml", ROOT / ".pre-commit-config.yaml")


HOOKS = {hook["id"]: hook for hook in YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")}


def git(folder, *words):
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, timeout=30)


@pytest.fixture
def try_hook(place, tmp_path_factory):
    """Runs a hook, or every one, on all files of a repository as pre-commit does; only installing is left out."""
    hooks = tmp_path_factory.mktemp("hooks")
    own = [hook | {"language": "system"} for hook in HOOKS.values()]
    YAML().dump(own, hooks / ".pre-commit-hooks.yaml")
    git(hooks, "init", "--quiet")
    git(hooks, "add", ".")
    git(hooks, "commit", "--quiet", "--message=hooks")
    git(place, "init", "--quiet")

    def run(*id):
        git(place, "add", ".")
        program = Path(sys.executable).with_name("pre-commit")
        environ = {
            "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
            "HOME": str(hooks),
            "PRE_COMMIT_HOME": str(hooks / ".cache"),
        }
        command = [program, "try-repo", hooks, *id, "--verbose", "--all-files", "--color=never"]
        done = subprocess.run(command, cwd=place, env=environ, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    return run


def test_the_example_has_every_hook():
    assert [used["id"] for used in yaml("pre-commit-config.yaml")[0]["repos"][0]["hooks"]] == list(HOOKS)


def test_the_hooks_for_configurations_and_policies_take_what_is_right_and_show_what_is_wrong(place, try_hook):
    (place / "bin" / "certgate").write_text(f'#!/bin/sh\nexec {sys.executable} -m certgate.cli.main "$@"\n')
    (place / "policies").mkdir()
    (place / "policies" / "team.yaml").write_text("extends: internal-pki\n")
    (place / "policies" / "team.test.yaml").write_text("cases: []\n")
    (place / "certgate.yaml").write_text("policy: policies/team.yaml\ntargets: [{host: a.example}]\n")
    (place / "other.yaml").write_text("a: b\n")
    code, log = try_hook()
    assert (code, log.count("no remarks."), log.count("Skipped")) == (0, 2, 2), log
    (place / "policies" / "team.yaml").write_text("extends: internal-pki\nrules: [{rule: chain.dept}]\n")
    code, log = try_hook()
    assert code == 1
    assert log.count("Failed") == log.count("policies/team.yaml:2:") == 2, log


@pytest.mark.slow
def test_the_hooks_for_certificates_and_manifests_stop_a_commit_with_a_violation(place, try_hook):
    (place / "deploy").mkdir()
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: edge}\ntype: kubernetes.io/tls\ndata:\n  tls.crt: "
    with lab_with("good-ecdsa", "expired-leaf") as lab:
        shutil.copy(next(lab.folder.glob("*-root.pem")), place / "root.crl")
        chains = {name: (lab.folder / f"{name}.pem").read_bytes() for name in ("good-ecdsa", "expired-leaf")}
    (place / "gate.yaml").write_text("rules: [{rule: trust.anchor}, {rule: validity.expired}]")
    words = '"$@" --policy=gate.yaml --trust=root.crl'
    gate = (place / "bin" / "certgate").read_text().replace('"$@"', words)
    (place / "bin" / "certgate").write_text(gate)
    (place / "deploy" / "values.yaml").write_text("a: b\n")
    for chain, code in (("good-ecdsa", 0), ("expired-leaf", 1)):
        (place / "chain.pem").write_bytes(chains[chain])
        encoded = base64.b64encode(chains[chain]).decode()
        (place / "deploy" / "edge-secret.yaml").write_text(f"{secret}{encoded}\n")
        for id in ("certgate", "certgate-manifests"):
            done, log = try_hook(id)
            assert (done, "1 target: " in log, "validity.expired" in log) == (code, True, code == 1), log


def test_the_image_runs_certgate_as_nobody_with_pinned_wheels_and_without_the_tools_that_built_it():
    stages = re.split(r"^FROM ", (ROOT / "Containerfile").read_text().replace("\\\n", " "), flags=re.MULTILINE)[1:]
    build, image = (re.findall(r"^([A-Z]+) (.*)$", stage, re.MULTILINE) for stage in stages)
    assert [word for word, _ in image] == ["COPY", "USER", "WORKDIR", "ENTRYPOINT", "CMD"]
    assert dict(image)["COPY"].startswith("--from=build /opt/certgate ")
    assert dict(image)["USER"] == "65532:65532"
    installs = [line for _, run in build for line in run.split("&&") if "pip" in line and " install " in line]
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)
    sources = [Path(name) for word, names in build if word == "COPY" for name in names.split()[:-1]]
    assert all((ROOT / source).exists() for source in sources)
    kept = {line.removeprefix("!").split("/")[0] for line in (ROOT / ".dockerignore").read_text().splitlines()}
    assert {source.parts[0] for source in sources} <= kept
