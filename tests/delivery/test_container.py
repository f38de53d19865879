"""The container file asks for nothing that is not there, and what it starts needs no root and no place to write."""

from __future__ import annotations

import fnmatch
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Containerfile").read_text(encoding="utf-8")
LINES = [line for line in re.sub(r"\\\n\s*", "", TEXT).splitlines() if line and not line.startswith("#")]
STAGES = re.split(r"^FROM ", "\n".join(LINES), flags=re.MULTILINE)


def copied(stage: str) -> list[str]:
    """Return what a stage copies out of the work tree."""
    words = [line.split()[1:-1] for line in stage.splitlines() if line.startswith("COPY ") and "--from" not in line]
    return [word for line in words for word in line if not word.startswith("--")]


def test_what_is_copied_is_there_and_not_ignored() -> None:
    """Every file that the container file copies exists, and .containerignore lets it through; nothing else gets in."""
    rules = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    let = [rule[1:] for rule in rules if rule.startswith("!")]
    assert "*" in rules
    wanted = [path for stage in STAGES for path in copied(stage)]
    assert sorted(wanted) == sorted(let)
    assert [path for path in wanted if not (ROOT / path).exists()] == []
    assert not [path for path in (".git", ".venv", "tests", ".env") if any(fnmatch.fnmatch(path, rule) for rule in let)]


def test_the_last_stage_runs_nothing_and_is_not_root() -> None:
    """What is shipped is copied from the stage that builds; the last stage runs no command and gives up root."""
    last = STAGES[-1].splitlines()
    assert len(STAGES) == 3  # what stands before the first, the build, and what is shipped
    assert not [line for line in last if line.startswith("RUN")]
    (user,) = [line.split()[1] for line in last if line.startswith("USER")]
    assert [int(part) > 0 for part in user.split(":")] == [True, True]
    assert 'ENTRYPOINT ["container"]' in last


def test_packages_are_installed_by_hash() -> None:
    """The build installs the locked versions with their hashes, wheels alone, and then the project without any more."""
    installs = [line for line in STAGES[1].splitlines() if "pip" in line and " install " in line]
    assert len(installs) == 2
    assert "--require-hashes --only-binary :all: -r requirements.txt" in installs[0]
    assert "--no-deps --no-build-isolation ." in installs[1]


def test_the_start_gives_the_compiler_a_place_to_write(tmp_path: Path) -> None:
    """What the image has compiled is copied to the temporary folder, and every word reaches the command as it is."""
    home, scratch, bins = (tmp_path / name for name in ("home", "scratch", "bin"))
    for folder in (home / "kernels" / "mrt_1", scratch, bins):
        folder.mkdir(parents=True)
    (home / "kernels" / "mrt_1" / "a.nbi").write_bytes(b"compiled")
    said = tmp_path / "said"
    fake = bins / "crossline"
    fake.write_text(
        "#!/bin/sh\n"
        'cd "$NUMBA_CACHE_DIR" && touch new\n'
        f'printf "%s\\0" "$NUMBA_CACHE_DIR" "$(cat mrt_1/a.nbi)" "$@" >{said}\n'
        "exit 3\n"
    )
    fake.chmod(0o755)
    made = subprocess.run(
        ["sh", str(ROOT / "examples" / "ci" / "container.sh"), "audit", "a b", "$(touch pwned)", "--all"],
        env={"PATH": f"{bins}:{os.environ['PATH']}", "TMPDIR": str(scratch), "CROSSLINE_HOME": str(home)},
        cwd=tmp_path, check=False,
    )  # fmt: skip
    assert made.returncode == 3  # the command's own
    place, kernel, *words = said.read_text(encoding="utf-8").split("\0")[:-1]
    assert Path(place).parent == scratch
    assert (kernel, words) == ("compiled", ["audit", "a b", "$(touch pwned)", "--all"])
    assert sorted(path.name for path in home.rglob("*")) == ["a.nbi", "kernels", "mrt_1"]
    assert not (tmp_path / "pwned").exists()


def test_the_start_says_where_it_cannot_write(tmp_path: Path) -> None:
    """Without a temporary folder the container ends at once with a message, and runs no audit."""
    made = subprocess.run(
        ["sh", str(ROOT / "examples" / "ci" / "container.sh"), "audit"],
        env={"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path / "absent")},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert made.returncode != 0
    assert str(tmp_path / "absent") in made.stderr
