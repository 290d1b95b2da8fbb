"""Numbers by sex, kind of closing, crisis, assignment and temporality: written by a PATCH, read back and deleted."""

import json
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from ror.model.capacity import Counts
from ror.model.tokens import TokenScope
from ror.services.availability.declare import DeclarationDraft, declare
from tests.api.fhir_helpers import client_with, sentence
from tests.api.helpers import token
from tests.exchange.fhir.helpers import PATH, body, condition, extension, operation
from tests.exchange.fhir.profiles import CAPACITY, check
from tests.region import (
    CAMILLE,
    CLOSED_UNIT,
    DAY_HOSPITAL,
    HOME,
    HOSPITAL,
    WARD,
    board_rows,
    change_unit,
    close_for_a_time,
    rows,
    write,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def now():
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def sender(region):
    with client_with(token(region, TokenScope.DECLARE, structures=(HOSPITAL, HOME))) as client:
        yield client


def send(client, *operations, unit=WARD, **headers):
    content = json.dumps(body(*operations)).encode()
    sent = {"content-type": "application/fhir+json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return client.patch(f"/Location?identifier={unit}", content=content, headers=sent)


def send_accepted(client, *operations, unit=WARD):
    answer = send(client, *operations, unit=unit)
    assert answer.status_code == 200, answer.text
    return answer


def issues(answer):
    """Return the status of an answer, and the type and element of each of its issues."""
    return answer.status_code, [(one["code"], one.get("expression", [""])[0]) for one in answer.json()["issue"]]


def add(at, number, **codes):
    return operation(extension(number, at.isoformat(), **codes))


def delete(**codes):
    path = PATH + condition(**codes).replace(" and extension", "  and extension")
    return {"name": "operation", "part": [{"name": "type", "valueString": "delete"}, {"name": "path", "valueString": path}]}


def replace_all(*extensions):
    whole = operation(extensions[0], "replace")
    whole["part"][2] = {"name": "value", "part": list(extensions)}
    return whole


DETAILS = ("genderCapacityAvailable", "capacityClosingType", "additionalBedType", "crisisType", "temporaryAssignement")


def read_numbers(client, unit=WARD):
    """Return the numbers of a Location by status, temporality, and the codes of the part that is counted."""
    place = client.get(f"/Location/{unit}").json()
    check(place)
    numbers = {}
    for one in place["extension"]:
        if one["url"] == CAPACITY:
            parts = {part["url"]: part for part in one["extension"]}
            codes = {
                name: part["valueCodeableConcept"]["coding"][0]["code"]
                for name, part in parts.items()
                if "valueCodeableConcept" in part
            }
            more = tuple(codes[name] for name in DETAILS if name in codes and (name, codes[name]) != (DETAILS[-1], "01"))
            key = (codes["capacityStatus"], codes["temporalityCapacity"], *more)
            assert key not in numbers
            numbers[key] = parts["nbCapacity"]["valueInteger"]
    return numbers


def numbers_on_board(db, unit=WARD):
    row = board_rows(db, datetime.now(UTC))[unit]
    return row["available"], row["women"], row["men"], row["either"]


# By sex


def test_the_beds_of_a_sex_are_one_number_each(sender, region, now):
    send_accepted(
        sender,
        add(now, 1, genderCapacityAvailable="01"),
        add(now, 2, genderCapacityAvailable="02"),
        add(now, 3, genderCapacityAvailable="03"),
    )
    assert numbers_on_board(region) == (6, 1, 2, 3)
    assert read_numbers(sender) == {("01", "01"): 20, ("02", "01", "01"): 1, ("02", "01", "02"): 2, ("02", "01", "04"): 3}
    assert len(rows(region, "declaration")) == 1


def test_a_number_of_one_sex_keeps_those_of_the_others(sender, region, now):
    send_accepted(
        sender, add(now - MINUTE, 1, genderCapacityAvailable="01"), add(now - MINUTE, 2, genderCapacityAvailable="02")
    )
    send_accepted(sender, add(now, 3, genderCapacityAvailable="01"))
    assert numbers_on_board(region) == (5, 3, 2, None)
    path = PATH + condition(capacityStatus="02", genderCapacityAvailable="02")
    send_accepted(sender, operation(extension(0, (now + MINUTE).isoformat(), genderCapacityAvailable="02"), "replace", path))
    assert numbers_on_board(region) == (3, 3, 0, None)


def test_numbers_by_sex_take_the_place_of_one_that_says_none_and_the_contrary(sender, region, now):
    write(region, WARD, 7, now - HOUR)
    send_accepted(sender, add(now - MINUTE, 1, genderCapacityAvailable="01"))
    assert numbers_on_board(region) == (1, 1, None, None)
    send_accepted(sender, add(now, 4))
    assert numbers_on_board(region) == (4, None, None, None)


def test_the_rest_of_a_count_is_a_number_without_a_sex(sender, region, now):
    send_accepted(sender, add(now, 1, genderCapacityAvailable="01"), add(now, 4))
    assert numbers_on_board(region) == (5, 1, None, None)
    assert read_numbers(sender) == {("01", "01"): 20, ("02", "01"): 4, ("02", "01", "01"): 1}
    again = send(sender, add(now, 4), add(now, 1, genderCapacityAvailable="01"))
    assert "rien n'a changé" in sentence(again)


def test_systems_may_send_the_sexes_of_an_instant_one_by_one(sender, region, now):
    for code, number in (("01", 1), ("02", 2)):
        send_accepted(sender, add(now, number, genderCapacityAvailable=code))
    assert numbers_on_board(region) == (3, 1, 2, None)
    assert issues(send(sender, add(now, 2, genderCapacityAvailable="01"))) == (
        422,
        [("conflict", f"{PATH}.extension.where(url='capacityUpdateDate')")],
    )
    assert "rien n'a changé" in sentence(send(sender, add(now, 1, genderCapacityAvailable="01")))


def test_a_replace_of_any_sex_finds_a_number_that_says_none(sender, region, now):
    write(region, WARD, 7, now - HOUR)
    path = PATH + condition(capacityStatus="02", genderCapacityAvailable="03")
    send_accepted(sender, operation(extension(5, now.isoformat(), genderCapacityAvailable="03"), "replace", path))
    assert numbers_on_board(region) == (5, None, None, 5)
    women = PATH + condition(capacityStatus="02", genderCapacityAvailable="01")
    answer = send(sender, operation(extension(5, now.isoformat(), genderCapacityAvailable="01"), "replace", women))
    assert issues(answer) == (404, [("not-found", PATH)])


# Closed and supplementary beds, assignments


def test_kinds_of_closing_supplementary_beds_crises_and_assignments_are_given_back(sender, now):
    send_accepted(
        sender,
        add(now, 2),
        add(now, 1, temporaryAssignement="02"),
        add(now, 2, status="05", capacityClosingType="01"),
        add(now, 1, status="05", capacityClosingType="02"),
        add(now, 3, status="06", additionalBedType="03", crisisType="02"),
        add(now, 1, status="06", crisisType="01"),
    )
    assert read_numbers(sender) == {
        ("01", "01"): 20,
        ("02", "01"): 2,
        ("02", "01", "02"): 1,
        ("05", "01", "01"): 2,
        ("05", "01", "02"): 1,
        ("06", "01", "01"): 1,
        ("06", "01", "03", "02"): 3,
    }


def test_beds_of_an_assignment_are_apart_from_those_of_none(sender, region, now):
    send_accepted(sender, add(now - MINUTE, 4), add(now - MINUTE, 2, temporaryAssignement="02"))
    send_accepted(sender, add(now, 3))
    assert (read_numbers(sender)["02", "01"], read_numbers(sender)["02", "01", "02"]) == (3, 2)
    assert numbers_on_board(region)[0] == 5


# Temporalities


def test_places_sent_as_now_stand_beside_the_unit_s_own_number(sender, region, now):
    send_accepted(sender, add(now, 12, kind="02", temporality="01", genderCapacityAvailable="03"), unit=DAY_HOSPITAL)
    row = board_rows(region, now + MINUTE)[DAY_HOSPITAL]
    assert (row["available"], row["observed_at"], row["rank"], row["overdue"]) == (None, None, 4, True)
    assert [(other["temporality"], other["available"]) for other in row["others"]] == [("01", 12)]
    write(region, DAY_HOSPITAL, 3, now)
    assert read_numbers(sender, DAY_HOSPITAL) == {("01", "01"): 8, ("02", "05"): 3, ("02", "01", "04"): 12}
    send_accepted(sender, add(now + MINUTE, 4, kind="02", temporality="05"), unit=DAY_HOSPITAL)
    assert numbers_on_board(region, DAY_HOSPITAL)[0] == 4


def test_a_number_of_another_temporality_changes_neither_number_nor_age_nor_lateness(sender, region, now):
    write(region, WARD, 7, now - 30 * HOUR)
    before = board_rows(region, now)[WARD]
    send_accepted(sender, add(now, 2, temporality="03"), add(now - MINUTE, 1, temporality="04"))
    after = board_rows(region, now)[WARD]
    for name in ("available", "observed_at", "position", "rank", "overdue", "due_at"):
        assert after.get(name) == before.get(name), name
    assert read_numbers(sender) == {("01", "01"): 20, ("02", "01"): 7, ("02", "03"): 2, ("02", "04"): 1}
    send_accepted(sender, add(now + MINUTE, 6, temporality="03"))
    assert read_numbers(sender)["02", "03"] == 6


def test_every_number_of_a_system_that_counts_places_now_is_kept(sender, region, now):
    sent = [
        extension(number, now.isoformat(), kind="02", status=status) for status, number in (("02", 2), ("03", 5), ("01", 9))
    ]
    send_accepted(sender, *(operation(one) for one in sent), unit=DAY_HOSPITAL)
    assert read_numbers(sender, DAY_HOSPITAL) == {("01", "01"): 9, ("02", "01"): 2, ("03", "01"): 5}
    assert len(rows(region, "declaration")) == 1
    send_accepted(sender, add(now, 1, kind="02", status="04"), unit=DAY_HOSPITAL)
    assert read_numbers(sender, DAY_HOSPITAL)["04", "01"] == 1


def test_a_number_of_when_the_unit_counted_beds_is_not_one_of_its_places(sender, region, now):
    send_accepted(sender, add(now, 5))
    change_unit(region, WARD, nature="02")
    assert read_numbers(sender) == {("01", "01"): 20}
    send_accepted(sender, add(now - HOUR, 3, kind="02"))
    assert read_numbers(sender) == {("01", "01"): 20, ("02", "01"): 3}


def test_a_closed_unit_offers_0_for_every_temporality(sender, region, now):
    send_accepted(sender, add(now - MINUTE, 5), add(now - MINUTE, 2, temporality="03"))
    assert issues(send(sender, add(now, 2, temporality="03"), unit=CLOSED_UNIT))[0] == 400
    close_for_a_time(region, WARD, date(2099, 1, 1), now)
    assert read_numbers(sender) == {("01", "01"): 20, ("02", "01"): 0, ("02", "03"): 0}
    assert "01/01/2099" in sentence(send(sender, add(now, 2, temporality="03")))


# Deleting numbers, replacing them all


def test_a_delete_takes_a_number_away_and_is_an_event_of_the_log(sender, region, now):
    send_accepted(sender, add(now, 5), add(now, 2, status="05", capacityClosingType="01"))
    send_accepted(sender, delete(capacityStatus="05"))
    assert read_numbers(sender) == {("01", "01"): 20, ("02", "01"): 5}
    events = rows(region, "declaration")
    assert len(events) == 2
    assert numbers_on_board(region)[0] == 5
    assert board_rows(region, now)[WARD]["observed_at"] == now
    assert issues(send(sender, delete(capacityStatus="05"))) == (404, [("not-found", PATH)])
    assert len(rows(region, "declaration")) == 2


def test_a_delete_takes_away_the_parts_that_its_path_names(sender, region, now):
    send_accepted(sender, add(now, 1, genderCapacityAvailable="01"), add(now, 2, genderCapacityAvailable="02"))
    send_accepted(
        sender, delete(capacityStatus="02", temporalityCapacity="01", genderCapacityAvailable="02", temporaryAssignement="01")
    )
    assert numbers_on_board(region) == (1, 1, None, None)
    assert issues(send(sender, delete(capacityStatus="02", temporalityCapacity="05")))[0] == 404


def test_a_unit_whose_number_was_taken_away_has_never_declared(sender, region, now):
    send_accepted(sender, add(now, 5), add(now, 3, status="03"), add(now, 4, temporality="03"))
    send_accepted(sender, delete(capacityStatus="02", temporalityCapacity="01"))
    row = board_rows(region, now + MINUTE)[WARD]
    assert (row["available"], row["observed_at"], row["rank"], row["overdue"]) == (None, None, 4, True)
    assert read_numbers(sender) == {("01", "01"): 20, ("02", "03"): 4, ("03", "01"): 3}
    send_accepted(sender, delete(capacityStatus="02"))
    assert read_numbers(sender) == {("01", "01"): 20, ("03", "01"): 3}
    send_accepted(sender, add(now, 6))
    assert numbers_on_board(region)[0] == 6


def test_all_numbers_are_replaced_at_once(sender, region, now):
    send_accepted(sender, add(now - MINUTE, 5), add(now - MINUTE, 3, status="03"), add(now - MINUTE, 1, temporality="03"))
    sent = replace_all(extension(10, now.isoformat(), status="01"), extension(2, now.isoformat()))
    send_accepted(sender, sent)
    assert read_numbers(sender) == {("01", "01"): 10, ("02", "01"): 2, ("02", "03"): 1}
    assert "rien n'a changé" in sentence(send(sender, sent))


# Faults and answers


def test_business_rules_are_400_with_an_issue_each(sender, region, now):
    answer = send(sender, add(now, 21), add(now, 30, temporality="03"), add(now, 1, status="03", kind="02"))
    assert issues(answer) == (400, [("business-rule", f"{PATH}.extension.where(url='capacityType')")])
    answer = send(sender, add(now, 21), add(now, 30, temporality="03"))
    assert issues(answer) == (400, [("business-rule", f"{PATH}.extension.where(url='nbCapacity')")] * 2)
    later = add(now + MINUTE, 1, status="03")
    assert issues(send(sender, add(now, 2), later)) == (
        400,
        [("business-rule", f"{PATH}.extension.where(url='capacityUpdateDate')")],
    )
    other = add(now, 1, status="03", capacitySourceType="03")
    assert issues(send(sender, add(now, 2), other))[1][0][1].endswith("(url='capacitySourceType')")
    assert issues(send(sender, add(now, 2), add(now, 2))) == (422, [("invalid", PATH)])
    assert rows(region, "declaration") == []


def test_a_comment_comes_with_its_number(sender, region, now):
    def add_with_comment(at, comment, **codes):
        one = extension(5, at.isoformat(), **codes)
        one["extension"].append({"url": "comment", "valueString": comment})
        return operation(one)

    send_accepted(sender, add_with_comment(now - MINUTE, "Aile nord"))
    assert board_rows(region, now)[WARD]["comment"] == "Aile nord"
    send_accepted(sender, add(now, 4))
    assert board_rows(region, now)[WARD]["comment"] == "Aile nord"
    two = send(sender, add_with_comment(now + MINUTE, "Aile sud"), add_with_comment(now + MINUTE, "Aile est", status="03"))
    assert issues(two) == (400, [("business-rule", f"{PATH}.extension.where(url='comment')")])
    send_accepted(sender, add_with_comment(now, "Dans deux jours", temporality="04"))
    assert board_rows(region, now)[WARD]["comment"] == "Aile nord"


def test_the_answer_names_the_version_and_the_place(sender, now):
    first = send_accepted(sender, add(now - MINUTE, 5))
    place = sender.get(f"/Location/{WARD}").json()
    assert first.headers["etag"] == f'W/"{place["meta"]["versionId"]}"'
    updated = datetime.fromisoformat(place["meta"]["lastUpdated"])
    assert parsedate_to_datetime(first.headers["last-modified"]) == updated.replace(microsecond=0)
    assert first.headers["content-location"] == f"http://testserver/fhir/Location/{WARD}"
    assert first.json()["issue"][0]["details"]["text"] == f"1{HOSPITAL}/{WARD}"
    other = send_accepted(sender, add(now, 5, temporality="03"))
    assert other.headers["etag"] != first.headers["etag"]
    assert other.headers["etag"] == f'W/"{sender.get(f"/Location/{WARD}").json()["meta"]["versionId"]}"'


def test_the_answer_is_what_the_client_prefers(sender, now):
    whole = send(sender, add(now, 5), prefer="return=representation")
    assert whole.json() == sender.get(f"/Location/{WARD}").json()
    assert whole.headers["content-type"] == "application/fhir+json"
    nothing = send(sender, add(now, 5), prefer="return=minimal")
    assert (nothing.status_code, nothing.content) == (200, b"")
    assert nothing.headers["etag"] == whole.headers["etag"]


def test_a_change_of_another_temporality_is_found_by_its_date(sender, region, now):
    write(region, WARD, 7, now - HOUR)
    send_accepted(sender, add(now, 2, temporality="03"))
    since = (now - MINUTE).isoformat().replace("+", "%2B")
    assert sender.get(f"/Location?_lastUpdated=ge{since}").json()["total"] == 1


def test_nobody_else_s_form_is_outdated_by_another_temporality(sender, region, now):
    send_accepted(sender, add(now, 2, temporality="03"))
    assert declare(region, CAMILLE, DeclarationDraft(WARD, Counts(3)), now).position > 1
