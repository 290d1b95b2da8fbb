"""The content of the wall: totals, the last declarations, units that went late or to zero in an hour; nothing on people."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ror.errors import Forbidden
from ror.model.crisis import CrisisKind, CrisisScope
from ror.model.display import Display, Theme
from ror.model.unit_change import ChangeKind
from ror.services import journal
from ror.services.coordination import crisis, wall
from ror.services.coordination.crisis import TypedEvent
from ror.services.journal import JournalQuery
from ror.settings import settings
from ror.web.server import wall_json
from tests.region import (
    ACCOUNTS,
    ADELE,
    CARDIAC,
    CORALIE,
    DAY_HOSPITAL,
    DOMINIQUE,
    LONG_STAY,
    NOW,
    NURSING,
    PSYCHIATRY,
    RESUSCITATION,
    STRUCTURES,
    UNITS,
    WARD,
    close_for_a_time,
    write,
)

DISPLAY = Display("mur-1", "Salle", Theme.LIGHT, CORALIE.id, NOW, NOW + timedelta(days=1), link_created_at=NOW)
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)


def read(db, reader=DISPLAY, now=NOW):
    return wall.read(db, reader, now)


def degraded(db, now=NOW):
    return [(one.name, one.kind, one.before, one.now, one.at) for one in read(db, now=now).degraded.units]


def test_the_totals_say_how_much_of_them_is_recent(region):
    write(region, WARD, 5, NOW - HOUR)
    write(region, PSYCHIATRY, 2, NOW - 8 * DAY)
    content = read(region)
    assert (content.region["beds"], content.region["beds_fresh"], content.region["beds_old"]) == (7, 5, 2)
    tile = wall_json.to_json(content, DISPLAY, NOW, "1")["tiles"][0]
    assert (tile["number"], tile["words"]) == ("7", "dont 5 confirmés depuis moins de 24 h et 2 il y a plus de 7 jours")
    assert {one.code: one.summary["beds"] for one in content.departments} == {"75": 5, "93": 0, "94": 2}


def test_an_event_under_way_shows_who_answered_in_its_present_round_and_tightens_what_is_late(region):
    for unit in (WARD, RESUSCITATION):
        write(region, unit, 5, NOW - 9 * HOUR)
    typed = TypedEvent(CrisisKind.PLAN_BLANC, 2, "", CrisisScope(("75",)), NOW + 2 * DAY, 4)
    event = crisis.open_event(region, CORALIE, "event-0001", typed, NOW - 5 * HOUR)
    write(region, WARD, 4, NOW - MINUTE)
    content = read(region)
    progress = content.crises[0]
    assert (progress.name, progress.answered, progress.next_deadline) == (event.label, 1, NOW + 3 * HOUR)
    assert 1 < progress.expected < len(UNITS)
    assert [(unit.name, unit.kind) for unit in content.degraded.units] == [("Réanimation", ChangeKind.BECAME_LATE)]
    crisis.close_event(region, CORALIE, "event-0001", NOW + MINUTE)
    assert read(region, now=NOW + 2 * MINUTE).crises == ()


def test_it_shows_the_present_to_half_a_minute(region):
    write(region, WARD, 5, NOW)
    assert read(region, now=NOW + timedelta(seconds=44)).at == NOW + timedelta(seconds=30)
    position = write(region, WARD, 4, NOW).position
    assert read(region).position == position
    assert read(region).region["beds"] == 4


def test_the_hours_of_a_wall_are_those_of_the_region(region, monkeypatch):
    monkeypatch.setenv("ROR_REGION", "La Réunion")
    settings.cache_clear()
    assert wall_json.to_json(read(region), DISPLAY, NOW, "1")["zone"] == "Indian/Reunion"


def test_the_last_declarations_come_first_with_the_number_before(region):
    write(region, PSYCHIATRY, 2, NOW - DAY)
    write(region, WARD, 5, NOW - HOUR)
    write(region, WARD, 3, NOW - MINUTE, comment="Aile nord")
    first, second = read(region).latest
    assert (first.name, first.structure, first.before, first.now, first.at, first.rank) == (
        *("Médecine interne", "Hôpital fictif des Tilleuls", 5, 3),
        *(NOW - MINUTE, 0),
    )
    assert (second.name, second.before, second.now) == ("Psychiatrie", None, 2)
    words = [one["number"] for one in wall_json.to_json(read(region), DISPLAY, NOW, "1")["latest"]]
    assert words == ["5 → 3 lits", "2 lits"]


def test_no_more_declarations_are_shown_than_fit(region):
    for unit in UNITS:
        if not unit.closed:
            write(region, unit.id, 2, NOW - HOUR)
    assert len(read(region).latest) == wall.MAX_LATEST


def test_what_went_to_zero_within_the_hour_is_shown_and_not_what_was_there_before(region):
    write(region, WARD, 4, NOW - DAY)
    write(region, WARD, 0, NOW - 10 * MINUTE)
    write(region, PSYCHIATRY, 4, NOW - DAY)
    write(region, PSYCHIATRY, 0, NOW - 61 * MINUTE)
    write(region, PSYCHIATRY, 0, NOW - MINUTE)
    write(region, LONG_STAY, 0, NOW - MINUTE)
    assert degraded(region) == [("Médecine interne", ChangeKind.FELL_TO_ZERO, 4, 0, NOW - 10 * MINUTE)]
    assert (read(region).degraded.zero, read(region).degraded.late) == (1, 0)
    assert degraded(region, NOW + HOUR) == []


def test_a_unit_that_a_manager_closed_within_the_hour_went_to_zero(region):
    write(region, NURSING, 4, NOW - DAY)
    close_for_a_time(region, NURSING, date(2026, 12, 1), NOW - MINUTE)
    assert degraded(region) == [("Hébergement", ChangeKind.CLOSED, 4, 0, NOW - MINUTE)]


def test_a_unit_is_shown_for_an_hour_from_when_it_went_late(region):
    write(region, CARDIAC, 2, NOW - DAY - 10 * MINUTE)
    write(region, RESUSCITATION, 2, NOW - DAY - 2 * HOUR)
    write(region, WARD, 2, NOW - DAY)
    assert degraded(region) == [("Soins intensifs de cardiologie", ChangeKind.BECAME_LATE, None, 2, NOW - 10 * MINUTE)]
    words = wall_json.to_json(read(region), DISPLAY, NOW, "1")["degraded"]
    assert words["words"] == "1 unité passée en retard, 0 à zéro"
    assert (words["units"][0]["what"], words["units"][0]["number"]) == ("Passée en retard", "2 lits")


def test_it_says_that_more_units_may_be_at_zero_when_not_all_are_compared(region, monkeypatch):
    for unit in (WARD, CARDIAC):
        write(region, unit, 3, NOW - 2 * HOUR)
        write(region, unit, 0, NOW - MINUTE)
    printed = wall_json.to_json(read(region), DISPLAY, NOW, "1")["degraded"]
    assert printed["words"].endswith("en retard, 2 à zéro")
    monkeypatch.setattr(wall, "_MAX_READ", 1)
    printed = wall_json.to_json(read(region, now=NOW + MINUTE), DISPLAY, NOW + MINUTE, "1")["degraded"]
    assert printed["words"].endswith("en retard, au moins 1 à zéro")


def test_all_are_counted_and_the_newest_are_shown(region):
    units = [unit.id for unit in UNITS if not unit.closed][: wall.MAX_DEGRADED + 2]
    for number, unit in enumerate(units):
        write(region, unit, 4, NOW - DAY)
        write(region, unit, 0, NOW - (number + 1) * MINUTE)
    content = read(region).degraded
    assert (content.zero, len(content.units)) == (len(units), wall.MAX_DEGRADED)
    assert [one.at for one in content.units] == [NOW - (number + 1) * MINUTE for number in range(wall.MAX_DEGRADED)]


def test_structures_are_symbols_until_they_are_too_many(region, monkeypatch):
    # The day hospital is in the same structure: its places are not added to beds.
    for unit, number in ((WARD, 5), (DAY_HOSPITAL, 3)):
        write(region, unit, number, NOW)
    symbols = read(region).symbols
    assert len(symbols) == len(STRUCTURES)
    assert {(one.longitude, one.latitude): one.free for one in symbols}[(2.36, 48.83)] == 5
    monkeypatch.setattr(wall, "MAX_SYMBOLS", 4)
    symbols = read(region, now=NOW + MINUTE).symbols
    assert len(symbols) == 3
    assert {one.free for one in symbols} == {5, 0}


def test_of_too_many_departments_those_with_most_units_late_are_shown(region, monkeypatch):
    monkeypatch.setattr(wall, "MAX_DEPARTMENTS", 1)
    for unit in UNITS:
        if unit.structure[3:5] != "93" and not unit.closed:
            write(region, unit.id, 1, NOW)
    assert [one.code for one in read(region).departments] == ["93"]


def test_an_empty_region_has_a_wall(db):
    content = read(db)
    assert (content.latest, content.degraded.units, content.crises, content.symbols) == ((), (), (), ())
    drawn = wall_json.to_json(content, DISPLAY, NOW, "1")["map"]
    assert (drawn["outlines"], drawn["inset"], drawn["symbols"]) == (None, None, [])


def test_it_says_no_telephone_comment_or_name_of_a_person(region):
    for unit in UNITS:
        write(region, unit.id, 0, NOW - MINUTE, comment="Demander Monsieur Untel")
    content = str(wall_json.to_json(read(region), DISPLAY, NOW, "1"))
    assert "Médecine interne" in content or "Psychiatrie" in content
    hidden = {"Untel", *(account.name for account in ACCOUNTS), *(account.id for account in ACCOUNTS)}
    hidden |= {one.telephone for one in (*UNITS, *STRUCTURES)} | {one.address for one in STRUCTURES}
    assert [words for words in hidden if words in content] == []


def test_a_coordinator_and_an_administrator_read_it_and_others_do_not(region):
    assert read(region, CORALIE).region == read(region, ADELE).region == read(region).region
    with pytest.raises(Forbidden):
        read(region, DOMINIQUE)
    (line,) = journal.read(region, None, JournalQuery(acts=("display",)), NOW).to_pylist()
    assert (line["actor"], line["outcome"]) == (DOMINIQUE.id, "refused")


def test_the_progress_of_an_event_is_printed_with_its_deadline(region):
    crisis = wall.CrisisProgress("Plan blanc", 12, 40, NOW + HOUR)
    printed = wall_json.to_json(replace(read(region), crises=(crisis,)), DISPLAY, NOW, "1")["crises"]
    assert printed == [
        {
            "name": "Plan blanc",
            "answered": 12,
            "expected": 40,
            "words": "12 réponses sur 40",
            "deadline": round((NOW + HOUR).timestamp() * 1000),
        }
    ]
    one_answer = replace(read(region), crises=(replace(crisis, answered=1),))
    assert wall_json.to_json(one_answer, DISPLAY, NOW, "1")["crises"][0]["words"] == "1 réponse sur 40"


def test_a_number_from_a_clock_ahead_did_not_go_late_within_the_hour(region):
    write(region, WARD, 3, NOW + 3 * DAY, recorded_at=NOW)
    assert degraded(region) == []
    assert degraded(region, NOW + 5 * HOUR) == []
