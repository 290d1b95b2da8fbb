"""The sentence that a manager reads after saving a number: it has every count that was written."""

from datetime import UTC, datetime

import pytest

from ror.model.capacity import Counts
from ror.model.declaration import Declaration, EventKind
from ror.model.nomenclature import CapacityType
from ror.web.forms.declaration_form import sentence

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (Counts(4), "Médecine : 4 lits, enregistré à l'instant."),
        (
            Counts(4, occupied=15, reserved=1, closed=0, supplementary=2),
            "Médecine : 4 lits, enregistré à l'instant. Détail : 15 occupés, 1 réservé, 0 fermé, 2 supplémentaires.",
        ),
    ],
)
def test_the_sentence_contains_the_counts_that_were_given(counts, expected):
    event = Declaration(1, EventKind.DECLARED, "unit", "01", counts, "", None, "01", "camille", NOW, NOW)
    assert sentence(event, "Médecine", CapacityType.BED) == expected
