"""The pre-commit hooks are what pre-commit accepts, and fail where the audit does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from crossline import cli
from page_blocks import blocks

ROOT = Path(__file__).resolve().parents[2]
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
REGIME = blocks(ROOT / "docs" / "adding-a-regime.md", "yaml")[0]
NOKIA, HUAWEI = ("name,network_part,vendor\ncore1,core,vendor:" + name + "\n" for name in ("Nokia", "Huawei"))
ARGS = {
    "crossline-audit": ["device.csv", "--regime", "core-rules.yaml", "--as-of", "2026-07-31"],
    "crossline-regime": ["core-rules.yaml"],
}


def test_each_hook_fails_as_its_command_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command of each hook passes on what complies, and fails on what does not."""
    monkeypatch.chdir(tmp_path)
    wrong = REGIME.replace('vendor: ["party:nokia"]', 'vendor: ["party:huawei"]')
    expected = {
        ("crossline-audit", NOKIA, REGIME): 0, ("crossline-audit", HUAWEI, REGIME): 1,
        ("crossline-regime", NOKIA, REGIME): 0, ("crossline-regime", NOKIA, wrong): 1,
    }  # fmt: skip
    for (hook, devices, regime), status in expected.items():
        Path("device.csv").write_text(devices)
        Path("core-rules.yaml").write_text(regime)
        program, *words = HOOKS[hook]["entry"].split()
        made = CliRunner().invoke(cli.main, [*words, *ARGS[hook]])
        assert (program, made.exit_code) == ("crossline", status), made.output


def test_a_hook_takes_no_file_names() -> None:
    """Hooks get their paths from the configuration: a folder is audited whole, with its estate.yaml."""
    assert {hook["pass_filenames"] for hook in HOOKS.values()} == {False}
    example = yaml.safe_load((ROOT / "examples" / "ci" / "pre-commit-config.yaml").read_text(encoding="utf-8"))
    (repo,) = example["repos"]
    assert {hook["id"] for hook in repo["hooks"]} == set(HOOKS)
    for hook in repo["hooks"]:
        assert hook["args"]
        assert re.compile(hook["files"]).search(hook["args"][0] + "/x" if "audit" in hook["id"] else hook["args"][0])


@pytest.mark.slow
def test_pre_commit_runs_them(tmp_path: Path) -> None:
    """Pre-commit itself installs the hooks from a repository with this tree, and passes and fails as they do."""
    program = shutil.which("pre-commit")
    if program is None:
        pytest.skip("pre-commit is not installed")
    environment = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    environment |= {
        f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    environment["GIT_CONFIG_GLOBAL"] = os.devnull

    def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    made = tmp_path / "crossline"
    shutil.copytree(ROOT / "src", made / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, made / name)
    using = tmp_path / "using"
    using.mkdir()
    for folder in (made, using):
        assert run(folder, "git", "init", "-q", ".").returncode == 0
    run(made, "git", "add", "-A")
    run(made, "git", "commit", "-qm", "all")
    hooks = [{"id": name, "args": words} for name, words in ARGS.items()]
    revision = run(made, "git", "rev-parse", "HEAD").stdout.strip()
    configuration = {"repos": [{"repo": str(made), "rev": revision, "hooks": hooks}]}
    (using / ".pre-commit-config.yaml").write_text(yaml.safe_dump(configuration))
    (using / "core-rules.yaml").write_text(REGIME)
    for devices, status in ((NOKIA, 0), (HUAWEI, 1)):
        (using / "device.csv").write_text(devices)
        run(using, "git", "add", "-A")
        ran = run(using, program, "run", "--all-files")
        assert ran.returncode == status, ran.stdout + ran.stderr
    assert "core1 is made by vendor huawei" in ran.stdout
