"""The rows of the board: what each says of a place."""

import pytest

from ror.services.availability.consult import NO_UNIT
from ror.web.answer_rows import place_row


@pytest.mark.parametrize(("shut", "age"), [(0, "aucune unité"), (2, "⊘ Fermée")])
def test_a_place_without_an_open_unit_has_none_or_closed_ones(shut, age):
    row = place_row(NO_UNIT | {"shut": shut}, "91", "91 Essonne")
    assert (row["age"], row["band"]) == (age, None)
