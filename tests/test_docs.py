"""Check README.md and docs/ against the product: settings, links, commands, addresses, folders, targets, names, messages."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import typer.main
from typer.core import TyperCommand, TyperGroup

from ror.cli import app
from ror.settings import ROOT, Settings
from ror.web.screens import SCREENS
from tests.cli.helpers import runner

README, DOCS = ROOT / "README.md", ROOT / "docs"
PAGES = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
CALL = "python -m ror"


def text_of(page: Path) -> str:
    """Return the text of a page with ordinary spaces: French quotation marks hold non-breaking ones."""
    return page.read_text(encoding="utf-8").replace("\u00a0", " ")


def blocks(page: Path) -> list[str]:
    """Return the fenced blocks of commands of a page."""
    return re.findall(r"^```bash\n(.*?)^```", text_of(page), re.MULTILINE | re.DOTALL)


def inline(page: Path) -> list[str]:
    """Return the words between backticks in the text of a page."""
    outside = re.sub(r"^```.*?^```", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`\n]+)`", outside)


def table(page: Path, first_column: str) -> list[list[str]]:
    """Return the rows of the tables of a page whose first heading is this."""
    found = re.findall(rf"^\| {first_column} \|.*\n\|[-|]+\n((?:\|.*\n)+)", text_of(page), re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for part in found for line in part.splitlines()]


# Settings


def environment_name(name: str) -> str:
    alias = Settings.model_fields[name].validation_alias
    return str(alias) if alias else f"ROR_{name.upper()}"


def documented(value: Any) -> str:
    """Format a default as a variable of the environment."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, tuple):
        return ",".join(f"{part:g}" for part in value)
    return str(value).removeprefix(f"{ROOT}/")


def settings_table() -> str:
    """Build the table that docs/settings.md must hold."""
    lines = ["| Name | Default | Meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = documented(field.default)
        lines.append(f"| `{environment_name(name)}` | {f'`{default}`' if default else 'empty'} | {field.description} |")
    return "\n".join(lines) + "\n"


def test_every_setting_is_documented_with_its_default_and_no_other_is() -> None:
    page = DOCS / "settings.md"
    expected = settings_table()
    assert expected in text_of(page), f"docs/settings.md should hold:\n{expected}"
    assert len(table(page, "Name")) == len(Settings.model_fields)


def test_the_documented_defaults_are_what_the_settings_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names = {environment_name(name): name for name in Settings.model_fields}
    for name in names:
        monkeypatch.delenv(name, raising=False)
    untouched = Settings(_env_file=None)
    for variable, default, _ in table(DOCS / "settings.md", "Name"):
        monkeypatch.setenv(variable.strip("`"), "" if default == "empty" else default.strip("`"))
    typed = Settings(_env_file=None).model_dump()
    typed["database"] = str(Path(typed["database"]).resolve())
    assert typed == untouched.model_dump()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_variable_named_exists(page: Path) -> None:
    existing = {environment_name(name) for name in Settings.model_fields}
    assert set(re.findall(r"\bROR_[A-Z_]+\b", text_of(page))) <= existing


# Links


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_and_image_exists(page: Path) -> None:
    targets = [urlsplit(target) for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page))]
    local = [unquote(target.path) for target in targets if not target.scheme and target.path]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_every_page_of_the_docs_is_reached_from_the_readme() -> None:
    readme = text_of(README)
    assert [page.name for page in DOCS.glob("*.md") if f"](docs/{page.name})" not in readme] == []


def test_every_test_that_a_page_names_exists() -> None:
    named_tests = {(page, code) for page in PAGES for code in inline(page) if code.startswith("tests/") and ".py" in code}
    assert len(named_tests) > 40
    for page, code in named_tests:
        file, _, name = code.partition("::")
        assert (ROOT / file).is_file(), f"{page.name}: {file}"
        assert not name or f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), f"{page.name}: {code}"


# Commands


def words_after_call(line: str) -> list[str] | None:
    """Return the arguments that a line passes to the command line of the product, None when it calls another program."""
    _, found, rest = line.partition(CALL)
    return shlex.split(re.split(r"[|>;&]", rest)[0], comments=True) if found else None


def leaves(group: TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield every command as the words that name it."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name)


def named(words: list[str]) -> tuple[tuple[str, ...], TyperCommand | TyperGroup, list[str]]:
    """Return the command that the first words name, and the words left for it."""
    command = typer.main.get_command(app)
    path: tuple[str, ...] = ()
    while isinstance(command, TyperGroup) and len(words) > len(path) and not words[len(path)].startswith("-"):
        name = words[len(path)]
        assert name in command.commands, f"There is no command « {' '.join((*path, name))} »"
        command, path = command.commands[name], (*path, name)
    return path, command, words[len(path) :]


def calls() -> list[tuple[str, list[str], bool]]:
    """Return each call shown: page, words, and True for a whole one (in a block), False for a mention (in the text)."""
    found = []
    for page in PAGES:
        whole = [(line, True) for block in blocks(page) for line in block.splitlines() if not line.startswith("#")]
        for line, in_block in whole + [(code, False) for code in inline(page)]:
            words = words_after_call(line)
            if words is not None:
                found.append((page.name, words, in_block))
    return found


def test_every_command_shown_can_be_parsed() -> None:
    assert len(calls()) > 5
    for page, words, whole in calls():
        path, command, rest = named(words)
        options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        unknown = [word for word in rest if word.startswith("-") and word.partition("=")[0] not in {*options, "--help"}]
        assert not unknown, f"{page}: {' '.join(path)} has no option {unknown}"
        if whole:
            command.make_context(" ".join(path), rest)


def test_the_help_of_every_command_shown_can_be_asked(tmp_path: Path) -> None:
    ror = runner(tmp_path)
    for path in {named(words)[0] for _, words, _ in calls()}:
        result = ror(*path, "--help")
        assert result.returncode == 0, result.stderr


def test_every_command_is_documented() -> None:
    commands = typer.main.get_command(app)
    assert isinstance(commands, TyperGroup)
    shown = {named(words)[0] for _, words, _ in calls()}
    assert sorted(set(leaves(commands)) - shown) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_shown_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shown = "\n".join([*blocks(page), *inline(page)])
    named_targets = set(re.findall(r"\bmake ([a-z-]+)\b", shown))
    assert named_targets <= targets


def test_every_make_target_with_a_help_text_is_in_the_readme() -> None:
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    readme = text_of(README)
    assert [target for target in targets if f"`make {target}`" not in readme] == []


# Screens, folders, names, messages


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_screen_address_exists(page: Path) -> None:
    routes = "".join(
        (ROOT / "ror" / "web" / "server" / name).read_text(encoding="utf-8") for name in ("health.py", "http.py", "policy.py")
    )
    known = {f"/{screen.address}" for screen in SCREENS} | {"/", ""}
    known |= set(re.findall(r'"(/\w+)"', routes))
    shown = {urlsplit(code).path for code in inline(page) if re.match(r"/[\w-]*($|\?)", code)}
    shown |= {urlsplit(address).path for address in re.findall(r"http://localhost:\d+[\w/?=&-]*", text_of(page))}
    # What other systems ask for is run by tests/test_docs_api.py.
    assert {path for path in shown if not path.startswith(("/api", "/fhir"))} <= known


def test_every_screen_is_in_the_readme() -> None:
    shown = {first.strip("`") for first, *_ in table(README, "Address")}
    assert {f"/{screen.address}" for screen in SCREENS} <= shown


def test_the_folders_of_the_readme_are_those_of_the_checkout() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [Path(name) for name in listed.stdout.splitlines() if (ROOT / name).exists()]
    folders = {f"{file.parts[0]}/" for file in files if len(file.parts) > 1}
    folders |= {f"ror/{file.parts[1]}/" for file in files if file.parts[0] == "ror" and len(file.parts) > 2}
    assert {first.strip("`") for first, *_ in table(README, "Folder")} == folders


def test_every_name_of_the_glossary_is_in_the_code() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "ror").rglob("*.py")))
    used = set(re.findall(r"\w+", code))
    names = [
        part
        for _, cell, _ in table(DOCS / "glossary.md", "On screen")
        for name in re.findall(r"`([^`]+)`", cell)
        for part in name.split(".")
    ]
    assert len(names) > 60
    assert [name for name in names if name not in used] == []


def test_every_message_of_the_operations_page_is_one_of_the_product() -> None:
    sources = [*sorted((ROOT / "ror").rglob("*.py")), *sorted((ROOT / "ror").rglob("*.js")), ROOT / "app.py"]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    code = re.sub(r'"\s*\n\s*f?"', "", code)
    for message, _ in table(DOCS / "operations.md", "Message"):
        quoted = re.findall(r"« (.*?) »", message)
        assert quoted
        for fragment in quoted[0].split("…"):
            assert fragment.strip(" ()") in code, message


def test_the_columns_of_the_units_file_are_documented() -> None:
    from ror.exchange.units import MANDATORY, OPTIONAL

    rows = {row[0].strip("`"): row[1] for row in table(DOCS / "files.md", "Column") if len(row) == 3}
    assert rows == dict.fromkeys(MANDATORY, "yes") | dict.fromkeys(OPTIONAL, "no")


def test_the_french_guide_keeps_its_quotation_marks_together() -> None:
    for page in PAGES:
        assert not re.search(r"« | »", page.read_text(encoding="utf-8")), page.name


# Files, folders and names of the code


def references(page: Path) -> list[str]:
    """Return the folders, the files and the names in files (`path::name`) of the code that a page names."""
    return re.findall(r"`((?:ror|pages|scripts|benchmarks)/[\w/]+(?:\.\w+(?:::\w+)?|/))`", text_of(page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_folder_and_name_of_the_code_exists(page: Path) -> None:
    for reference in references(page):
        path, _, name = reference.partition("::")
        assert (ROOT / path).exists(), reference
        assert not name or re.search(rf"^(?:async )?(?:def|class) {name}\b", (ROOT / path).read_text("utf-8"), re.MULTILINE), (
            reference
        )


def test_the_architecture_names_where_each_step_is() -> None:
    assert len(references(DOCS / "architecture.md")) > 30
