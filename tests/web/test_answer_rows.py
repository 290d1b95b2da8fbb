"""The rows of the board: what each says of a place."""

from datetime import UTC, datetime

import pytest

from ror.model.capacity import Channel
from ror.model.nomenclature import CapacityType
from ror.services.availability.answers import Answer
from ror.services.availability.consult import NO_UNIT
from ror.web.answer_rows import place_row, unit_row


@pytest.mark.parametrize(("shut", "age"), [(0, "aucune unité"), (2, "⊘ Fermée")])
def test_a_place_without_an_open_unit_has_none_or_closed_ones(shut, age):
    row = place_row(NO_UNIT | {"shut": shut}, "91", "91 Essonne")
    assert (row["age"], row["band"]) == (age, None)


@pytest.mark.parametrize(
    ("channel", "note"),
    [(Channel.TELEPHONE, "Par téléphone, coordination · Aile nord"), (Channel.FORM, "Aile nord"), ("", "Aile nord")],
)
def test_a_number_written_by_telephone_says_so(channel, note):
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    place = ("990750001", "Hôpital", "Paris", "75", CapacityType.BED)
    numbers = (3, 20, None, None, None, 0, now, False, True, None)
    answer = Answer("u1", "Médecine", "16", "Médecine", (), *place, *numbers, "Aile nord", str(channel), None, (), None)
    assert unit_row(answer, now)["note"] == note
