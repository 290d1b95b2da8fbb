"""The call round on three screens: two coordinators who never call the same unit, and a manager who sees the result."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from ror.model.rights import EVERYWHERE, Account, Role
from ror.store.engine.database import Database
from scripts.browser import settle
from tests.attacks.helpers import open_for, prepare
from tests.attacks.served import WritableServer
from tests.region import CAMILLE, CARDIAC, CORALIE, WARD, store_account, write

PAUL = Account("paul", "paul", "Paul Repère", frozenset({Role.COORDINATOR}))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    path = tmp_path_factory.mktemp("calls") / "ror.duckdb"
    prepare(path)
    db = Database(path)
    store_account(db, replace(CORALIE, declares_for_others=EVERYWHERE))
    store_account(db, PAUL)
    open_for(db, PAUL)
    for unit in (WARD, CARDIAC):
        write(db, unit, 4, datetime.now(UTC) - timedelta(days=9), comment="Aile nord")
    db.close()
    with WritableServer(path) as running:
        yield running


def row(page: Page, name: str):
    return page.locator(".ror-row", has_text=name)


def open_unit(page: Page, name: str) -> None:
    row(page, name).locator(".ror-row-open").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    settle(page)


def test_two_coordinators_and_a_manager_at_once(server, visit):
    coralie, paul = visit(CORALIE, "/coordination"), visit(PAUL, "/coordination")
    camille = visit(CAMILLE, "/mise-a-jour", 390, 844)
    expect(row(paul, "Médecine interne")).to_contain_text("En retard")
    expect(row(paul, "Médecine interne").get_by_role("link")).to_have_attribute("href", "tel:0199000202")
    open_unit(coralie, "Médecine interne")
    open_unit(paul, "Médecine interne")
    expect(coralie.get_by_text(CAMILLE.name)).to_be_visible()
    coralie.get_by_role("button", name="J'appelle").click()
    # The other coordinator sees the call without a reload, and has no button any more.
    expect(row(paul, "Médecine interne")).to_contain_text(re.compile("Coralie Repère appelle depuis"))
    expect(paul.get_by_role("button", name="J'appelle")).to_have_count(0)
    coralie.get_by_text("Autre nombre", exact=True).click()
    coralie.get_by_label("Nombre de lits disponibles").fill("2")
    expect(coralie.get_by_text("Ce nombre devient celui de l'unité")).to_be_visible()
    coralie.get_by_role("button", name="Enregistrer l'appel").click()
    expect(coralie.get_by_text("Appel enregistré.")).to_be_visible()
    expect(row(paul, "Médecine interne")).to_contain_text(
        re.compile(r"Appelé à \d\d h \d\d : 2 lits au lieu de 4 \(Coralie Repère")
    )
    # The open page of the manager shows it first, with the name of the coordinator who wrote it.
    expect(camille.get_by_text("La coordination a écrit par téléphone le nombre de cette unité")).to_be_visible()
    first = camille.locator(".ror-line").first
    expect(first).to_contain_text("Médecine interne")
    expect(first).to_contain_text(f"2 lits, par téléphone (coordination, {CORALIE.name})")
    first.get_by_role("button", name="Inchangé").click()
    camille.get_by_role("button", name=re.compile("^Enregistrer")).click()
    expect(camille.get_by_text("La coordination a écrit par téléphone")).to_have_count(0)
    written = "SELECT account, kind, available, comment, channel FROM declaration WHERE unit = ? ORDER BY position DESC LIMIT 2"
    assert server.execute(written, [WARD]) == [
        (CAMILLE.id, "confirmed", 2, "Aile nord", "form"),
        (CORALIE.id, "declared", 2, "Aile nord", "telephone"),
    ]
