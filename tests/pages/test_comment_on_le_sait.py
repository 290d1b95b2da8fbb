"""The page « Comment on le sait »: what was predicted of numbers, what was observed, and the page before anything is learnt."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from tests.pages.conftest import texts
from tests.region import RESUSCITATION, WARD
from tests.trust_log import MOVING, STILL, learn, write_log

PAGE = "comment_on_le_sait"


@pytest.fixture
def declared(region):
    """Write twelve weeks of declarations of two units, and learn from them."""
    now = datetime.now(UTC)
    write_log(region, now, {WARD: STILL, RESUSCITATION: MOVING})
    learn(region, now)
    return region


def test_without_a_declaration_it_says_when_it_will_fill(page, region):
    screen = page(PAGE, "dominique")
    assert not screen.exception
    assert "aient déclaré au moins deux fois" in screen.info[0].value


def test_what_was_said_and_what_happened_are_drawn_by_claim_with_the_same_in_a_table(page, declared):
    screen = page(PAGE, "dominique")
    assert not screen.exception
    charts = screen.get("vega_lite_chart")
    assert len(charts) == 2
    with pa.ipc.open_stream(charts[0].proto.data.data) as reader:
        rows = reader.read_all().to_pylist()
    assert sum(row["cases"] for row in rows) == 2 * 7 * 28
    shown = texts(screen)
    assert shown.count("Le même en tableau") == 2
    assert "Unité de réanimation" in shown
    assert "Médecine" in shown


def test_the_numbers_above_are_those_of_the_validation(page, declared):
    cases, stray, gain = page(PAGE, "dominique").metric
    assert cases.value == "392"
    assert stray.value == "—"
    assert gain.value.endswith("\u00a0%")


def test_it_says_what_may_mislead_and_when_nothing_is_shown(page, declared):
    words = " ".join(one.value for one in page(PAGE, "dominique").markdown)
    assert "Les appels n'ont pas ce défaut" in words
    assert "Aucun nombre n'a encore été vérifié au téléphone" in words
    assert "moins de 100 nombres" in words
    assert "Toute la région : sur " in words
    assert "en commençant par les plus vieux" in words
