"""The tags v1 and v1.2 stand at the newest release of their series."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "move-tags"


@pytest.fixture
def release(tmp_path):
    """Makes a release: a commit with its tag, from which the series' tags are moved. Returns all tags by commit."""
    remote, clone = tmp_path / "remote", tmp_path / "clone"

    def git(*words, cwd=clone):
        identity = ("-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "init.defaultBranch=main")
        done = subprocess.run(["git", *identity, *words], cwd=cwd, check=True, capture_output=True, text=True)
        return done.stdout

    git("init", "--quiet", "--bare", str(remote), cwd=tmp_path)
    git("clone", "--quiet", str(remote), str(clone), cwd=tmp_path)

    def make(tag):
        git("commit", "--quiet", "--allow-empty", f"--message={tag}")
        git("tag", tag)
        git("push", "--quiet", str(remote), tag)
        subprocess.run([SCRIPT, tag, remote], cwd=clone, check=True, capture_output=True, timeout=30)
        names = git("tag", "--list", cwd=remote).split()
        return {name: git("log", "-1", "--format=%s", name, cwd=remote).strip() for name in names}

    return make


def test_the_tags_of_a_series_move_with_its_newest_release(release):
    assert release("v1.2.9") == {"v1.2.9": "v1.2.9", "v1.2": "v1.2.9", "v1": "v1.2.9"}
    tags = release("v1.2.10")
    assert (tags["v1.2"], tags["v1"]) == ("v1.2.10", "v1.2.10")
    tags = release("v1.3.0")
    assert (tags["v1.3"], tags["v1.2"], tags["v1"]) == ("v1.3.0", "v1.2.10", "v1.3.0")
    tags = release("v10.0.0")
    assert (tags["v10"], tags["v1"]) == ("v10.0.0", "v1.3.0")


def test_a_correction_of_an_older_series_leaves_the_newer_one_alone(release):
    release("v1.3.0")
    tags = release("v1.2.11")
    assert (tags["v1.2"], tags["v1.3"], tags["v1"]) == ("v1.2.11", "v1.3.0", "v1.3.0")


@pytest.mark.parametrize("tag", ["v1.3.0rc1", "v1.3.0-1", "v01.3.0", "release-1.3.0"])
def test_what_is_not_a_release_moves_nothing(release, tag):
    release("v1.2.9")
    assert release(tag) == {"v1.2.9": "v1.2.9", "v1.2": "v1.2.9", "v1": "v1.2.9", tag: tag}
