"""The report of the region, read back as text and pages by another library."""

import io
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from ror.exchange.about import FICTITIOUS
from ror.exchange.daily_report import DailyReport, TableLine, UnitLine, UnitList, signed, to_pdf, to_text
from tests.examples import slow_examples
from tests.exchange.test_situation_report import AT, about, pages, picture, summary

UNIT = UnitLine("Médecine interne", "75 Hôpital fictif des Tilleuls", "4 -> 0 lit", "il y a 3 h")
FIRST = DailyReport(
    about(title="Île-de-France"),
    summary(),
    [TableLine("75 Paris", summary(), None)],
    [TableLine("Gériatrie", summary(beds=3), None)],
    [UnitList("En retard", 1, [UNIT])],
)
COMPARED = replace(
    FIRST,
    since=AT - timedelta(hours=10),
    change={"beds": -2, "places": 0, "units": 0, "up_to_date": 0, "overdue": 3},
    counts={"Tombée à zéro": 1, "Rouverte": 0},
    departments=[TableLine("75 Paris", summary(), {"beds": -2, "places": 1})],
    map=picture(),
)


def text(report):
    return " ".join(pages(to_pdf(report)))


def test_it_has_its_title_its_service_and_its_instant_on_each_page():
    many = replace(COMPARED, departments=[TableLine(f"{code} Exemple", summary(), None) for code in range(101)])
    shown = pages(to_pdf(many))
    assert len(shown) > 2
    for number, page in enumerate(shown, 1):
        for words in ("Rapport du jour - Lits et places", "Situation au 23/11/2026 à 10 h 05", f"Page {number}/{len(shown)}"):
            assert words in page
    assert sum("Département Âge Lits" in page for page in shown) > 1


def test_totals_and_lines_are_given_with_their_change_and_their_freshness():
    shown = text(COMPARED)
    for words in (
        *("12 lits disponibles", "dont 9 confirmés depuis moins de 24 h", "-2 depuis le rapport précédent"),
        *("= depuis le rapport précédent", "+3 depuis le rapport précédent", "rapport du 23/11/2026 à 00 h 05"),
        *("75 Paris moins de 24 h 12 9 -2 4 1 +1 5 2", "1 Tombée à zéro", "0 Rouverte", "Médecine interne", "4 -> 0 lit"),
    ):
        assert words in shown


def test_a_departement_whose_units_are_all_closed_says_so():
    closed = summary(units=0, shut=2, rank=None)
    assert "75 Paris Fermée" in text(replace(FIRST, departments=[TableLine("75 Paris", closed, None)]))
    assert "Fermée" not in text(replace(FIRST, departments=[TableLine("75 Paris", closed | {"shut": 0}, None)]))


def test_a_first_report_compares_nothing():
    shown = text(FIRST)
    assert "Premier rapport" in shown
    assert "-2" not in shown
    assert "Unités qui ont changé" not in shown
    assert "75 Paris moins de 24 h 12 9 4 1 5 2" in shown


def test_a_fictitious_one_says_so_on_paper_and_in_the_mail():
    fictitious = replace(FIRST, about=about(fictitious=True))
    assert FICTITIOUS in text(fictitious)
    assert to_text(fictitious).startswith("Démonstration, données fictives.")


def test_the_mail_gives_the_totals_their_freshness_and_what_changed():
    assert to_text(COMPARED).splitlines() == [
        "Île-de-France, situation au 23/11/2026 à 10 h 05 (heure de Paris) :",
        "- 12 lits disponibles, dont 9 confirmés depuis moins de 24 h et 2 il y a plus de 7 jours (-2)",
        "- 4 places disponibles, dont 1 confirmée depuis moins de 24 h et 3 il y a plus de 7 jours (=)",
        "- 5 unités, dont 2 en retard (+3)",
        "Depuis le rapport du 23/11/2026 à 00 h 05, unités : tombée à zéro : 1.",
    ]


def test_the_map_has_words_for_those_who_do_not_see_it():
    reader = PdfReader(io.BytesIO(to_pdf(COMPARED)))
    assert len(reader.pages[0].images) == 1
    objects = [reader.get_object(number) for number in range(1, int(reader.trailer["/Size"]))]
    words = [str(one["/Alt"]) for one in objects if isinstance(one, DictionaryObject) and "/Alt" in one]
    assert any("Carte des structures" in alternative for alternative in words)


def test_a_change_has_its_sign():
    assert [signed(value) for value in (3, -1200, 0)] == ["+3", "-1\u202f200", "="]


@slow_examples(25)
@given(name=st.text(max_size=500))
def test_any_name_is_printed_on_its_line(name):
    report = replace(FIRST, lists=[UnitList("En retard", 1, [replace(UNIT, unit=name, structure=name)])])
    assert len(pages(to_pdf(report))) == len(pages(to_pdf(FIRST)))
