"""Events of a crisis: their scope, their rounds, who answered, what is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ror.errors import Refused
from ror.model import crisis, tension
from ror.model.count_parts import CountPart, PartKey
from ror.model.crisis import CrisisEvent, CrisisKind, CrisisRound, CrisisScope, ExtraCount
from ror.model.declaration import EventKind
from ror.model.territory import PARIS

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVENT = CrisisEvent("e", CrisisKind.PLAN_BLANC, 2, "", CrisisScope(), NOW, NOW + 10 * HOUR, 4, recorded_at=NOW)


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        (CrisisScope(), True),
        (CrisisScope(("75",)), True),
        (CrisisScope(("93",)), False),
        (CrisisScope(("93",), ("990750001",)), True),
        (CrisisScope((), ("990930001",)), False),
        (CrisisScope((), (), ("reanimation",)), True),
        (CrisisScope((), (), ("psychiatrie",)), False),
        (CrisisScope(("75",), (), ("psychiatrie", "medecine")), True),
        (CrisisScope(("93",), (), ("medecine",)), False),
    ],
)
def test_a_unit_is_in_scope_by_its_place_and_by_its_needs(scope, held):
    assert scope.holds("75", "990750001", "medecine|reanimation") is held


def test_a_unit_without_a_need_is_in_scope_only_where_no_need_is_named():
    assert CrisisScope().holds("75", "990750001", "")
    assert not CrisisScope(needs=("medecine",)).holds("75", "990750001", "")


def test_rounds_follow_the_rhythm_and_the_last_one_ends_with_the_event():
    rounds = crisis.rounds([EVENT], NOW + 9 * HOUR)
    assert rounds == [
        CrisisRound(1, NOW, NOW + 4 * HOUR),
        CrisisRound(2, NOW + 4 * HOUR, NOW + 8 * HOUR),
        CrisisRound(3, NOW + 8 * HOUR, NOW + 10 * HOUR),
    ]
    assert crisis.rounds([EVENT], NOW) == rounds[:1]
    assert crisis.rounds([EVENT], NOW + 4 * HOUR) == rounds[:1]
    assert [crisis.current_round(EVENT, NOW + after * HOUR).start for after in (0, 3, 4, 9, 30)] == [
        NOW + start * HOUR for start in (0, 0, 4, 8, 8)
    ]


def test_a_new_rhythm_begins_a_round_and_the_earlier_ones_stay_as_they_were():
    change = NOW + 5 * HOUR
    changed = replace(EVENT, rhythm_hours=1, rounds_from=change, until=change + 2 * HOUR, recorded_at=change)
    rounds = crisis.rounds([EVENT, changed], change + 90 * timedelta(minutes=1))
    assert [(crisis_round.number, crisis_round.start - NOW, crisis_round.end - NOW) for crisis_round in rounds] == [
        (1, 0 * HOUR, 4 * HOUR),
        (2, 4 * HOUR, 5 * HOUR),
        (3, 5 * HOUR, 6 * HOUR),
        (4, 6 * HOUR, 7 * HOUR),
    ]


def test_an_event_closed_as_it_opened_has_one_round():
    assert crisis.rounds([EVENT, replace(EVENT, until=NOW)], NOW + HOUR) == [CrisisRound(1, NOW, NOW)]


def test_an_event_is_open_as_it_was_known_at_an_instant():
    closed = replace(EVENT, until=NOW + 2 * HOUR, recorded_at=NOW + 2 * HOUR)
    versions = [EVENT, closed]
    assert crisis.open_at(versions, NOW - HOUR) == []
    assert crisis.open_at(versions, NOW + HOUR) == [EVENT]
    assert crisis.open_at(versions, NOW + 2 * HOUR) == []
    assert crisis.duties_at(versions, NOW + HOUR) == (EVENT.duty,)
    assert EVENT.duty.seconds == 4 * 3600


@pytest.mark.parametrize(
    ("kind", "observed", "recorded", "answers"),
    [
        (EventKind.DECLARED, 1, 1, True),
        (EventKind.CONFIRMED, 1, 1, True),
        (EventKind.CLOSED, 0, 0, True),
        (EventKind.DECLARED, -1, 1, True),
        (EventKind.DECLARED, -1, -1, False),
        (EventKind.UNDONE, -1, 1, False),
        (EventKind.UNDONE, 1, 2, True),
        (EventKind.MASKED, -1, 1, False),
        (EventKind.MASKED, 1, 2, True),
        (None, None, None, False),
    ],
)
def test_a_round_is_answered_by_what_was_recorded_in_it(kind, observed, recorded, answers):
    observed_at, recorded_at = (None if hours is None else NOW + hours * HOUR for hours in (observed, recorded))
    assert crisis.is_answer(kind, observed_at, recorded_at, NOW) is answers


def test_mails_leave_at_once_in_the_first_round_and_half_way_in_the_others():
    assert crisis.reminded_from(EVENT, NOW + HOUR) == NOW
    assert crisis.reminded_from(EVENT, NOW + 5 * HOUR) == NOW + 6 * HOUR
    assert crisis.reminded_from(EVENT, NOW + 9 * HOUR) == NOW + 9 * HOUR


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"level": 3}, "1 ou 2"),
        ({"level": 0}, "1 ou 2"),
        ({"rhythm_hours": 5}, "rythme"),
        ({"until": NOW}, "passée"),
        ({"until": NOW + timedelta(days=93)}, "92 jours"),
        ({"name": "x" * 81}, "81 caractères"),
        ({"name": "x" * 5_000}, "5000 caractères"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_do(change, words):
    with pytest.raises(Refused, match=words):
        crisis.checked(replace(EVENT, **change), NOW)


def test_an_event_is_cleaned_and_named():
    typed = replace(EVENT, name="  réseau\n électrique ", extra_counts=(ExtraCount.IN_24_HOURS, ExtraCount.REOPENABLE) * 2)
    event = crisis.checked(typed, NOW)
    assert event.label == "Plan blanc niveau 2 (réseau électrique)"
    assert crisis.checked(replace(EVENT, name="réseau" + 400 * " " + "nord"), NOW).name == "réseau nord"
    assert event.extra_counts == (ExtraCount.REOPENABLE, ExtraCount.IN_24_HOURS)
    assert replace(EVENT, kind=CrisisKind.HEAT_WAVE, level=0).label == "Canicule"


def test_an_extra_count_is_a_part_whatever_its_crisis():
    parts = [
        CountPart(PartKey("closed", closing_type="01"), 2),
        CountPart(PartKey("supplementary", additional_bed_type="01"), 1),
        CountPart(PartKey("supplementary", additional_bed_type="01", crisis_type="02"), 3),
    ]
    assert [one.number(parts) for one in ExtraCount] == [2, 4, None]


def test_deadlines_and_rhythms_are_written_in_french():
    assert crisis.deadline_words(NOW + 6 * HOUR, NOW, PARIS) == "16 h"
    assert crisis.deadline_words(NOW + 6.5 * HOUR, NOW, PARIS) == "16 h 30"
    assert crisis.deadline_words(NOW + 22 * HOUR, NOW, PARIS) == "le 24/11 à 8 h"
    assert [crisis.rhythm_words(hours) for hours in (1, 4, 24)] == ["toutes les heures", "toutes les 4 h", "chaque jour"]


@pytest.mark.parametrize(("level", "after"), [(3, None), (-1, None), (1, 0), (1, 32 * 24)])
def test_a_tension_is_0_1_or_2_with_an_end_to_come(level, after):
    with pytest.raises(Refused):
        tension.check(level, None if after is None else NOW + after * HOUR, NOW)
    tension.check(2, NOW + HOUR, NOW)


def test_a_tension_has_words():
    assert [tension.words(level) for level in (None, 0, 2)] == ["", "tension 0, habituel", "tension 2, saturé"]
