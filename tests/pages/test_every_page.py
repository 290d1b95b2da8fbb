"""Rules of every page."""

import re

import pytest

from ror.settings import PAGES
from ror.web.screens import SCREENS
from tests.pages.conftest import texts

NAMES = sorted(path.stem for path in PAGES.glob("*.py"))


def test_every_page_is_in_the_navigation():
    assert sorted(["accueil", *(screen.file for screen in SCREENS)]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_page_serves_nothing_without_a_session(page, region, name):
    screen = page(name, "")
    assert not texts(screen).strip()
    assert not [*screen.dataframe, *screen.button, *screen.text_input]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_requires_the_right_before_it_renders_anything(name):
    calls = re.findall(r"^(?:\w+ = )?((?:session|st|legend|screen|guide)\b[\w.]*)\(", (PAGES / f"{name}.py").read_text(), re.M)
    assert calls[0] == "session.require"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_stays_under_120_lines_without_sql_or_rules(name):
    text = (PAGES / f"{name}.py").read_text()
    assert len(text.splitlines()) < 120
    assert not re.search(r"\b(SELECT|INSERT|ror\.store)\b", text)


def test_the_help_gives_the_five_steps_and_the_support(page, region):
    shown = texts(page("aide", "dominique"))
    for words in ("1. Être habilité", "5. Consulter", "tel:0199000000", "mailto:support@example.fr", "jamais renseigné"):
        assert words in shown
