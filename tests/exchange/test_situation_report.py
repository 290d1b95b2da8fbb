"""The situation report, read back as text and pages by another library."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from ror.exchange.about import FICTITIOUS, About
from ror.exchange.printed_page import printable
from ror.exchange.situation_report import Situation, message_pdf, to_pdf
from ror.model.freshness import age_bands
from ror.model.nomenclature import CapacityType
from ror.model.territory import PARIS
from tests.examples import slow_examples

AT = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
BANDS = age_bands()
BED, PLACE = CapacityType.BED, CapacityType.PLACE


def summary(**changes):
    row = {
        "structure": "Hôpital fictif du Cœur d'Île",
        "commune": "Créteil",
        "telephone": "0199000012",
        "rank": 1,
        "longitude": 2.45,
        **{"beds": 12, "beds_fresh": 9, "beds_old": 2, "places": 4, "places_fresh": 1, "places_old": 3},
        **{"units": 5, "shut": 1, "up_to_date": 3, "overdue": 2},
        **{"band_0": 1, "band_1": 2, "band_2": 1, "band_3": 1, "band_4": 0},
    }
    return row | changes


def about(**changes):
    defaults = {
        "title": "Val-de-Marne (94)",
        "service": "Lits et places",
        "region": "Île-de-France",
        "at": AT,
        "zone": PARIS,
        "criteria": (),
    }
    return About(**(defaults | {"bands": BANDS, "duty": "une semaine"} | changes))


def picture():
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "#0e7efc").save(file, "PNG")
    return file.getvalue()


def situation(rows=None, types=(PLACE, BED), total=None, **changes):
    structures = [summary()] if rows is None else rows
    charts = dict.fromkeys(types, picture())
    return Situation(about(**changes), total or summary(), structures, types, picture(), charts)


def pages(file: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(file)).pages]


def test_the_report_has_its_service_its_title_and_its_instant():
    (page,) = pages(to_pdf(situation()))
    for words in ("Lits et places - Île-de-France", "Val-de-Marne (94)", "Situation au 23/11/2026 à 10 h 05", "Page 1/1"):
        assert words in page


def test_the_totals_keep_beds_and_places_apart_and_state_their_freshness():
    (page,) = pages(to_pdf(situation()))
    assert "12 lits disponibles" in page
    assert "dont 9 confirmés depuis moins de 24 h" in page
    assert "et 2 il y a plus de 7 jours" in page
    assert "4 places disponibles" in page
    assert "dont 1 confirmée depuis moins de 24 h" in page
    assert "et 3 il y a plus de 7 jours" in page
    assert "dont 2 en retard, 1 autre fermée" in page


@pytest.mark.parametrize("units", range(60, 140, 7))
def test_a_number_of_the_bar_is_whole_or_left_out(units):
    counts = {"band_0": units, "band_1": 1850 - units, "band_2": 0, "band_3": 0, "band_4": 0}
    (page,) = pages(to_pdf(situation(total=summary(**counts))))
    assert "..." not in page


def test_a_line_per_structure_with_age_numbers_and_telephone():
    (page,) = pages(to_pdf(situation([summary(), summary(structure="Clinique fermée", rank=None)])))
    assert "Hôpital fictif du Cœur d'Île" in page
    assert "01 99 00 00 12" in page
    assert "Créteil" in page
    assert "Fermée" in page
    assert page.count("moins de 24 h") >= 3


def test_only_the_filtered_capacity_type_is_counted():
    (page,) = pages(to_pdf(situation(types=(BED,), criteria=(("Lit ou place", "lits seulement"),))))
    assert "Filtre - Lit ou place : lits seulement" in page
    assert "12 lits disponibles" in page
    assert "places disponibles" not in page
    assert "Places" not in page
    assert "Places" in pages(to_pdf(situation()))[0]


def test_each_page_has_the_title_the_instant_and_its_number():
    read = pages(to_pdf(situation([summary(structure=f"Structure fictive {n}") for n in range(120)], fictitious=True)))
    assert len(read) > 3
    for number, page in enumerate(read, 1):
        assert f"Page {number}/{len(read)}" in page
        for words in ("Situation au 23/11/2026 à 10 h 05", "Val-de-Marne (94)", "Lits et places", FICTITIOUS, "Téléphone"):
            assert words in page
    assert all(sum(f"Structure fictive {n} " in page for page in read) == 1 for n in range(120))


def test_a_long_filter_is_printed_in_full():
    types = ", ".join(f"Type d'unité fictif numéro {n}" for n in range(40))
    text = " ".join(pages(to_pdf(situation(criteria=(("Type de l'unité", types),)))))
    assert f"Filtre - Type de l'unité : {types}" in text


def test_pictures_stand_whole_on_a_page_however_many_filters_there_are():
    for lines in range(10, 70, 6):
        reader = PdfReader(io.BytesIO(to_pdf(situation(criteria=tuple((f"Filtre {n}", "mot") for n in range(lines))))))
        placed = [(matrix[5], matrix[3]) for page in reader.pages for matrix in _placed(page)]
        assert len(placed) == 3
        assert all(bottom > 30 and bottom + height < 800 for bottom, height in placed)


def _placed(page):
    """Return the matrix of each picture of a page."""
    drawn = page.get_contents().get_data().decode("latin-1")
    return [[float(one) for one in found.split()] for found in re.findall(r"q ([-0-9. ]+) cm /I[0-9]+ Do", drawn)]


def test_every_age_has_its_number_even_where_the_bar_has_no_room_for_it():
    row = summary(band_0=1, band_1=900, band_2=0, band_3=2, band_4=3)
    (page,) = pages(to_pdf(Situation(about(), row, [summary()], (BED,), None, {BED: None})))
    ages = "moins d'1 h 1, moins de 24 h 900, moins de 7 jours 0, plus de 7 jours 2, jamais renseigné 3"
    assert f"Unités, selon l'âge de leur dernière mise à jour : {ages}" in page


def test_thousands_of_units_and_beds_are_printed_with_a_space():
    region = replace(situation(), total=summary(beds=1_569, band_0=1_095, band_1=1_061, band_2=439, band_3=140, band_4=67))
    (page,) = pages(to_pdf(region))
    assert "1 569 lits disponibles" in page
    assert "moins d'1 h 1 095, moins de 24 h 1 061, moins de 7 jours 439, plus de 7 jours 140, jamais renseigné 67" in page
    assert page.count("1 061") == 2


def test_structures_that_are_not_on_the_map_are_counted():
    nowhere = summary(longitude=None)
    assert "Sans position connue, 2 structures n'y sont pas." in pages(to_pdf(situation([summary(), nowhere, nowhere])))[0]
    assert "Sans position connue, 1 structure n'y est pas." in pages(to_pdf(situation([nowhere])))[0]
    assert "Sans position" not in pages(to_pdf(situation()))[0]


def test_only_a_demonstration_says_that_it_is_one():
    assert FICTITIOUS not in pages(to_pdf(situation()))[0]


def test_the_shapes_of_the_legend_are_drawn_in_their_colours():
    drawn = PdfReader(io.BytesIO(to_pdf(situation()))).pages[0].get_contents().get_data().decode("latin-1")
    for band in BANDS:
        parts = [f"{int(band.colour[at : at + 2], 16) / 255:.4f}".rstrip("0") for at in (1, 3, 5)]
        grey = len(set(parts)) == 1
        assert (f"{parts[0]} g\n" if grey else f"{' '.join(parts)} rg\n") in drawn, band.words


def test_the_report_declares_french_to_screen_readers():
    root = PdfReader(io.BytesIO(to_pdf(situation())))
    assert root.trailer["/Root"]["/Lang"] == "fr-FR"
    assert root.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"]
    assert root.metadata.title == "Rapport de situation - Val-de-Marne (94)"


def test_a_missing_map_or_chart_is_replaced_by_a_message():
    empty = Situation(about(), summary(beds=0), [summary()], (BED,), None, {BED: None})
    assert "Lits : aucune disponibilité déclarée." in pages(to_pdf(empty))[0]


def test_a_region_of_which_nothing_was_ever_declared_has_a_report():
    bands = {f"band_{rank}": 0 for rank in range(5)}
    nothing = summary(units=0, **bands)
    assert pages(to_pdf(Situation(about(), nothing, [], (PLACE, BED), None, {PLACE: None, BED: None})))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Œuvre d'été - 12 € « à l'œil » …", "Œuvre d'été - 12 € « à l'œil » …"),
        ("1\u202f312", "1 312"),
        ("Timi\u0219oara", "Timisoara"),
        ("東京 \ud800", "??  "),
        ("a\tb\nc\x00", "a b c "),
    ],
)
def test_letters_that_the_fonts_lack_are_replaced(text, expected):
    assert printable(text) == expected


wild = st.text(max_size=300)


@slow_examples(40)
@given(wild, wild, wild)
@example("é" * 40_000, "=1+1\r\n\t", "\ud800\ufffe")
@example("{nb} **gras** __x__ [a](b)", "W" * 300, " " * 300)
def test_any_names_give_a_report(name, commune, title):
    row = summary(structure=name, commune=commune, telephone=title[:10])
    read = pages(to_pdf(situation([row], title=title, criteria=((name, commune),))))
    assert f"Page {len(read)}/{len(read)}" in read[-1]
    assert "12 lits disponibles" in "".join(read)


def test_a_message_is_a_report_too():
    assert pages(message_pdf("Votre session est terminée : connectez-vous de nouveau."))[0].startswith("Votre session")
