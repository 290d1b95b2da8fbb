"""Readers' reports on the pages: the marks, what a manager sees, and the words that administrators mask."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from ror.model.feedback import FeedbackKind
from ror.services.coordination import feedback
from ror.web import unit_columns
from tests.pages.conftest import texts
from tests.region import CLAUDE, CORALIE, DAY_HOSPITAL, DOMINIQUE, HOSPITAL, RESUSCITATION, WARD, board_rows, rows, write

MARK = "⚑ contredit par 2 lecteurs à l&#x27;instant : plutôt 1"


@pytest.fixture
def reported(region):
    """Write the numbers of two units, of which one is contradicted by two readers and confirmed by a third."""
    now = datetime.now(UTC)
    write(region, WARD, 3, now - timedelta(hours=2), comment="Aile nord")
    write(region, RESUSCITATION, 2, now - timedelta(hours=1))
    feedback.give(region, CLAUDE, WARD, FeedbackKind.CONFIRMED, None, now - timedelta(minutes=9, seconds=40))
    feedback.give(region, DOMINIQUE, WARD, FeedbackKind.FULL, None, now, word="complet <b> jusqu'à lundi")
    feedback.give(region, CORALIE, WARD, FeedbackKind.OTHER, None, now, other="1")
    return region


def offered(screen):
    """Return the names of the units whose number the page offers to report on."""
    data = [json.loads(one.proto.json or "0") for one in screen.get("bidi_component")]
    return [unit["name"] for one in data if isinstance(one, dict) for unit in one.get("units", []) if "kinds" in unit]


def test_neither_the_manager_of_a_unit_nor_a_reader_of_the_past_is_offered_to_report(page, region):
    write(region, WARD, 3, datetime.now(UTC) - timedelta(hours=2))
    unit = {"vue": "unites", "unite": WARD}
    assert offered(page("departements", "coralie", **unit)) == ["Médecine interne"]
    earlier = f"{datetime.now(UTC) - timedelta(minutes=30):%Y-%m-%dT%H:%MZ}"
    for screen in (page("departements", "coralie", **unit, au=earlier), page("departements", "camille", **unit)):
        assert "ror-table" in texts(screen)
        assert offered(screen) == []


def test_the_sheet_of_a_structure_marks_the_number_beside_its_age(page, reported):
    shown = texts(page("structures", "dominique", structure=HOSPITAL))
    assert shown.count("ror-contradicted") == 1
    assert MARK in shown
    assert "jusqu'à lundi" not in shown, "words are for the manager"


def test_an_opened_answer_and_the_tables_have_the_mark(page, reported):
    assert MARK in texts(page("departements", "dominique", vue="unites", unite=WARD))
    (table,) = page("mise_a_jour", "camille", unite=WARD).dataframe
    marks = dict(zip(table.value["Unité"], table.value["Contredit par"].fillna(""), strict=True))
    assert {name: words.strip() for name, words in marks.items() if words} == {"Médecine interne": "2"}
    assert table.value["Contredit le"].notna().sum() == 1


def test_without_any_report_no_table_has_the_columns(page, region):
    write(region, WARD, 3, datetime.now(UTC))
    (table,) = page("mise_a_jour", "camille", unite=WARD).dataframe
    assert not [name for name in table.value.columns if name.startswith("Contredit")]


@pytest.mark.parametrize(("reported_on", "expected"), [(False, (None, None)), (True, (2, True))])
def test_the_files_have_the_columns_always_with_a_count_and_an_instant(region, reported_on, expected):
    now = datetime.now(UTC)
    write(region, WARD, 3, now - timedelta(hours=2))
    for account in (DOMINIQUE, CORALIE) if reported_on else ():
        feedback.give(region, account, WARD, FeedbackKind.FULL, None, now, word="Mme Untel")
    row = board_rows(region, now)[WARD]
    values_by_column = {name: column.to_pylist()[0] for name, column in unit_columns.contradictions([row]).items()}
    assert (values_by_column["Contredit par"], values_by_column["Contredit le"] and True) == expected


def test_the_manager_sees_it_at_the_unit_and_on_the_first_line_without_a_name(page, reported):
    screen = page("mise_a_jour", "blanche", unite=WARD)
    assert "1 contredite par des lecteurs" in texts(screen)
    (warning,) = [one.value for one in screen.warning if "⚑" in one.value]
    assert "⚑ contredit par 2 lecteurs à l'instant : plutôt 1" in warning
    assert "Plus de place, à l'instant : « complet" in warning
    assert "✓ Confirmé par 1 lecteur il y a " in warning
    assert not any(one.name in warning for one in (DOMINIQUE, CORALIE, CLAUDE))
    assert not [one for one in page("mise_a_jour", "blanche", unite=RESUSCITATION).warning if "⚑" in one.value]


def test_a_declaration_ends_the_notice_to_the_manager(page, reported):
    write(reported, WARD, 1, datetime.now(UTC))
    screen = page("mise_a_jour", "blanche", unite=WARD)
    assert not [one for one in screen.warning if "⚑" in one.value]
    assert "contredite" not in texts(screen)


def test_an_administrator_masks_a_word_and_sees_who_reports_how_often(page, reported):
    screen = page("administration", "adele", volet="Commentaires")
    assert "complet &lt;b&gt; jusqu&#x27;à lundi" in texts(screen)
    (table,) = [one.value for one in screen.dataframe if "Contredisent" in one.value.columns]
    assert sorted(table["Compte"]) == sorted([DOMINIQUE.name, CORALIE.name, CLAUDE.name])
    (button,) = [one for one in screen.button if (one.key or "").startswith("mask-word-")]
    button.click().run()
    (yes,) = [one for one in screen.button if (one.key or "").startswith("yes-mask-word-")]
    yes.click().run()
    assert "Le mot est masqué" in screen.success[0].value
    assert "lundi" not in texts(screen)
    assert "lundi" not in str(rows(reported, "feedback"))
    assert feedback.contradiction(board_rows(reported, datetime.now(UTC))[WARD]).accounts == 2


def test_the_search_of_comments_finds_words_too(page, reported):
    screen = page("administration", "adele", volet="Commentaires")
    screen.text_input(key="comment-search").set_value("complet").run()
    assert "Aucun commentaire ne correspond" in screen.info[0].value
    assert "jusqu&#x27;à lundi" in texts(screen)
    screen.text_input(key="comment-search").set_value("aile").run()
    assert "Aile nord" in texts(screen)
    assert "Aucun mot ne correspond." in texts(screen)


def test_a_unit_that_was_handed_over_is_declared_for_and_not_reported_on(page, reported):
    write(reported, DAY_HOSPITAL, 2, datetime.now(UTC))
    row = board_rows(reported, datetime.now(UTC))[DAY_HOSPITAL]
    assert not feedback.allowed(CLAUDE, row)
    assert feedback.allowed(DOMINIQUE, row)
