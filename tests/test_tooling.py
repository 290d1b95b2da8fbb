"""Check the tooling: pinned and hashed dependencies, no private index, targets that exist."""

import ast
import re
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMPILED = ["requirements.txt", "requirements-dev.txt"]
SOURCES = ["requirements.in", "requirements-dev.in"]


def blocks(name: str) -> dict[str, str]:
    """Return each pinned package of a compiled file, with the lines that belong to it."""
    found: dict[str, str] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / name).read_text()):
        pinned = re.match(r"([a-z0-9-]+)==\S+", block)
        if pinned:
            found[pinned[1]] = block
    return found


@pytest.mark.parametrize("name", COMPILED)
def test_every_package_has_hashes(name: str) -> None:
    packages = blocks(name)
    assert len(packages) > 20
    assert [package for package, block in packages.items() if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("name", COMPILED)
def test_no_line_names_an_index_or_a_place(name: str) -> None:
    text = (ROOT / name).read_text()
    lines = [line for line in text.splitlines() if not line.startswith((" ", "#"))]
    assert [line for line in lines if not re.match(r"[a-z0-9-]+==", line)] == []
    assert "://" not in text
    assert set(re.findall(r"(?<!\S)--[a-z-]+", text)) == {"--hash"}


PIN = r"[a-z0-9-]+==[\d.]+(?:post\d+)?"


@pytest.mark.parametrize("name", SOURCES)
def test_every_dependency_says_why(name: str) -> None:
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")]
    pinned = rf"(-c requirements\.txt|{PIN})  # \S.{{8,}}"
    assert [line for line in lines if not re.fullmatch(pinned, line)] == []


@pytest.mark.parametrize(("source", "compiled"), list(zip(SOURCES, COMPILED, strict=True)))
def test_compiled_files_are_up_to_date(source: str, compiled: str) -> None:
    pins = re.findall(f"^{PIN}", (ROOT / source).read_text(), re.MULTILINE)
    packages = blocks(compiled)
    assert [pin for pin in pins if not packages.get(pin.split("==")[0], "").startswith(pin)] == []


def test_both_environments_agree() -> None:
    run, dev = (blocks(name) for name in COMPILED)
    assert [name for name in run.keys() & dev.keys() if run[name].split()[0] != dev[name].split()[0]] == []


def test_the_targets_of_the_help_exist() -> None:
    help_text = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = [line.split()[0] for line in help_text.splitlines() if line]
    documented = {"run", "dev", "check", "test", "lint", "coverage", "mutants", "profile", "faults", "screenshots"}
    assert set(targets) == documented | {
        "bench",
        "bench-national",
        "requirements",
        "licences",
        "sbom",
        "release",
        "clean",
        "help",
    }
    for target in targets:
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, check=True)


def test_the_tests_of_mutants_exist() -> None:
    chosen = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]["pytest_add_cli_args_test_selection"]
    assert [path for path in chosen if not (ROOT / path).exists()] == []


def test_some_tests_alone_need_neither_lint_nor_a_browser_nor_servers() -> None:
    def recipe(*arguments: str) -> str:
        run = subprocess.run(["make", "--dry-run", "test", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
        return run.stdout

    for step in ("ruff check", "mypy", "ensure_chromium.sh", "ensure_services.sh", "--store postgresql"):
        assert step in recipe()
        assert step not in recipe("ARGS=-k sign_in")
    assert "-k sign_in" in recipe("ARGS=-k sign_in")


def test_pre_commit_calls_the_quick_checks() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    assert re.findall(r"^ +entry: (.*)$", hooks, re.MULTILINE) == ["make check"]


@pytest.mark.parametrize("script", [".ci/run", "scripts/ensure_chromium.sh", "scripts/ensure_services.sh"])
def test_scripts_can_be_run(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & 0o111
    shell = path.read_text().splitlines()[0].split()[-1].removeprefix("#!").rsplit("/", 1)[-1]
    subprocess.run([shell, "-n", str(path)], check=True)


# The public names of the API are those of its callers, who do not see the modules.
API_MODELS = ROOT / "ror" / "api" / "v1_models.py"


def test_one_class_name_is_one_thing() -> None:
    modules = [path for path in (ROOT / "ror").rglob("*.py") if path != API_MODELS]
    classes = [
        node.name
        for path in modules
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert [name for name, times in Counter(classes).items() if times > 1] == []
