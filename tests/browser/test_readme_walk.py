"""README.md, « With your own region », word for word: the commands in bash, then the four steps in a browser."""

import csv
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scripts.browser import settle, sign_in
from tests.harness import ROOT, Server

DATABASE = "data/my-region.duckdb"
SERVE = "python -m ror serve"
PASSWORD = "Quatre-lits-libres-2026"
STRUCTURE, UNIT = "990770011", "Médecine fictive"
WAIT = 20_000
COMMANDS_SECONDS = 300

pytestmark = pytest.mark.timeout(2 * COMMANDS_SECONDS)


def commands() -> str:
    """Return the block of commands of the README's section."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## With your own region\n")[2].partition("\n## ")[0]
    (block,) = re.findall(r"^```bash\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return str(block)


def bash(script: str) -> str:
    """Run commands as a reader of the README does, from the root of the checkout; return their output."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("ROR_", "STREAMLIT_")) and name != "PORT"
    }
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    run = subprocess.run(
        ["bash", "-e"], input=script, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=COMMANDS_SECONDS
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def summaries(output: str) -> list[list[int]]:
    """Return the numbers of each import: read, created, changed, unchanged, refused."""
    lines = re.findall(r"^│([ \d│]+)│$", output, re.MULTILINE)
    return [[int(number) for number in line.split("│")] for line in lines]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Server]]:
    """The output of the commands, and the server that the last of them starts."""
    database = tmp_path_factory.mktemp("walk") / "my-region.duckdb"
    block = commands()
    assert block.count(DATABASE) == 1
    assert block.count(SERVE) == 1
    script = block.replace(DATABASE, str(database)).replace(SERVE, "")
    printed = bash(script)
    with Server(database) as server:
        yield printed, server


def test_the_commands_import_the_region_and_create_its_accounts(walked: tuple[str, Server]) -> None:
    printed, _ = walked
    assert summaries(printed) == [[4, 4, 0, 0, 0], [7, 7, 0, 0, 0]]
    assert "Account anne created." in printed
    assert "Account paul created." in printed
    assert "Account ada created." in printed


def test_a_number_declared_is_read_in_both_consultations(walked: tuple[str, Server], page_factory: Callable[..., Page]) -> None:
    server = walked[1]
    manager = page_factory()
    sign_in(manager, server.url, "anne", PASSWORD)
    expect(manager.get_by_role("heading", name="Mise à jour")).to_be_visible(timeout=WAIT)
    expect(manager.get_by_text("3 unités dans votre périmètre")).to_be_visible(timeout=WAIT)

    manager.goto(f"{server.url}/mise-a-jour?unite={STRUCTURE}-medecine-fictive")
    expect(manager.get_by_role("heading", name=UNIT)).to_be_visible(timeout=WAIT)
    settle(manager)
    manager.get_by_label("Nombre de lits disponibles").fill("7")
    manager.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(manager.get_by_text(f"{UNIT} : 7 lits, enregistré à l'instant.")).to_be_visible(timeout=WAIT)

    check_totals(manager, server)
    expect(manager.get_by_role("button", name="Télécharger (CSV)")).to_have_count(0)
    check_structure(manager, server)
    coordinator = page_factory()
    sign_in(coordinator, server.url, "paul", PASSWORD)
    check_totals(coordinator, server)
    check_download(coordinator)
    check_structure(coordinator, server)


def test_the_administrator_reads_in_the_journal_who_declared_it(
    walked: tuple[str, Server], page_factory: Callable[..., Page]
) -> None:
    page = page_factory()
    sign_in(page, walked[1].url, "ada", PASSWORD)
    page.goto(f"{walked[1].url}/administration?volet=Journal")
    expect(page.get_by_text("Vérifier la chaîne").first).to_be_visible(timeout=WAIT)
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Télécharger (CSV)").first.click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert re.search(rf"Anne Exemple;.*Mise à jour.*{UNIT}", text), text


def check_totals(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/departements")
    totals = page.locator(".ror-tiles p").first
    expect(totals).to_contain_text("7 lits dont 7 confirmés depuis moins de 24 h et 0 il y a plus de 7 jours", timeout=WAIT)
    settle(page)


def check_download(page: Page) -> None:
    rows = {row["Département"]: row for row in download_lines(page)}
    assert set(rows) == {"77 Seine-et-Marne", "94 Val-de-Marne"}
    assert rows["77 Seine-et-Marne"]["Lits"] == "7"
    assert rows["77 Seine-et-Marne"]["Plus ancienne"] == "à l'instant"
    assert rows["94 Val-de-Marne"]["Lits"] == "0"
    assert rows["94 Val-de-Marne"]["Plus ancienne"] == ""


def download_lines(page: Page) -> list[dict[str, str]]:
    """Download the first table of the screen as CSV, and return its lines."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Télécharger (CSV)").first.click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def check_structure(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/structures")
    settle(page)
    search = page.get_by_label("Rechercher une structure")
    search.fill("bac de seine")
    search.press("Enter")
    expect(page.get_by_text(re.compile(r"^1 structure\b"))).to_be_visible(timeout=WAIT)
    page.goto(f"{server.url}/structures?q=bac+de+seine&structure={STRUCTURE}")
    expect(page.get_by_role("heading", name="HOPITAL FICTIF DU BAC DE SEINE")).to_be_visible(timeout=WAIT)
    line = page.locator(".ror-table tr", has_text=UNIT)
    expect(line).to_contain_text("7 lits")
    expect(line).to_contain_text("sur 24 lits")
    expect(line).to_contain_text("à l'instant")
