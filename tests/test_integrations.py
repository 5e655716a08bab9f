"""What others build on: the hooks for pre-commit, the action for GitHub, the example for GitLab."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
AS_DESK = {f"GIT_{who}_{what}": "desk" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")} | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
OLD = "The ministers met in Geneva on Friday.\n\nIt was a telematics meeting of old.\n"
NEW = "On Monday they held a telematics summit.\n"
NO_INDEX = re.compile("No matching distribution|Connection|Temporary failure|timed out|Max retries")

pytestmark = [
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
    pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed"),
]


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "protocol.file.allow=always", *arguments]
    done = subprocess.run(command, cwd=folder, env=os.environ | AS_DESK, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit(folder: Path, message: str) -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository with an old story on main, and a pull request for it with its merge, as GitHub makes them."""
    folder = tmp_path / "origin"
    (folder / "content").mkdir(parents=True)
    (folder / "other").mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "uploadpack.allowReachableSHA1InWant", "true")
    (folder / "content" / "story.md").write_text(OLD, "utf-8")
    (folder / "other" / "note.md").write_text(OLD, "utf-8")
    commit(folder, "old")
    git(folder, "checkout", "-q", "-b", "change")
    (folder / "content" / "story.md").write_text(f"{OLD}\n{NEW}", "utf-8")
    commit(folder, "new")
    git(folder, "checkout", "-q", "main")
    (folder / "content" / "later.md").write_text("Nothing of note was said on Sunday.\n", "utf-8")
    commit(folder, "meanwhile")
    git(folder, "checkout", "-q", "-b", "merged")
    git(folder, "merge", "-q", "--no-ff", "--no-edit", "change")
    git(folder, "update-ref", "refs/pull/7/merge", "HEAD")
    git(folder, "checkout", "-q", "main")
    git(folder, "branch", "-q", "-D", "merged")
    return folder


class Job:
    """A job on GitHub: the folder that it runs in, what is checked out there, and the files that steps write to."""

    def __init__(self, folder: Path) -> None:
        self.temporary = folder / "temporary"
        self.workspace = folder / "workspace"
        program = self.temporary / "tqcheck" / "bin" / "tqcheck"
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tqcheck "$@"\n', "utf-8")
        program.chmod(0o755)
        self.steps: list[dict[str, Any]] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]

    def check_out(self, origin: Path, ref: str, *, depth: int | None) -> str:
        """What actions/checkout does."""
        self.workspace.mkdir()
        git(self.workspace, "init", "-q")
        git(self.workspace, "remote", "add", "origin", origin.as_uri())
        shallow = [] if depth is None else [f"--depth={depth}"]
        git(self.workspace, "fetch", "-q", "--no-tags", *shallow, "origin", f"+{ref}:refs/remotes/checked/out")
        git(self.workspace, "checkout", "-q", "--detach", "refs/remotes/checked/out")
        return git(self.workspace, "rev-parse", "HEAD")

    def run(self, name: str, variables: Mapping[str, str]) -> tuple[int, dict[str, str], str]:
        """Run a step's script; its exit status, its outputs and what it wrote."""
        (script,) = (step["run"] for step in self.steps if step["name"] == name)
        output, summary = self.temporary / "output", self.temporary / "summary.md"
        output.write_text("", "utf-8")
        environment = (
            os.environ
            | AS_DESK
            | {
                "RUNNER_TEMP": str(self.temporary),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                **variables,
            }
        )
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
            cwd=self.workspace if self.workspace.exists() else self.temporary,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        told = dict(line.split("=", 1) for line in output.read_text("utf-8").splitlines())
        return done.returncode, told, done.stdout + done.stderr

    def check(self, **variables: str) -> tuple[dict[str, str], str]:
        """The step that checks, with the inputs' defaults where nothing else is said; its outputs and findings."""
        inputs = {
            "PATHS": ".",
            "CHANGED_LINES": "true",
            "MODEL": "false",
            "FAIL_ON": "",
            "ARGUMENTS": "",
            "BEFORE": "",
            "GITHUB_EVENT_NAME": "workflow_dispatch",
            "GITHUB_SHA": git(self.workspace, "rev-parse", "HEAD"),
        }
        status, told, written = self.run("Check", inputs | variables)
        assert status == 0, written
        return told, written


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def lines_of(written: str) -> list[tuple[str, int]]:
    """File and line of each annotation."""
    return [(file, int(line)) for file, line in re.findall(r"^::\w+ file=([^,]+),line=(\d+)", written, re.MULTILINE)]


class TestAction:
    def test_its_inputs_and_outputs_are_used(self) -> None:
        text = (ROOT / "action.yml").read_text("utf-8")
        action = yaml.safe_load(text)
        assert set(action["inputs"]) == set(re.findall(r"inputs\.([a-z-]+)", text))
        ids = {step["id"] for step in action["runs"]["steps"] if "id" in step}
        assert set(re.findall(r"steps\.([a-z]+)\.", text)) == ids
        for step in action["runs"]["steps"]:
            # What others may write must not be pasted into a script.
            assert "${{" not in step.get("run", "")
            assert ("run" in step) == ("shell" in step)

    @pytest.mark.parametrize("depth", [1, None])
    def test_a_pull_request_is_told_what_it_changes(self, job: Job, origin: Path, depth: int | None) -> None:
        job.check_out(origin, "refs/pull/7/merge", depth=depth)
        told, written = job.check(GITHUB_EVENT_NAME="pull_request", GITHUB_BASE_REF="main")
        assert lines_of(written) == [("content/story.md", 5)]
        assert told["exit-code"] == "1"
        sarif = json.loads(Path(told["sarif-file"]).read_text("utf-8"))
        assert [one["ruleId"] for one in sarif["runs"][0]["results"]] == ["ES014"]
        assert "telematics summit" in (job.temporary / "summary.md").read_text("utf-8")
        assert job.run("Result", {"STATUS": told["exit-code"]})[0] == 1

    @pytest.mark.parametrize("depth", [1, None])
    def test_a_pull_request_whose_branch_is_checked_out(self, job: Job, origin: Path, depth: int | None) -> None:
        job.check_out(origin, "refs/heads/change", depth=depth)
        event = {"GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_BASE_REF": "main"}
        _, written = job.check(**event, GITHUB_SHA=git(origin, "rev-parse", "main"))
        assert lines_of(written) == [("content/story.md", 5)]

    def test_a_push_is_told_what_it_changes(self, job: Job, origin: Path) -> None:
        job.check_out(origin, "refs/heads/change", depth=1)
        before = git(origin, "rev-parse", "change~1")
        _, written = job.check(GITHUB_EVENT_NAME="push", BEFORE=before)
        assert lines_of(written) == [("content/story.md", 5)]

    @pytest.mark.parametrize(
        ("variables", "expected"),
        [
            ({"GITHUB_EVENT_NAME": "push", "BEFORE": "0" * 40}, {"content/story.md", "other/note.md"}),
            ({"GITHUB_EVENT_NAME": "push", "BEFORE": "1" * 40}, {"content/story.md", "other/note.md"}),
            ({"GITHUB_EVENT_NAME": "schedule", "PATHS": "content\r\n\nnone*.md"}, {"content/story.md"}),
            (
                {"GITHUB_EVENT_NAME": "pull_request", "CHANGED_LINES": "false", "ARGUMENTS": "--exclude\n/content/"},
                {"other/note.md"},
            ),
        ],
    )
    def test_else_everything_is_checked(
        self, job: Job, origin: Path, variables: dict[str, str], expected: set[str]
    ) -> None:
        job.check_out(origin, "refs/heads/change", depth=1)
        told, written = job.check(**variables)
        assert {file for file, _ in lines_of(written)} == expected
        assert told["exit-code"] == ("2" if "PATHS" in variables else "1")

    def test_fail_on(self, job: Job, origin: Path) -> None:
        job.check_out(origin, "refs/heads/change", depth=1)
        assert job.check(FAIL_ON="error")[0]["exit-code"] == "0"

    def test_the_result_of_a_step_that_broke_off_is_a_failure(self, job: Job) -> None:
        assert job.run("Result", {"STATUS": ""})[0] == 2

    @pytest.mark.slow
    @pytest.mark.install
    def test_it_installs(self, job: Job, tmp_path: Path) -> None:
        shutil.rmtree(job.temporary / "tqcheck")
        variables = {"PYTHON": sys.executable, "MODEL": "false", "SOURCE": str(ROOT)}
        status, told, written = job.run("Install", variables)
        if status != 0 and NO_INDEX.search(written):
            pytest.skip("no package index can be reached")
        assert status == 0, written
        assert re.fullmatch(r"tqcheck-\d+\.\d+\S*-false", told["key"])
        (tmp_path / "story.md").write_text(NEW, "utf-8")
        program = job.temporary / "tqcheck" / "bin" / "tqcheck"
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [program, "check", "--no-lm", "-f", "line", "story.md"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, "ES014" in done.stdout) == (1, True), done.stderr


class TestPreCommit:
    def pre_commit(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", *arguments],
            cwd=folder,
            env=environment | AS_DESK | {"PRE_COMMIT_HOME": str(folder.parent / "pre-commit")},
            capture_output=True,
            text=True,
            check=False,
        )

    def test_the_manifest_is_valid(self, tmp_path: Path) -> None:
        (tmp_path / "x").mkdir()
        done = self.pre_commit(tmp_path / "x", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"))
        assert done.returncode == 0, done.stdout

    def test_each_entry_is_a_command_that_exists(self, tmp_path: Path) -> None:
        (tmp_path / "story.md").write_text("Nothing of note was said.\n", "utf-8")
        git(tmp_path, "init", "-q")
        for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")):
            command = [sys.executable, "-m", *hook["entry"].split(), "--no-lm", "story.md"]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr

    @pytest.mark.slow
    @pytest.mark.install
    def test_hooks_run_on_what_is_to_be_committed(self, tmp_path: Path, origin: Path) -> None:
        known = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, check=False)
        if not (ROOT / ".git").exists() or known.returncode != 0:
            pytest.skip("this copy is no git repository, which pre-commit needs")
        (origin / ".gitignore").write_text("build/\n", "utf-8")
        (origin / "tqcheck.toml").write_text('root = true\nexclude = ["other/"]\n', "utf-8")
        (origin / "content" / "story.md").write_text(f"{OLD}\n{NEW}", "utf-8")
        (origin / "other" / "note.md").write_text(f"{OLD}\n{NEW}", "utf-8")
        git(origin, "add", "-A")
        whole = self.pre_commit(origin, "try-repo", str(ROOT), "tqcheck", "--verbose")
        if NO_INDEX.search(whole.stdout):
            pytest.skip("no package index can be reached")
        assert whole.returncode == 1, whole.stdout + whole.stderr
        assert re.findall(r"^ *(\d+):\d+ +warning", whole.stdout, re.MULTILINE) == ["3", "5"]
        changed = self.pre_commit(origin, "try-repo", str(ROOT), "tqcheck-changed", "--verbose")
        assert re.findall(r"^ *(\d+):\d+ +warning", changed.stdout, re.MULTILINE) == ["5"]


def test_the_gitlab_example_works(origin: Path, tmp_path: Path) -> None:
    job = yaml.safe_load((ROOT / "examples" / "ci" / "gitlab-ci.yml").read_text("utf-8"))["tqcheck"]
    git(origin, "checkout", "-q", "change")
    program = tmp_path / "bin" / "tqcheck"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tqcheck "$@"\n', "utf-8")
    program.chmod(0o755)
    environment = (
        os.environ
        | AS_DESK
        | {
            "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(origin, "merge-base", "main", "change"),
        }
    )
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(job["script"])],
        cwd=origin,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    reports = job["artifacts"]["reports"]
    issues = json.loads((origin / reports["codequality"]).read_text("utf-8"))
    places = [(one["location"]["path"], one["location"]["lines"]["begin"]) for one in issues]
    assert places == [("content/story.md", 5)]
    assert "ES014" in (origin / reports["junit"]).read_text("utf-8")


def test_the_github_example_uses_inputs_that_there_are() -> None:
    workflow = yaml.safe_load((ROOT / "examples" / "ci" / "github.yml").read_text("utf-8"))
    inputs = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["inputs"]
    (step,) = (one for one in workflow["jobs"]["tqcheck"]["steps"] if "tqcheck" in one["uses"])
    assert set(step["with"]) <= set(inputs)
