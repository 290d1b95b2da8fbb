"""Generated inputs in each field of the declaration form and of the consultations, on the real pages."""

import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st

from ror.model.capacity import MAX_NUMBER
from ror.model.declaration import COMMENT_LENGTH
from ror.model.text import plain_lines
from tests.attacks.hostile_texts import LONG, WILD
from tests.examples import page_examples
from tests.pages.conftest import page, region
from tests.region import HOSPITAL, WARD, own_settings, region_file

__all__ = ["own_settings", "page", "region", "region_file"]

SENT = st.one_of(WILD, LONG).map(lambda text: text.encode(errors="ignore").decode())
"""Texts that a browser can send: without unpaired surrogates."""

UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Shrinking a failure would run a page hundreds of times."""

FIELDS = ("Nombre de lits", "Installés", "Occupés", "Réservés", "Fermés", "Supplémentaires", "Commentaire")


def find_labelled(fields, words):
    return next(one for one in fields if one.label.startswith(words))


def events(db):
    with db.reader() as cursor:
        return cursor.execute(
            "SELECT position, unit, comment, available, installed, occupied, reserved, closed, supplementary FROM declaration"
        ).fetchall()


def assert_within_rules(event):
    _, unit, comment, *counts = event
    assert unit == WARD
    assert all(number is None or 0 <= number <= MAX_NUMBER for number in counts)
    assert comment == plain_lines(comment)
    assert len(comment) <= COMMENT_LENGTH


def check_save(screen, region, before):
    """Press « Enregistrer », then « Oui » if asked; check that what is written is within the rules or refused."""
    next(one for one in screen.button if one.label == "Enregistrer").click().run()
    assert not screen.exception
    if yes := [one for one in screen.button if one.label.startswith("Oui")]:
        yes[0].click().run()
        assert not screen.exception
    new = [event for event in events(region) if event not in before]
    for event in new:
        assert_within_rules(event)
    assert bool(new) != bool(screen.error)


@pytest.mark.parametrize(
    "field", ["Nombre de lits", "Installés", "Occupés", "Réservés", "Fermés", "Supplémentaires", "Commentaire"]
)
def test_nothing_is_stored_that_should_not_be_whatever_is_typed(page, region, field):
    screen = page("mise_a_jour", "camille", unite=WARD)

    @page_examples(phases=UNSHRUNK)
    @given(SENT)
    def check_text(text):
        before = events(region)
        find_labelled(screen.text_input, "Nombre de lits").set_value("1")
        find_labelled([*screen.text_input, *screen.text_area], field).set_value(text)
        check_save(screen, region, before)
        find_labelled([*screen.text_input, *screen.text_area], field).set_value("")

    check_text()


def test_a_search_has_a_result_or_a_message_for_any_text(page, region):
    screen = page("structures", "coralie")

    @page_examples(phases=UNSHRUNK)
    @given(SENT)
    def check_text(text):
        screen.text_input[0].set_value(text).run()
        assert not screen.exception
        assert screen.dataframe or screen.info or screen.caption

    check_text()


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        *(("departements", one) for one in ("departement", "champ", "type", "nature", "mini", "age")),
        *(("structures", one) for one in ("structure", "unite", "q")),
        ("mise_a_jour", "unite"),
    ],
)
def test_an_address_whatever_it_asks_for_is_served_or_refused_in_words(page, region, name, parameter):
    login = "camille" if name == "mise_a_jour" else "coralie"
    screen = page(name, login, **({"structure": HOSPITAL} if parameter == "unite" else {}))

    @page_examples(phases=UNSHRUNK)
    @given(SENT)
    def check(text):
        screen.query_params[parameter] = text
        screen.run()
        assert not screen.exception

    check()
    assert events(region) == []
