"""Generated inputs for each parser of the model (10,000 under `make faults`): a value within the rules, or a refusal in words.

Those of `plain` and `plain_lines` are in tests/model/test_text.py, those of passwords in tests/model/test_passwords.py.
"""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.exchange.finess import postal
from ror.exchange.table_csv import escape_formula
from ror.exchange.units import SLUG_LENGTH, slug
from ror.model.capacity import MAX_NUMBER, Counts, checked_counts, checked_number
from ror.model.declaration import COMMENT_LENGTH, checked_comment
from ror.model.journal import JournalMark
from ror.model.territory import department_name, territories
from tests.attacks.hostile_texts import LONG, WILD
from tests.examples import outcome

TYPED = st.one_of(WILD, st.integers(), st.sampled_from([None, True, False, 1.0, 1e300, b"1", [], 10**400]))
MARKS = st.one_of(WILD, st.builds("{}:{}".format, st.integers(-9, 10**12), st.text("0123456789abcdefABCDEFg ", max_size=70)))


def sentence(text):
    """Return whether a message is short and ends like a sentence."""
    return len(text) < 300 and text.endswith((".", ")."))


@given(st.integers(0, 5), TYPED)
def test_a_number_alone_and_among_those_of_a_form(place, typed):
    value, refusal = outcome(checked_number, typed, "disponible")
    written = "" if typed is None else str(typed).strip()
    if value is not None:
        assert type(value) is int
        assert 0 <= value <= MAX_NUMBER
        assert written.isascii()
        assert written.isdigit()
        assert int(written) == value
    else:
        assert sentence(refusal) == bool(written)
    numbers = [1, None, 2, None, 3, None]
    numbers[place] = typed
    counts, refused = outcome(checked_counts, Counts(*numbers))
    assert sentence(refused) == (counts is None) == (bool(refusal) or (place == 0 and not written))


@given(LONG)
def test_a_comment(typed):
    comment, refusal = outcome(checked_comment, typed)
    assert sentence(refusal) == (comment is None)
    if comment is not None:
        assert len(comment) <= COMMENT_LENGTH
        assert comment == comment.strip() == checked_comment(comment)
        assert not {unicodedata.category(letter) for letter in set(comment) - {"\n"}} & {"Cc", "Cf", "Cs"}
        comment.encode()


@given(MARKS)
def test_a_mark_of_the_journal(text):
    mark = JournalMark.read(text)
    assert mark is None or JournalMark.read(str(mark)) == mark


@given(WILD)
def test_the_name_of_a_departement(code):
    assert department_name(code) == territories().get(code, code)


@given(WILD)
def test_a_postal_line_and_an_identifier(text):
    (code, _), result = postal(text), slug(text)
    assert code == "" or (len(code) == 5 and code.isascii() and code.isdigit())
    assert len(result) <= SLUG_LENGTH
    assert result == "" or (result.isascii() and result.replace("-", "").isalnum())


@given(st.one_of(WILD, st.builds(str.__add__, st.sampled_from("=+-@\t\r\n＝"), WILD)))
def test_a_cell_of_a_spreadsheet(text):
    assert not escape_formula(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
    assert escape_formula(text).endswith(text)


@pytest.mark.parametrize("typed", [10**400, "9" * 100_000, float("inf"), float("nan")])
def test_a_number_beyond_all_measure_is_refused_at_once(typed):
    assert sentence(outcome(checked_number, typed, "disponible")[1])
