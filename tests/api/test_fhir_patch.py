"""Declarations of bed management software through FHIR: the same rights, rules and journal as the screen."""

import copy
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model.tokens import TokenScope
from tests.api.fhir_helpers import client_with, issue, numbers, sentence
from tests.api.helpers import token
from tests.examples import slow_examples
from tests.exchange.fhir.helpers import PATH, body, condition, extension, operation
from tests.region import CLINIC, CLOSED_UNIT, DAY_HOSPITAL, HOME, HOSPITAL, WARD, close_for_a_time, rows, write

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now():
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def sender(region):
    with client_with(token(region, TokenScope.DECLARE, structures=(HOSPITAL, HOME))) as client:
        yield client


def send(client, resource, unit=WARD, kind="application/fhir+json", query=None):
    content = resource if isinstance(resource, bytes) else json.dumps(resource).encode()
    condition = f"identifier={unit}" if query is None else query
    return client.patch(f"/Location?{condition}", content=content, headers={"content-type": kind})


def capacity(at, number=5, kind="add", **codes):
    path = PATH + condition(capacityStatus=codes.get("status", "02")) if kind == "replace" else PATH
    return operation(extension(number, at.isoformat(), **codes), kind, path)


def log(db):
    """Return the declarations: kind, number available, instant, source, account."""
    with db.reader() as cursor:
        read = cursor.execute("SELECT kind, available, observed_at, source_type, account FROM declaration ORDER BY position")
        return [tuple(row.values()) for row in read.to_arrow_table().to_pylist()]


def test_a_number_is_a_declaration_of_its_instant_and_source(sender, region, now):
    answer = send(sender, body(capacity(now - MINUTE)))
    assert issue(answer) == (200, "informational")
    assert answer.json()["issue"][0]["severity"] == "information"
    ((kind, available, at, source, account),) = log(region)
    assert (kind, available, at, source) == ("declared", 5, now - MINUTE, "02")
    assert account.startswith("token-")
    capacities = numbers(sender.get(f"/Location/{WARD}").json())["02"]
    assert (capacities["nbCapacity"], capacities["capacityUpdateDate"], capacities["capacitySourceType"]) == (
        5,
        now - MINUTE,
        "02",
    )


def test_the_same_body_twice_changes_nothing(sender, region, now):
    first, again = (send(sender, body(capacity(now))) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert "rien n'a changé" in sentence(again)
    assert len(log(region)) == 1


def test_the_same_number_with_a_later_date_is_a_confirmation(sender, region, now):
    send(sender, body(capacity(now - MINUTE)))
    assert "confirmés" in sentence(send(sender, body(capacity(now))))
    assert [entry[:3] for entry in log(region)] == [("declared", 5, now - MINUTE), ("confirmed", 5, now)]


def test_an_older_date_than_the_stored_one_is_refused(sender, region, now):
    send(sender, body(capacity(now)))
    assert issue(send(sender, body(capacity(now - MINUTE, 6)))) == (422, "conflict")
    assert issue(send(sender, body(capacity(now, 6)))) == (422, "conflict")
    assert len(log(region)) == 1


def test_add_needs_no_number_and_replace_needs_one(sender, now):
    answer = send(sender, body(capacity(now - MINUTE, kind="replace")))
    assert issue(answer) == (404, "not-found")
    assert answer.json()["issue"][0]["expression"] == [PATH]
    assert send(sender, body(capacity(now - MINUTE))).status_code == 200
    assert send(sender, body(capacity(now, 6, kind="replace"))).status_code == 200
    assert send(sender, body(capacity(now, 21, kind="replace", status="01"))).status_code == 200


def test_several_statuses_are_one_declaration(sender, region, now):
    sent = body(capacity(now, 3), capacity(now, 15, status="03"), capacity(now, 22, status="01"))
    assert send(sender, sent).status_code == 200
    assert len(log(region)) == 1
    capacities = numbers(sender.get(f"/Location/{WARD}").json())
    assert {code: capacities[code]["nbCapacity"] for code in capacities} == {"01": 22, "02": 3, "03": 15}
    assert send(sender, body(capacity(now, 1, status="04"))).status_code == 200
    assert send(sender, body(capacity(now, 15, status="03"))).status_code == 200


def test_a_location_that_was_read_can_be_sent_back(sender, now):
    send(sender, body(capacity(now, 3), capacity(now, 15, status="03")))
    place = sender.get(f"/Location/{WARD}").json()
    read = [one for one in place["extension"] if one["url"].endswith("supported-capacity")]
    declared = [operation(one, "replace") for one in read if numbers({"extension": [one]}).keys() != {"01"}]
    assert "rien n'a changé" in sentence(send(sender, body(*declared)))


@pytest.mark.parametrize("query", ["", "identifier=", f"identifier={WARD}&identifier={WARD}", f"identifier={WARD}&_id=1"])
def test_a_conditional_patch_needs_one_identifier_and_nothing_else(sender, now, query):
    assert issue(send(sender, body(capacity(now)), query=query)) == (412, "required")


def test_a_location_is_found_by_its_synchronisation_identifier(sender, now):
    assert send(sender, body(capacity(now)), f"1{HOSPITAL}/{WARD}").status_code == 200
    assert issue(send(sender, body(capacity(now)), f"1{CLINIC}/{WARD}")) == (404, "not-found")


def test_a_location_can_be_patched_by_its_id(sender, region, now):
    def by_id(key, number):
        content = json.dumps(body(capacity(now, number))).encode()
        return sender.patch(f"/Location/{key}", content=content, headers={"content-type": "application/fhir+json"})

    assert issue(by_id(WARD, 5)) == (200, "informational")
    assert [entry[:2] for entry in log(region)] == [("declared", 5)]
    assert issue(by_id("inconnu", 5)) == (404, "not-found")
    assert issue(by_id(f"{WARD},{DAY_HOSPITAL}", 5)) == (404, "not-found")
    assert issue(by_id(f"{WARD}?identifier={WARD}", 5)) == (400, "not-supported")
    assert issue(by_id(f"{WARD}?_format=json", 6)) == (422, "conflict")


def test_an_if_match_header_is_refused_and_nothing_is_written(sender, region, now):
    sent = json.dumps(body(capacity(now))).encode()
    headers = {"content-type": "application/fhir+json", "if-match": 'W/"1"'}
    assert issue(sender.patch(f"/Location?identifier={WARD}", content=sent, headers=headers)) == (412, "not-supported")
    assert log(region) == []
    assert sender.patch(f"/Location/{WARD}", content=sent, headers=headers | {"if-match": "*"}).status_code == 200


def test_a_body_may_begin_with_a_byte_order_mark(sender, now):
    assert send(sender, json.dumps(body(capacity(now))).encode("utf-8-sig")).status_code == 200


def test_no_location_or_several_locations_are_refused(sender, region, now):
    unknown = send(sender, body(capacity(now)), "inconnu")
    assert issue(unknown) == (404, "not-found")
    assert unknown.json()["issue"][0]["expression"] == ["Location"]
    assert issue(send(sender, body(capacity(now)), f"{WARD},{DAY_HOSPITAL}")) == (412, "multiple-matches")
    assert log(region) == []


def test_a_bad_code_is_named(sender, region, now):
    answer = send(sender, body(capacity(now, status="99")))
    assert issue(answer) == (422, "code-invalid")
    assert answer.json()["issue"][0]["expression"] == [f"{PATH}.extension.where(url='capacityStatus')"]
    assert issue(send(sender, body(capacity(now, kind="02")))) == (422, "not-supported")
    assert issue(send(sender, body(operation(extension(5, now.isoformat(), kind="02"))))) == (400, "business-rule")
    assert issue(send(sender, body(capacity(now)), DAY_HOSPITAL)) == (400, "business-rule")
    assert log(region) == []


def test_a_broken_rule_has_its_own_message(sender, region, now):
    too_many = send(sender, body(capacity(now, 21)))
    assert issue(too_many) == (400, "business-rule")
    assert too_many.json()["issue"][0]["expression"] == [f"{PATH}.extension.where(url='nbCapacity')"]
    assert "20 lits" in sentence(too_many)
    assert "à venir" in sentence(send(sender, body(capacity(now + timedelta(hours=1)))))
    assert "fermée" in sentence(send(sender, body(capacity(now)), CLOSED_UNIT))
    close_for_a_time(region, WARD, date(2099, 1, 1), now - MINUTE)
    assert "01/01/2099" in sentence(send(sender, body(capacity(now))))
    assert send(sender, body(capacity(now, 0))).status_code == 200


def test_a_newer_number_typed_on_screen_is_not_overwritten(sender, region, now):
    write(region, WARD, 7, now)
    assert issue(send(sender, body(capacity(now - MINUTE)))) == (422, "conflict")


@pytest.mark.parametrize("kind", ["text/plain", "application/json-patch+json", "application/fhir+xml", ""])
def test_only_json_is_read(sender, now, kind):
    assert issue(send(sender, body(capacity(now)), kind=kind)) == (415, "not-supported")
    assert send(sender, body(capacity(now)), kind="application/fhir+json; charset=utf-8").status_code == 200


def test_only_a_token_that_declares_the_unit_writes(region, now):
    sent = body(capacity(now))
    with client_with() as nobody:
        assert issue(send(nobody, sent)) == (401, "login")
    for scope, structures in ((TokenScope.READ, ()), (TokenScope.DECLARE, (CLINIC,)), (TokenScope.ADMINISTER, ())):
        with client_with(token(region, scope, structures=structures)) as client:
            assert issue(send(client, sent)) == (403, "forbidden")
    assert log(region) == []
    assert [row[2:4] for row in rows(region, "journal") if row[3] == "refused"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@slow_examples(150)
@given(st.binary(max_size=60) | ANYTHING.map(lambda value: json.dumps(value).encode()))
def test_any_body_gets_an_outcome_with_a_message(sender, region, raw):
    assert issue(send(sender, raw))[0] == 422
    assert log(region) == []


def test_half_a_body_writes_nothing(sender, region, now):
    sent = body(capacity(now), capacity(now, 15, status="03"))
    broken = copy.deepcopy(sent)
    broken["parameter"][1]["part"][0]["valueString"] = "delete"
    assert send(sender, broken).status_code == 422
    assert log(region) == []
