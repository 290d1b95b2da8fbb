"""A correction of a past number is stored beside the log: the present number stays, the history shows both."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden, NotFound, Outdated, Refused
from ror.model.capacity import Counts
from ror.model.rights import EVERYWHERE
from ror.services.availability import authors, consult, correct, declare
from ror.services.availability.declare import DeclarationDraft
from tests.region import CAMILLE, CORALIE, DOMINIQUE, NOW, WARD, board_rows, rows, store_account, write

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def db(region):
    store_account(region, replace(CORALIE, declares_for_others=EVERYWHERE))
    return region


@pytest.fixture
def coralie(db):
    return replace(CORALIE, declares_for_others=EVERYWHERE)


def numbers(db):
    past = consult.history(db, DOMINIQUE, WARD, NOW)
    return list(zip(past["available"].to_pylist(), past["corrected"].to_pylist(), strict=True))


def test_the_history_shows_the_wrong_number_and_the_right_one(db, coralie, published_changes):
    wrong, _ = write(db, WARD, 9, NOW - DAY), write(db, WARD, 4, NOW - HOUR)
    before, log = board_rows(db)[WARD], rows(db, "declaration")
    correction = correct.correct(db, coralie, WARD, wrong.position, "2", NOW)
    assert numbers(db) == [(9, 2), (4, None)]
    assert board_rows(db)[WARD] == before
    assert rows(db, "declaration") == log
    assert (correction.acts_on, correction.account, correction.channel) == (wrong.position, CORALIE.id, "telephone")
    assert published_changes[-1].calls == correction.number
    assert [row for row in rows(db, "journal") if "correction" in row][-1]


def test_the_present_number_is_not_corrected_but_declared(db, coralie):
    write(db, WARD, 9, NOW - DAY)
    present = write(db, WARD, 4, NOW - HOUR)
    with pytest.raises(Refused, match="nombre actuel"):
        correct.correct(db, coralie, WARD, present.position, 2, NOW)


def test_a_number_that_an_undo_makes_present_again_is_declared_not_corrected(db, coralie):
    back = write(db, WARD, 9, NOW - DAY)
    undone = declare.declare(db, CAMILLE, DeclarationDraft(WARD, Counts(8), "", back.position), NOW)
    declare.undo(db, CAMILLE, undone.position, NOW)
    with pytest.raises(Refused, match="nombre actuel"):
        correct.correct(db, coralie, WARD, back.position, 2, NOW)


def test_a_correction_that_was_not_seen_is_not_written_over(db, coralie):
    wrong, _ = write(db, WARD, 9, NOW - DAY), write(db, WARD, 4)
    first = correct.correct(db, coralie, WARD, wrong.position, 2, NOW)
    with pytest.raises(Outdated, match="Coralie Repère a corrigé ce nombre : 2 lits"):
        correct.correct(db, coralie, WARD, wrong.position, 3, NOW)
    correct.correct(db, coralie, WARD, wrong.position, 3, NOW, seen=first.number)
    assert numbers(db)[0] == (9, 3)


@pytest.mark.parametrize("typed", ["", None, "-1", "9", "21", "deux"])
def test_a_number_that_is_none_that_is_too_large_or_that_changes_nothing_is_refused(db, coralie, typed):
    wrong, _ = write(db, WARD, 9, NOW - DAY), write(db, WARD, 4)
    with pytest.raises(Refused):
        correct.correct(db, coralie, WARD, wrong.position, typed, NOW)
    assert numbers(db)[0] == (9, None)


def test_only_a_number_of_the_unit_in_its_last_90_days_is_corrected(db, coralie):
    old, _ = write(db, WARD, 9, NOW - 91 * DAY), write(db, WARD, 4)
    other = write(db, "990750001-01", 4, NOW - DAY)
    for position in (old.position, other.position, 10_000):
        with pytest.raises(NotFound):
            correct.correct(db, coralie, WARD, position, 2, NOW)


def test_nobody_corrects_without_the_right_for_the_departement(db, coralie):
    wrong, _ = write(db, WARD, 9, NOW - DAY), write(db, WARD, 4)
    elsewhere = store_account(db, replace(CORALIE, declares_for_others=frozenset({"93"})))
    for account in (CAMILLE, elsewhere, coralie):
        with pytest.raises(Forbidden):
            correct.correct(db, account, WARD, wrong.position, 2, NOW)


def test_its_managers_and_administrators_read_who_corrected_it(db, coralie):
    wrong, _ = write(db, WARD, 9, NOW - DAY), write(db, WARD, 4, NOW - HOUR)
    correct.correct(db, coralie, WARD, wrong.position, 2, NOW)
    first, *others = authors.read(db, CAMILLE, WARD, NOW + HOUR)
    assert (first.author, first.before, first.after, first.corrects, first.at) == (CORALIE.name, 9, 2, NOW - DAY, NOW)
    assert [change.corrects for change in others] == [None, None]
