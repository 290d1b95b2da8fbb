"""The rows of the board: what each shows of a place."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ror.model.declaration import Channel
from ror.model.nomenclature import CapacityType
from ror.model.trust.still_true import Chance, StillTrue
from ror.services.availability.answers import Answer
from ror.services.availability.consult import NO_UNIT
from ror.web.answer_rows import place_row, unit_row

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_PLACE = ("990750001", "Hôpital", "Paris", "75", CapacityType.BED)
_NUMBERS = (3, 20, None, None, None, 0, NOW, False, True, None)
ANSWER = Answer("u1", "Médecine", "16", "Médecine", (), *_PLACE, *_NUMBERS, "Aile nord", "", None, (), None)


@pytest.mark.parametrize(("shut", "age"), [(0, "aucune unité"), (2, "⊘ Fermée")])
def test_a_place_without_an_open_unit_has_none_or_closed_ones(shut, age):
    row = place_row(NO_UNIT | {"shut": shut}, "91", "91 Essonne")
    assert (row["age"], row["band"]) == (age, None)


@pytest.mark.parametrize(
    ("channel", "note"),
    [(Channel.TELEPHONE, "Par téléphone, coordination · Aile nord"), (Channel.FORM, "Aile nord"), ("", "Aile nord")],
)
def test_a_number_written_by_telephone_says_so(channel, note):
    assert unit_row(replace(ANSWER, channel=str(channel)), NOW)["note"] == note


def test_a_row_has_its_age_and_beside_it_how_likely_its_number_still_holds():
    known = StillTrue(Chance(0.86, 0.81, 0.9), Chance(0.97, 0.95, 0.98))
    row = unit_row(replace(ANSWER, still_true=known, available=4), NOW)
    assert (row["figure"], row["of"], row["age"]) == ("4", "lits sur 20", "● à l'instant")
    assert row["trust"] == [
        {"text": "encore vrai à 86 %", "help": "entre 81 et 90 %"},
        {"text": "au moins un : 97 %", "help": "entre 95 et 98 %"},
    ]


def test_a_row_of_which_nothing_is_known_says_nothing_of_it():
    assert unit_row(ANSWER, NOW)["trust"] == place_row(NO_UNIT, "91", "91 Essonne")["trust"] == []


@pytest.mark.parametrize(
    ("capacity", "figure", "words"),
    [(None, "1\u202f312", "lits, 2 places"), (CapacityType.BED, "1\u202f312", "lits"), (CapacityType.PLACE, "2", "places")],
)
def test_the_figure_of_a_departement_is_what_is_asked_for(capacity, figure, words):
    row = place_row(NO_UNIT | {"beds": 1312, "places": 2}, "91", "91 Essonne", capacity=capacity)
    assert (row["figure"], row["of"]) == (figure, words)
