"""docs/api.md is true: its commands are run in their order against a server of the demonstration, its tables are the code's."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ror.api.application import application
from ror.api.error_table import all_kinds
from ror.exchange.fhir.search_parameters import SEARCH
from ror.settings import ROOT
from tests.harness import Server
from tests.test_docs import table

PAGE = ROOT / "docs" / "api.md"
EXAMPLE = re.compile(r"^```bash\n(.*?)^```\n(?:```(json|text)\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
ADDRESS = "http://localhost:8501"
END = "--- end of an example ---"


def examples() -> list[tuple[str, str, str]]:
    """Return each block of commands, with the kind and the text of the answer that follows it."""
    return EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def printed(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Run all blocks in one shell beside a server of the demonstration; return what each prints."""
    path = shutil.copy(seeded, tmp_path_factory.mktemp("api") / "ror.duckdb")
    with Server(path, demo=True) as server:
        script = f"\necho; echo '{END}'\n".join(block.replace(ADDRESS, server.url) for block, _, _ in examples())
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "ROR_DATABASE": str(path),
        }
        run = subprocess.run(
            ["bash", "-eu", "-o", "pipefail"],
            input=script,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert run.returncode == 0, run.stderr
        yield run.stdout.split(END)


def differences(shown: Any, answered: Any, place: str = "") -> list[str]:
    """List the differences between an answer shown and one received: missing keys, other kinds of values."""
    if isinstance(shown, dict) and isinstance(answered, dict):
        missing = [f"{place}.{key} is missing" for key in shown if key not in answered]
        return missing + [
            one for key in shown if key in answered for one in differences(shown[key], answered[key], f"{place}.{key}")
        ]
    if isinstance(shown, list) and isinstance(answered, list):
        return differences(shown[0], answered[0], f"{place}[0]") if shown and answered else [f"{place} is empty"] * bool(shown)
    numbers = isinstance(shown, int | float) and isinstance(answered, int | float)
    return [] if numbers or type(shown) is type(answered) else [f"{place}: {shown!r} is shown, {answered!r} answered"]


def constant_words(answer: dict[str, Any]) -> list[str]:
    """Return the words of an answer that do not change with the numbers of the demonstration."""
    return [f"{word}: {answer[word]}" for word in ("resourceType", "type", "status", "kind", "unit") if word in answer]


@pytest.mark.parametrize("number", range(len(examples())))
def test_an_example_prints_what_is_shown_under_it(printed: list[str], number: int) -> None:
    _, kind, shown = examples()[number]
    if kind == "json":
        answered = json.loads(printed[number])
        assert differences(json.loads(shown), answered) == [], printed[number]
        assert constant_words(json.loads(shown)) == constant_words(answered)
    elif kind == "text":
        assert printed[number].strip() == shown.strip()


def test_there_are_examples_of_every_route() -> None:
    commands = "".join(block for block, _, _ in examples())
    for path in application().openapi()["paths"]:
        if path != "/v1/problems":
            assert f"/api{path}".partition("{")[0].rstrip("/") in commands


def test_every_kind_of_problem_is_in_the_table_with_its_status() -> None:
    rows = {kind.strip("`"): int(status) for kind, status, _ in table(PAGE, "`type` ends with")}
    assert rows == {kind.name: kind.status for kind in all_kinds()}


def test_every_route_is_in_the_table_with_its_filters() -> None:
    described = application().openapi()["paths"]
    served = {
        f"{method.upper()} /api{path}": {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
        - {"after", "limit"}
        for path, operations in described.items()
        for method, operation in operations.items()
    }
    rows = {address.strip("`"): filters for address, _, filters in table(PAGE, "Address") if "/api/" in address}
    assert rows.keys() == served.keys()
    of_units = served["GET /api/v1/units"]
    for address, filters in rows.items():
        named = set(re.findall(r"`(\w+)`", filters)) | (of_units if "those of units" in filters else set())
        assert named == served[address], address


def test_every_search_parameter_is_in_the_table_with_its_type_and_its_resources() -> None:
    rows = {
        name.strip("`"): (type_, set(SEARCH) if kinds == "all" else set(re.findall(r"`(\w+)`", kinds)))
        for name, type_, kinds, _ in table(PAGE, "Parameter")
    }
    served = {
        name: (parameter.type, {kind for kind in SEARCH if name in SEARCH[kind]})
        for parameters in SEARCH.values()
        for name, parameter in parameters.items()
    }
    assert rows == served
