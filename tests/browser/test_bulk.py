"""« Par fichier » in a real Chromium: download, fill in, upload, check the preview, save, and read the board."""

import io
import re

import openpyxl
import pytest
from playwright.sync_api import expect

from scripts.browser import settle
from tests.browser.demonstration import copy_with_sessions, open_signed_in
from tests.browser.examination import PHONE, WIDE, resize
from tests.browser.test_main_walk import no_trouble
from tests.harness import Server

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def server(seeded, tmp_path_factory):
    """A server that this module shares: each test reads the current numbers before it changes them."""
    with Server(copy_with_sessions(seeded, tmp_path_factory.mktemp("bulk") / "demonstration.duckdb"), demo=True) as running:
        yield running


def open_bulk_form(page, server):
    """Open the bulk form as the manager of the demonstration."""
    open_signed_in(page, f"{server.url}/mise-a-jour", "responsable")
    page.get_by_text("Par fichier : toutes vos unités à la fois").click()
    expect(page.get_by_role("button", name="Télécharger mes unités (Excel)")).to_be_visible()
    settle(page)


def download_workbook(page):
    """Press the download button and return the workbook."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Télécharger mes unités (Excel)").click()
    assert re.fullmatch(r"mes-unites-a-remplir-[-0-9h]+\.xlsx", download.value.suggested_filename)
    return openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))


def upload(page, name, content, kind=XLSX):
    page.locator('[data-testid="stFileUploader"] input[type=file]').set_input_files(
        {"name": name, "mimeType": kind, "buffer": content}
    )
    settle(page)


def file_content(book):
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def no_trouble_at_any_size(page):
    """Check the screen on a phone, then wide, as it stays."""
    for size in (PHONE, WIDE):
        resize(page, size)
        no_trouble(page)


def test_a_manager_fills_in_a_workbook_gives_it_back_and_reads_the_board(server, page_factory):
    page = page_factory()
    open_bulk_form(page, server)
    book = download_workbook(page)
    sheet = book["Mes unités"]
    assert sheet.max_row > 2
    for row in sheet.iter_rows(min_row=2):
        row[7].value = row[5].value or 0
    sheet["I2"] = "Rempli <b>par fichier</b>"
    unit = sheet["B2"].value
    upload(page, "mes-unites.xlsx", file_content(book))
    button = page.get_by_role("button", name=re.compile("^Enregistrer (les [0-9]+ lignes|la ligne)"))
    expect(button).to_be_visible()
    expect(page.get_by_text("Rien n'est encore écrit")).to_be_visible()
    no_trouble_at_any_size(page)
    button.click()
    expect(page.get_by_text(re.compile(r"^[0-9]+ unités? enregistrées? : "))).to_be_visible()
    expect(page.get_by_role("button", name="Annuler tout")).to_be_visible()
    settle(page)
    no_trouble_at_any_size(page)
    page.goto(f"{server.url}/mise-a-jour?unite={sheet['J2'].value}")
    settle(page)
    expect(page.locator(".ror-unit h2")).to_have_text(unit)
    expect(page.locator(".ror-number")).to_contain_text("à l'instant")
    assert page.get_by_label("Commentaire (facultatif)").input_value() == "Rempli <b>par fichier</b>"


TWICE = "button => { button.click(); setTimeout(() => button.click(), 50); }"


def test_pressing_twice_writes_once_and_undoes_once_and_the_open_page_shows_both_at_once(server, page_factory):
    page = page_factory()
    open_bulk_form(page, server)
    book = download_workbook(page)
    unit, number = page.locator(".ror-line b").first.inner_text(), page.locator(".ror-line-number").first
    before = number.input_value()
    for row in book["Mes unités"].iter_rows(min_row=2):
        row[7].value = (row[5].value or 0) + (row[1].value == unit)
    upload(page, "mes-unites.xlsx", file_content(book))
    page.get_by_role("button", name=re.compile("^Enregistrer les [0-9]+ lignes")).evaluate(TWICE)
    page.get_by_role("button", name="Annuler tout").wait_for()
    settle(page)
    expect(page.get_by_text(re.compile("^[0-9]+ unités enregistrées : "))).to_be_visible()
    expect(number).not_to_have_value(before)
    page.get_by_role("button", name="Annuler tout").evaluate(TWICE)
    expect(page.get_by_text("Annulé : vos unités sont comme avant.")).to_be_visible()
    settle(page)
    expect(page.get_by_text("Rien n'a été annulé")).to_have_count(0)
    expect(number).to_have_value(before)


def test_a_file_is_invited_and_a_wrong_or_a_too_large_one_refused_in_french(server, page_factory, tmp_path):
    page = page_factory()
    open_bulk_form(page, server)
    dragged = page.evaluate_handle(
        "() => { const data = new DataTransfer(); data.items.add(new File(['x'], 'x.csv')); return data; }"
    )
    dropzone = page.locator('[data-testid="stFileUploaderDropzone"]')
    dropzone.dispatch_event("dragenter", {"dataTransfer": dragged})
    expect(page.get_by_text("Déposez le fichier ici")).to_be_visible()
    expect(page.get_by_text("Drag and drop")).to_have_count(0)
    dropzone.dispatch_event("dragleave", {"dataTransfer": dragged})
    expect(page.get_by_text("Déposez le fichier ici")).to_have_count(0)
    upload(page, "plan.pdf", b"%PDF-1.7", "application/pdf")
    expect(page.get_by_text("est un PDF : donnez le fichier téléchargé sur cet écran")).to_be_visible()
    large = tmp_path / "enorme.xlsx"
    with large.open("wb") as file:
        file.truncate(100 * 2**20)
    page.reload()
    settle(page)
    page.get_by_text("Par fichier : toutes vos unités à la fois").click()
    settle(page)
    page.locator('[data-testid="stFileUploader"] input[type=file]').set_input_files(large)
    settle(page)
    message = page.locator('[data-testid="stFileUploader"]').evaluate("field => getComputedStyle(field, '::after').content")
    assert "il est trop grand" in message
    for english in ("must be", "Browse", "Limit", "Drag"):
        assert english not in page.locator("body").inner_text()
