"""What readers report of a number: which reports contradict it, and the words for it."""

from datetime import UTC, datetime, timedelta

import pytest

from ror.errors import Refused
from ror.model.feedback import (
    GIVEN,
    WORD_LENGTH,
    Contradiction,
    FeedbackKind,
    check_feedback,
    checked_other,
    checked_word,
    contradicts,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AGO = NOW - timedelta(minutes=20)


def test_every_report_but_a_confirmation_contradicts():
    assert [kind for kind in GIVEN if contradicts(kind)] == [FeedbackKind.FULL, FeedbackKind.UNREACHABLE, FeedbackKind.OTHER]
    assert not contradicts(FeedbackKind.WITHDRAWN)


def test_a_reader_chooses_from_four_reports():
    assert [kind.label for kind in GIVEN] == ["Confirmé", "Plus de place", "Injoignable", "Autre nombre"]
    assert FeedbackKind.WITHDRAWN.label == "Retiré"


@pytest.mark.parametrize(
    ("contradiction", "words"),
    [
        (Contradiction(2, AGO, FeedbackKind.FULL), "⚑ contredit par 2 lecteurs il y a 20 min : plus de place"),
        (Contradiction(1, AGO, FeedbackKind.OTHER, 3), "⚑ contredit par 1 lecteur il y a 20 min : plutôt 3"),
        (Contradiction(1, AGO, FeedbackKind.OTHER), "⚑ contredit par 1 lecteur il y a 20 min : autre nombre"),
        (Contradiction(1, NOW, FeedbackKind.UNREACHABLE), "⚑ mis en doute par 1 lecteur à l'instant : injoignable"),
    ],
)
def test_the_mark_has_a_shape_and_words(contradiction, words):
    assert contradiction.words(NOW) == words


def test_a_report_that_says_what_the_number_says_is_refused():
    for kind, available, other in ((FeedbackKind.FULL, 0, None), (FeedbackKind.OTHER, 3, 3)):
        with pytest.raises(Refused, match="choisissez « Confirmé »"):
            check_feedback(kind, available, other)
    check_feedback(FeedbackKind.FULL, 1, None)
    check_feedback(FeedbackKind.OTHER, 3, 2)
    check_feedback(FeedbackKind.OTHER, 3, None)
    check_feedback(FeedbackKind.CONFIRMED, 0, None)


def test_another_number_goes_with_its_report_alone():
    assert checked_other(FeedbackKind.OTHER, " 3 ") == 3
    assert checked_other(FeedbackKind.OTHER, "") is None
    assert checked_other(FeedbackKind.CONFIRMED, None) is None
    with pytest.raises(Refused, match="« Autre nombre »"):
        checked_other(FeedbackKind.FULL, "3")
    for typed in ("-1", "2,5", "beaucoup", "99999"):
        with pytest.raises(Refused):
            checked_other(FeedbackKind.OTHER, typed)


def test_a_word_is_cleaned_to_one_short_line():
    assert checked_word("  rappeler\naprès\u200b 16 h ") == "rappeler après 16 h"
    assert checked_word("x" * WORD_LENGTH) == "x" * WORD_LENGTH
    with pytest.raises(Refused, match=f"à {WORD_LENGTH} au plus"):
        checked_word("x" * (WORD_LENGTH + 1))
