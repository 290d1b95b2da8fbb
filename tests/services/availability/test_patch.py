"""Bodies of a PATCH applied to a unit: one event for each temporality that they change, or nothing of any."""

import json
from datetime import timedelta

import pytest

from ror.exchange.fhir.patch import read_patch
from ror.exchange.fhir.patch_value import PATH, BadPatch
from ror.model.capacity import Counts
from ror.model.count_parts import CountPart, PartKey
from ror.model.declaration import EventKind
from ror.model.selection import Among, Selection
from ror.services.availability import catalogue
from ror.services.availability.patch import apply_patch
from tests.exchange.fhir.helpers import body, condition, extension, operation
from tests.region import CAMILLE, DAY_HOSPITAL, NOW, WARD, board_rows, rows, write

pytestmark = pytest.mark.usefixtures("region")

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def add(number, at=NOW, **codes):
    return operation(extension(number, at.isoformat(), **codes))


def delete(**codes):
    parts = [{"name": "type", "valueString": "delete"}, {"name": "path", "valueString": PATH + condition(**codes)}]
    return {"name": "operation", "part": parts}


def replace_all(*extensions):
    whole = operation(extensions[0], "replace")
    whole["part"][2] = {"name": "value", "part": list(extensions)}
    return whole


def applied(db, *operations, unit=WARD, at=NOW + HOUR):
    (offer,) = catalogue.offers(db, CAMILLE, Selection(Among("key", frozenset({unit})))).entries
    return apply_patch(db, CAMILLE, offer, read_patch(json.dumps(body(*operations)).encode()), at)


def faults(db, *operations, **others):
    before = rows(db, "declaration")
    with pytest.raises(BadPatch) as caught:
        applied(db, *operations, **others)
    assert rows(db, "declaration") == before
    return [(fault.issue, fault.expression.removeprefix(PATH)) for fault in caught.value.faults]


def counts(db, unit=WARD):
    """Return the last counts of a unit by temporality."""
    (offer,) = catalogue.offers(db, CAMILLE, Selection(Among("key", frozenset({unit})))).entries
    return offer.counts, {other.temporality: other.counts for other in offer.others}


def test_each_temporality_is_an_event_and_published(db, published_changes):
    done = applied(db, add(5), add(12, status="03"), add(3, temporality="03"))
    assert [(event.temporality, event.counts) for event in done.events] == [("01", Counts(5, occupied=12)), ("03", Counts(3))]
    assert [change.position for change in published_changes] == [event.position for event in done.written]
    assert done.message == "Mise à jour enregistrée."
    again = applied(db, add(5), add(3, temporality="03"))
    assert (again.written, "rien n'a changé" in again.message) == ([], True)
    later = applied(db, add(5, NOW + MINUTE))
    assert [event.kind for event in later.written] == [EventKind.CONFIRMED]
    assert "confirmés" in later.message


def test_parts_and_a_number_without_any_take_each_other_s_place_at_a_later_instant(db):
    women, men = CountPart(PartKey("available", gender="01"), 1), CountPart(PartKey("available", gender="02"), 2)
    applied(db, add(5), add(2, temporaryAssignement="02"))
    covid = CountPart(PartKey("available", assignment="02"), 2)
    assert counts(db)[0] == Counts(7, parts=(covid,))
    applied(db, add(1, NOW + MINUTE, genderCapacityAvailable="01"))
    assert counts(db)[0] == Counts(3, parts=tuple(sorted((women, covid))))
    applied(db, add(2, NOW + 2 * MINUTE, genderCapacityAvailable="02"))
    assert counts(db)[0] == Counts(5, parts=tuple(sorted((women, men, covid))))
    applied(db, add(1, NOW + 3 * MINUTE), add(1, NOW + 3 * MINUTE, genderCapacityAvailable="01"))
    assert counts(db)[0].available == 6, "both sent: what is left of the others stays"
    applied(db, add(4, NOW + 4 * MINUTE))
    assert counts(db)[0] == Counts(6, parts=(covid,))


def test_places_counted_now_have_their_other_counts_with_them(db):
    now = {"kind": "02"}
    applied(db, add(3, **now), add(5, status="03", **now), unit=DAY_HOSPITAL)
    assert counts(db, DAY_HOSPITAL) == (Counts(None), {"01": Counts(3, occupied=5)})
    applied(db, add(1, status="04", **now), unit=DAY_HOSPITAL)
    assert counts(db, DAY_HOSPITAL)[1] == {"01": Counts(3, occupied=5, reserved=1)}
    over_a_week = {"kind": "02", "temporality": "05"}
    applied(db, add(7, **over_a_week), add(6, status="03", **now), unit=DAY_HOSPITAL)
    assert counts(db, DAY_HOSPITAL)[0] == Counts(7, occupied=6)
    assert faults(db, add(1, NOW + MINUTE, status="05", **now), unit=DAY_HOSPITAL)[0][0] == "business-rule"


def test_what_is_taken_away_leaves_the_rest(db):
    applied(db, add(5), add(12, status="03"), add(4, temporality="03"))
    applied(db, delete(capacityStatus="03"))
    assert counts(db)[0] == Counts(5)
    assert board_rows(db)[WARD]["observed_at"] == NOW
    assert faults(db, delete(capacityStatus="03")) == [("not-found", "")]
    assert faults(db, delete(capacityStatus="02", capacitySourceType="02", temporalityCapacity="04")) == [("not-found", "")]
    applied(db, delete(capacityStatus="02"))
    assert counts(db) == (Counts(None), {"03": Counts(None)})
    assert board_rows(db)[WARD]["observed_at"] is None
    assert faults(db, operation(extension(5, NOW.isoformat()), "replace", PATH + condition(capacityStatus="02"))) == [
        ("not-found", "")
    ]


def test_beds_that_the_available_ones_need_are_not_taken_away(db):
    applied(db, add(22), add(2, status="06"))
    assert faults(db, delete(capacityStatus="06")) == [("business-rule", ".extension.where(url='nbCapacity')")]


def test_all_numbers_of_a_temporality_are_replaced(db):
    applied(db, add(5), add(12, status="03"), add(4, temporality="03"))
    later = (NOW + MINUTE).isoformat()
    applied(db, replace_all(extension(10, later, status="01"), extension(2, later)))
    assert counts(db) == (Counts(2, installed=10), {"03": Counts(4)})


def test_every_fault_of_every_temporality_is_named(db):
    number = ".extension.where(url='nbCapacity')"
    assert faults(db, add(21), add(22, temporality="03")) == [("business-rule", number)] * 2
    assert faults(db, add(5, kind="02")) == [("business-rule", ".extension.where(url='capacityType')")]
    assert faults(db, add(5), add(5)) == [("invalid", "")]
    assert faults(db, add(5), add(3, NOW + MINUTE, status="03"))[0][1] == ".extension.where(url='capacityUpdateDate')"
    assert (
        faults(db, add(5), add(3, status="03", capacitySourceType="03"))[0][1] == ".extension.where(url='capacitySourceType')"
    )


def test_an_older_number_and_two_comments_are_refused(db):
    def commented(number, comment, **codes):
        value = extension(number, NOW.isoformat(), **codes)
        value["extension"].append({"url": "comment", "valueString": comment})
        return operation(value)

    write(db, WARD, 7, NOW + MINUTE)
    assert faults(db, add(5)) == [("conflict", ".extension.where(url='capacityUpdateDate')")]
    two = commented(5, "Aile nord", temporality="03"), commented(5, "Aile sud", status="03", temporality="03")
    assert faults(db, *two) == [("business-rule", ".extension.where(url='comment')")]
    (event,) = applied(db, commented(5, "Aile nord", temporality="03")).written
    assert event.comment == "Aile nord"


def test_what_a_patch_writes_says_that_it_came_by_fhir(db):
    assert [event.channel for event in applied(db, add(4)).written] == ["fhir"]
