import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model.search import MAX_TERMS, Term, folded, needle, search_terms, searchable, searchable_numbers
from ror.model.territory import departments
from ror.model.text import plain


@pytest.mark.parametrize(
    ("text", "words"),
    [("ST-MAUR-DES-FOSSÉS", "saint maur des fosses"), ("Ste Anne", "sainte anne"), ("L’Haÿ-les-Roses", "l hay les roses"),
     ("L'HAY LES ROSES", "l hay les roses"), ("Sacré-Cœur", "sacre coeur"), ("Æ_b", "ae b"), ("2ᵉ étage", "2e etage"),
     ("%", ""), ("Stains", "stains")],
)  # fmt: skip
def test_words_are_folded(text, words):
    assert folded(text) == words


def held(texts, numbers, department, text):
    """Return whether a place has every term, as the SQL of the store does."""
    return all(
        any(all(needle(word) in texts for word in phrase) for phrase in term.phrases)
        or any(f" {number}" in numbers for number in term.numbers)
        or department in term.departments
        for term in search_terms(text)
    )


@pytest.mark.parametrize(
    "text",
    ["st maur", "saint maur", "SAINT-MAUR", "maur saint", "mau", "fosses st-maur", "saint joseph", "st joseph", "St. Joseph",
     "joseph", "94", "94068", "94 068", "94100", "val-de-marne", "Val de Marne joseph", "999410001", "999 410 001", "999410",
     "999.410.001", "0199000011",
     "01 99 00 00 11", "01.99.00.00.11",
     "+33 1 99 00 00 11", "+33 (0)1 99 00 00 11",
     "0033199000011",
     "01 99 00 00", "joseph 01 99 00 00 11", "01 99 00 00 11 maur", "06 99 00 00 12",
     "st\u00a0maur", "st  maur,", "(st maur)", "réédu"],
)  # fmt: skip
def test_a_place_is_found_by_any_spelling(text):
    texts = searchable("HOPITAL ST JOSEPH", "Saint-Maur-des-Fossés", "94100", "94068", "94", "Rééducation")
    assert held(texts, searchable_numbers("999410001", "0199000011 poste 4512", "0699000012"), "94", text)


@pytest.mark.parametrize(
    "text",
    ["maurice", "75", "seine-saint-denis", "999 410 002", "01 99 00 00 12", "94069", "st joseph paris", "aur", "99941000100",
     "019900001100"],
)  # fmt: skip
def test_another_place_is_not_found(text):
    texts = searchable("HOPITAL ST JOSEPH", "Saint-Maur-des-Fossés", "94100", "94068", "94")
    assert not held(texts, searchable_numbers("999410001", "0199000011"), "94", text)


def test_a_departement_is_recognised_by_its_whole_name_and_its_words_are_searched_too():
    assert search_terms("Seine-Saint-Denis") == [Term((("seine", "saint", "denis"),), departments=("93",))]
    assert search_terms("saint-denis") == [Term((("saint",),)), Term((("denis",),))]
    assert search_terms("réunion")[0].departments == search_terms("La Réunion")[0].departments == ("974",)
    for code, name in departments().items():
        assert search_terms(name)[0].departments == (code,)


def test_a_corsican_number_is_a_number():
    assert search_terms("2A0 000 123") == [Term((("2a0", "000", "123"), ("2a0000123",)), ("2a0000123",))]
    assert held("", searchable_numbers("2A0000123"), "2A", "2a 0000123")


@given(st.text(max_size=300))
def test_any_text_gives_a_few_terms_of_folded_words(text):
    terms = search_terms(text)
    assert len(terms) <= MAX_TERMS
    assert all(phrase and all(word == folded(word) for word in phrase) for term in terms for phrase in term.phrases)


@given(st.text(max_size=40))
def test_a_name_is_found_by_itself(text):
    texts = searchable(plain(text))  # as it is stored
    assert held(texts, "", "", text)


def test_each_number_to_search_follows_one_blank():
    numbers = searchable_numbers("2A0000123", "0199000011", "01 99 00 00 12 ou 01 99 00 00 13")
    assert numbers == " 2a0000123 0199000011 0199000012 0199000013"


def test_a_word_of_five_letters_is_looked_for_inside_others_a_shorter_one_or_digits_at_a_beginning():
    assert [needle(word) for word in ("ormes", "cret", "94028")] == ["ormes", " cret", " 94028"]


def test_each_word_is_a_term_of_its_own_unless_it_names_a_departement():
    assert search_terms("aile Paris neuve") == [
        Term((("aile",),)),
        Term((("paris",),), departments=("75",)),
        Term((("neuve",),)),
    ]
