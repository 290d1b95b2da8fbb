import pytest

from ror.errors import Refused
from ror.model.declaration import COMMENT_LENGTH, Channel, change_words, checked_comment
from ror.model.nomenclature import CapacityType


def test_a_comment_may_count_500_characters_its_outer_blanks_aside():
    assert checked_comment("  " + "é" * COMMENT_LENGTH + "\n") == "é" * 500
    assert checked_comment("a\u200b" * (COMMENT_LENGTH // 2)) == "a" * 250
    with pytest.raises(Refused, match=r"501 caractères.*500"):
        checked_comment("é" * (COMMENT_LENGTH + 1))


def test_each_channel_has_words_of_its_own():
    assert len({channel.label for channel in Channel}) == len(Channel)
    assert Channel.TELEPHONE.label == "par téléphone, coordination"


@pytest.mark.parametrize(
    ("before", "after", "capacity", "words"),
    [
        (4, 3, CapacityType.BED, "4 → 3 lits"),
        (None, 1, CapacityType.PLACE, "— → 1 place"),
        (1, None, CapacityType.BED, "1 lit → —"),
        (3, 3, CapacityType.BED, "3 lits, inchangé"),
        (4, 3, None, "4 → 3"),
        (None, None, CapacityType.BED, ""),
    ],
)
def test_a_change_is_its_numbers_before_and_after(before, after, capacity, words):
    assert change_words(before, after, capacity) == words
