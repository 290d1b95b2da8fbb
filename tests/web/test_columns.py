"""Cells sort by their meaning: text is compared with spaces before digits and digits before letters, accents aside."""

from datetime import timedelta

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from ror.model import french
from ror.model.freshness import CLOSED_LABEL
from ror.model.text import bare
from ror.settings import settings
from ror.web import columns

ELAPSED = st.timedeltas(timedelta(minutes=-5), timedelta(days=9_999))


@given(st.lists(ELAPSED))
def test_ages_sort_as_they_last_then_the_hours_to_check_then_no_age(elapsed):
    texts = [columns.age(one) for one in sorted(elapsed)]
    texts += [columns.age(timedelta(minutes=-6)), columns.age(None)]
    assert sorted(texts, key=bare) == texts


@given(st.lists(st.integers(0, 99_999)), st.sampled_from(("lits", "places")))
def test_numbers_sort_before_their_nouns(numbers, noun):
    texts = [columns.by_number(f"{french.number(number)} {noun}") for number in sorted(numbers)]
    assert sorted(texts) == texts


def test_a_missing_number_is_no_zero_and_a_whole_column_stays_numbers():
    table, _ = columns.prepare(pa.table({"Lits": pa.array([10, None, 0, 4]), "Places": pa.array([10, 2, 0, 4])}))
    assert table["Lits"].to_pylist() == ["   10", None, "    0", "    4"]
    assert table["Places"].to_pylist() == [10, 2, 0, 4]


def test_badges_sort_from_the_most_recent_to_the_closed():
    words = [band.words for band in reversed(settings().age_bands)] + [CLOSED_LABEL]
    table, config = columns.prepare(pa.table({columns.AGE: [[one] for one in words] + [[]]}))
    *values, nothing = table[columns.AGE].to_pylist()
    labels = {option["value"]: option["label"] for option in config[columns.AGE]["type_config"]["options"]}
    assert nothing == []
    labelled = [labels[value] for (value,) in sorted(values)]
    assert labelled == [band.words for band in settings().age_bands] + [CLOSED_LABEL]


def test_a_file_has_no_space_nor_word_that_only_sorts():
    ages = [columns.age(timedelta(minutes=7)), columns.age(None)]
    assert columns.plain(pa.table({columns.UPDATED: ages}))[columns.UPDATED].to_pylist() == ["il y a 7 min", ""]
