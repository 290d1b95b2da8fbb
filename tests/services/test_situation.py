"""The situation report of a département: a right, a line in the journal, what the view shows."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from ror.drawing import paper
from ror.errors import Busy, Forbidden, NotFound
from ror.model.board import Filters
from ror.model.nomenclature import CapacityType
from ror.services import journal
from ror.services.availability import consult
from ror.services.availability.situation import report
from ror.store import registry
from tests.region import (
    ADELE,
    ASYLUM,
    CAMILLE,
    CORALIE,
    DOMINIQUE,
    LONG_STAY,
    NOW,
    NURSING,
    PSYCHIATRY,
    STRUCTURES,
    write,
)

pytestmark = pytest.mark.usefixtures("region")


@pytest.fixture
def filled(db):
    write(db, NURSING, 5, NOW - timedelta(hours=5))
    write(db, LONG_STAY, 3, NOW - timedelta(minutes=5))
    write(db, PSYCHIATRY, 4, NOW - timedelta(days=9))
    return db


def seen(db, filters=None):
    return consult.view(db, consult.current(db, CORALIE), filters or Filters(), NOW)


def text(file: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(file)).pages)


def lines(db):
    read = journal.read(db, None, journal.JournalQuery(), NOW).to_pylist()
    return [(line["act"], line["outcome"], line["actor"], line["subject"], line["after"]) for line in read]


def test_a_coordinator_takes_the_report_of_a_departement_and_the_journal_says_so(filled):
    said = text(report(filled, CORALIE, seen(filled), "94", NOW))
    for words in (
        "Val-de-Marne (94)",
        "Situation au 23/11/2026 à 10 h 00",
        "7 lits disponibles",
        "dont 3 confirmés depuis moins de 24 h",
        "5 places disponibles",
        "2 structures",
        "Résidence fictive des Ormes Créteil",
        "Centre fictif des Érables",
    ):
        assert words in said
    assert "Hôpital fictif des Tilleuls" not in said
    assert lines(filled) == [("export", "done", "coralie", "file:situation-94", '{"lines": 2}')]


def test_it_has_a_map_and_a_chart_for_what_is_available(filled):
    (page, *_) = PdfReader(BytesIO(report(filled, CORALIE, seen(filled), "94", NOW))).pages
    assert len(page.images) == 3
    (page, *_) = PdfReader(BytesIO(report(filled, CORALIE, seen(filled), "93", NOW))).pages
    assert len(page.images) == 1, "nothing is available there: the map alone"


def test_it_counts_what_the_filters_let_through_and_says_which(filled):
    beds = Filters(capacity_type=CapacityType.BED, at_least=4)
    said = text(report(filled, CORALIE, seen(filled, beds), "94", NOW))
    assert "Filtre - Disponibles, au moins : 4" in said
    assert "4 lits disponibles" in said
    assert "places disponibles" not in said


def test_what_could_not_be_drawn_did_not_leave_and_the_journal_does_not_say_so(filled):
    with ExitStack() as held:
        while paper.PLACES.acquire(blocking=False):
            held.callback(paper.PLACES.release)
        with pytest.raises(Busy):
            report(filled, CORALIE, seen(filled), "94", NOW)
    assert lines(filled) == []


def test_structures_are_in_the_order_of_a_directory_where_an_accent_does_not_count(filled):
    with filled.transaction() as transaction:
        registry.merge(transaction, [replace(STRUCTURES[-1], name="Étoile fictive")])
        registry.record_change(transaction, f"structure:{ASYLUM}", NOW)
    said = text(report(filled, CORALIE, seen(filled), "94", NOW)).partition("2 structures")[2]
    assert 0 < said.index("Étoile fictive") < said.index("Résidence fictive des Ormes")


@pytest.mark.parametrize("account", [CAMILLE, DOMINIQUE, ADELE], ids=["manager", "professional", "administrator"])
def test_nobody_else_does_and_the_refusal_is_journalled(filled, account):
    with pytest.raises(Forbidden):
        report(filled, account, seen(filled), "94", NOW)
    assert lines(filled) == [("export", "refused", account.id, "file:situation-94", "")]


@pytest.mark.parametrize("code", ["13", "<script>", ""])
def test_a_departement_of_which_nothing_passes_has_no_report(filled, code):
    with pytest.raises(NotFound, match="élargissez"):
        report(filled, CORALIE, seen(filled), code, NOW)
    assert lines(filled) == []
