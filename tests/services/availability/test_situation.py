"""The situation report of a département: a right, a line in the journal, what the view shows."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from ror.drawing import paper
from ror.errors import Busy, Forbidden, NotFound
from ror.model.filters import Filters
from ror.model.nomenclature import CapacityType
from ror.services import journal
from ror.services.availability import consult, places, situation
from ror.services.availability.situation import ReportScope, report
from ror.services.registry import outlines
from ror.store import registry, registry_changes
from tests.outline_files import feature, geojson, written
from tests.region import (
    ADELE,
    ASYLUM,
    CAMILLE,
    CORALIE,
    DOMINIQUE,
    HOME,
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


def view(db, filters=None):
    return consult.view(db, consult.current(db, CORALIE), filters or Filters(), NOW)


def text(file: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(file)).pages)


def lines(db):
    read = journal.read(db, None, journal.JournalQuery(), NOW).to_pylist()
    return [(line["act"], line["outcome"], line["actor"], line["subject"], line["after"]) for line in read]


def test_a_coordinator_exports_the_report_of_a_departement_and_the_export_is_journalled(filled):
    printed = text(report(filled, CORALIE, view(filled), ReportScope("94"), NOW))
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
        assert words in printed
    assert "Hôpital fictif des Tilleuls" not in printed
    assert lines(filled) == [("export", "done", "coralie", "file:situation-94", '{"lines": 2}')]


def test_it_has_a_map_and_a_chart_of_available_beds_or_places(filled):
    (page, *_) = PdfReader(BytesIO(report(filled, CORALIE, view(filled), ReportScope("94"), NOW))).pages
    assert len(page.images) == 3
    (page, *_) = PdfReader(BytesIO(report(filled, CORALIE, view(filled), ReportScope("93"), NOW))).pages
    assert len(page.images) == 1, "nothing is available there: the map alone"


def test_its_map_has_the_imported_outlines(filled, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(situation, "pictures", lambda drawings: drawn.extend(drawings) or paper.pictures(drawings))
    square = [(2.3, 48.7), (2.6, 48.7), (2.6, 48.85), (2.3, 48.85), (2.3, 48.7)]
    path = written(tmp_path, geojson(feature({"code": "94"}, square)))
    outlines.import_outlines(filled, path, NOW)
    report(filled, CORALIE, view(filled), ReportScope("94"), NOW)
    (known,) = {one.outlines for one in drawn} - {None}
    assert {tuple(point) for point in known.by_code["94"].rings[0]} == set(square)


@pytest.mark.parametrize(("most", "beds"), [(2, [(ASYLUM, 4), (HOME, 3)]), (1, [(ASYLUM, 4)])])
def test_each_chart_has_the_structures_that_offer_most_of_its_type_first(filled, monkeypatch, most, beds):
    drawn = []

    def refuse(drawings):
        drawn.extend(drawings)
        raise Busy("Trop de demandes.")

    monkeypatch.setattr(situation, "MAX_BARS", most)
    monkeypatch.setattr(situation, "pictures", refuse)
    with pytest.raises(Busy):
        report(filled, CORALIE, view(filled), ReportScope("94"), NOW)
    _, of_beds, of_places = ([(row.get("finess"), row.get("available")) for row in drawing.rows] for drawing in drawn)
    assert (of_beds, of_places) == (beds, [(HOME, 5)])


def test_it_counts_the_matching_units_and_prints_the_filters(filled):
    beds = Filters(capacity_type=CapacityType.BED, at_least=4)
    printed = text(report(filled, CORALIE, view(filled, beds), ReportScope("94"), NOW))
    assert "Filtre - Disponibles, au moins : 4" in printed
    assert "4 lits disponibles" in printed
    assert "0 place" not in printed
    assert "Places" not in printed


def test_a_report_that_could_not_be_drawn_is_not_journalled(filled):
    with ExitStack() as held:
        while paper.REQUEST_SLOTS.acquire(blocking=False):
            held.callback(paper.REQUEST_SLOTS.release)
        with pytest.raises(Busy):
            report(filled, CORALIE, view(filled), ReportScope("94"), NOW)
    assert lines(filled) == []


def test_structures_are_in_the_order_of_a_directory_where_an_accent_does_not_count(filled):
    with filled.transaction() as transaction:
        registry.merge(transaction, [replace(STRUCTURES[-1], name="Étoile fictive")])
        registry_changes.record_change(transaction, f"structure:{ASYLUM}", NOW)
    printed = text(report(filled, CORALIE, view(filled), ReportScope("94"), NOW)).partition("2 structures")[2]
    assert 0 < printed.index("Étoile fictive") < printed.index("Résidence fictive des Ormes")


@pytest.mark.parametrize("account", [CAMILLE, DOMINIQUE, ADELE], ids=["manager", "professional", "administrator"])
def test_nobody_else_does_and_the_refusal_is_journalled(filled, account):
    with pytest.raises(Forbidden):
        report(filled, account, view(filled), ReportScope("94"), NOW)
    assert lines(filled) == [("export", "refused", account.id, "file:situation-94", "")]


@pytest.mark.parametrize("code", ["13", "<script>"])
def test_a_departement_of_which_nothing_passes_has_no_report(filled, code):
    with pytest.raises(NotFound, match="élargissez"):
        report(filled, CORALIE, view(filled), ReportScope(code), NOW)
    assert lines(filled) == []


def test_a_territory_without_an_outline_has_a_report_without_a_map(filled):
    """As a code that the outlines of `data/` do not have yet."""
    with filled.transaction() as transaction:
        registry.merge(transaction, [replace(STRUCTURES[-1], department="20")])
        registry_changes.record_change(transaction, f"structure:{ASYLUM}", NOW)
    (page, *_) = PdfReader(BytesIO(report(filled, CORALIE, view(filled), ReportScope("20"), NOW))).pages
    assert len(page.images) == 1, "the chart alone"


def test_the_report_of_the_region_has_every_structure_and_that_of_a_place_those_near_it(filled):
    whole = text(report(filled, CORALIE, view(filled), ReportScope(), NOW))
    assert "Résidence fictive des Ormes" in whole
    assert "Clinique fictive des Saules" in whole
    near = ReportScope(point=places.point(filled, "commune:94028"), kilometres=5)
    printed = text(report(filled, CORALIE, view(filled), near, NOW))
    assert "Filtre - Lieu : à moins de 5 km de Créteil (94)" in printed
    assert "Clinique fictive des Saules" not in printed
    assert lines(filled)[-1][3] == "file:situation-region"


def test_a_region_of_which_nothing_passes_has_no_report(filled):
    with pytest.raises(NotFound, match="élargissez"):
        report(filled, CORALIE, view(filled, Filters(at_least=10_000)), ReportScope(), NOW)
