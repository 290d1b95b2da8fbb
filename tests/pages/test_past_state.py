"""« État au ... »: the instant in the address, its field, its banner and the way back."""

from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from ror.model.territory import PARIS
from ror.web import session
from tests.pages.conftest import ADDRESS, signed_in, texts
from tests.region import WARD, write

HOUR = timedelta(hours=1)


def board():
    """Render a page with the parts of « État au » that the board has, and a total."""
    from datetime import UTC, datetime

    import streamlit as st

    from ror.model.filters import Filters
    from ror.model.rights import Action
    from ror.services.availability import past_boards
    from ror.web import past_state, session

    reader, now = session.require(Action.CONSULT), datetime.now(UTC)
    past_state.render_refusal(reader, now)
    at = past_state.chosen(reader, now)
    past_state.render_field(at, now)
    if at:
        view = past_boards.view_at(session.database(), reader, Filters(), at)
        past_state.render_banner(reader, view)
        st.text(f"{view.region['beds']} lits")
        for later in past_boards.recorded_later(session.database(), reader, view).values():
            st.html(past_state.later_words(later, at))


@pytest.fixture
def opened(region, monkeypatch):
    """Return a function that opens this page with an instant in its address."""

    def run(au=""):
        token = signed_in(region, "dominique")
        monkeypatch.setattr(session, "token", lambda: token)
        monkeypatch.setattr(session, "address", lambda: ADDRESS)
        screen = AppTest.from_function(board, default_timeout=30)
        if au:
            screen.query_params["au"] = au
        return screen.run()

    return run


@pytest.fixture
def earlier(region):
    """Write a declaration of the ward 30 hours ago and one an hour ago; return the instant 24 hours ago, in Paris."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    write(region, WARD, 4, now - 30 * HOUR)
    write(region, WARD, 9, now - HOUR)
    return (now - 24 * HOUR).astimezone(PARIS)


def test_without_an_instant_it_is_now(opened, earlier):
    screen = opened()
    assert not screen.exception
    assert "État au" not in texts(screen)
    assert screen.slider[0].value == 0


def test_a_past_instant_shows_what_was_known_then_and_says_so(opened, earlier):
    screen = opened(f"{earlier:%Y-%m-%dT%H:%M}")
    day = f"{earlier:%d/%m}" if earlier.year == datetime.now(earlier.tzinfo).year else f"{earlier:%d/%m/%Y}"
    assert f"État au {day} à {earlier.hour} h {earlier:%M}</b>, tel qu'il était connu alors." in texts(screen)
    assert screen.text[0].value == "4 lits"
    assert screen.slider[0].value == -24


def test_an_instant_of_another_year_has_its_year(opened, region):
    year = datetime.now(UTC).year - 1
    write(region, WARD, 5, datetime(year, 12, 29, tzinfo=UTC))
    screen = opened(f"{year}-12-30T09:05")
    assert f"État au 30/12/{year} à 9 h 05</b>" in texts(screen)
    assert screen.slider[0].label == f"Le 30/12/{year}, heure par heure"


def test_what_was_learnt_later_is_counted_and_marked(opened, region, earlier):
    write(region, WARD, 6, earlier - HOUR, recorded_at=earlier + 2 * HOUR)
    shown = texts(opened(f"{earlier:%Y-%m-%dT%H:%M}"))
    assert "depuis, 1 unité a donné un nombre d'avant cet instant" in shown
    assert "Appris ensuite : 6, il y a 1 h, enregistré le" in shown


def test_the_way_back_removes_the_instant_from_the_address(opened, earlier):
    screen = opened(f"{earlier:%Y-%m-%dT%H:%M}")
    screen.button(key="past-leave").click().run()
    assert "au" not in screen.query_params
    assert not screen.text


def test_the_slider_plays_the_last_day_by_the_hour(opened, earlier):
    screen = opened()
    screen.slider[0].set_value(-3).run()
    written = datetime.fromisoformat(screen.query_params["au"]).replace(tzinfo=PARIS)
    assert abs(datetime.now(UTC) - 3 * HOUR - written) < timedelta(minutes=2)
    assert screen.text[0].value == "4 lits"
    assert screen.slider[0].value == -3


def test_the_slider_plays_the_day_of_an_older_instant(opened, region):
    older = (datetime.now(PARIS) - timedelta(days=4)).replace(hour=14, minute=5)
    write(region, WARD, 2, older - 30 * HOUR)
    screen = opened(f"{older:%Y-%m-%dT%H:%M}")
    (slider,) = screen.slider
    assert (slider.label, slider.value) == (f"Le {older:%d/%m}, heure par heure", 14)
    slider.set_value(9).run()
    assert screen.query_params["au"] == f"{older:%Y-%m-%d}T09:00"
    assert (screen.slider[0].label, screen.slider[0].value) == (f"Le {older:%d/%m}, heure par heure", 9)


def test_the_field_writes_the_instant_that_is_typed_in_paris_time_in_the_address(opened, earlier):
    screen = opened()
    typed = (earlier - HOUR).replace(tzinfo=None)
    screen.get("datetime_input")[0].set_value(typed).run()
    assert screen.query_params["au"] == f"{typed:%Y-%m-%dT%H:%M}"
    assert screen.text[0].value == "4 lits"


@pytest.mark.parametrize(
    ("au", "words"),
    [
        ("2999-01-01T00:00", "à venir"),
        ("2001-01-01T00:00", "La première déclaration a été enregistrée le"),
        ("hier", "ne se lit pas"),
        ("2026-11-28", "n'a pas d'heure"),
        ("é" * 500, "ne se lit pas"),
    ],
)
def test_an_instant_that_cannot_be_shown_gets_a_sentence_and_now(opened, earlier, au, words):
    screen = opened(au)
    assert not screen.exception
    assert words in screen.warning[0].value
    assert not screen.text


def test_before_any_declaration_there_is_no_past(opened, region):
    assert "La première déclaration n'a pas encore été enregistrée" in opened("2026-01-01T00:00").warning[0].value
