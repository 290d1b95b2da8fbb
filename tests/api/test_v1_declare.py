"""JSON declarations: by the rules of the form when typed by hand, by those of systems otherwise."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from ror.model.territory import PARIS
from ror.model.tokens import TokenScope
from tests.api.helpers import client_with, items, problem, token
from tests.region import CLINIC, CLOSED_UNIT, DAY_HOSPITAL, HOME, HOSPITAL, WARD, rows, write

HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def declarer(region):
    with client_with(token(region, TokenScope.READ, TokenScope.DECLARE, structures=(HOSPITAL, HOME))) as client:
        yield client


def send(client, unit=WARD, available=5, source_type="02", **others):
    counts = others.pop("counts", {"available": available})
    body = {"unit": unit, "counts": counts, "source_type": source_type, **others}
    return client.post("/v1/declarations", content=json.dumps(body), headers={"content-type": "application/json"})


def utc_text(instant):
    return instant.isoformat().replace("+00:00", "Z")


def log(client):
    return items(client.get(f"/v1/declarations?unit={WARD}"))


def test_a_number_typed_by_hand_is_true_now(declarer, now):
    answer = send(declarer, source_type="01", comment=" Aile  nord ")
    assert answer.status_code == 201
    event = answer.json()
    assert (event["kind"], event["counts"]["available"], event["source_type"]["code"]) == ("declared", 5, "01")
    assert abs(datetime.fromisoformat(event["observed_at"]) - now) < timedelta(minutes=1)
    assert log(declarer) == [event]
    assert problem(send(declarer, source_type="01", observed_at=utc_text(now))) == (422, "refused")


def test_a_declaration_that_the_author_did_not_see_is_not_overwritten(declarer):
    seen = send(declarer, source_type="01").json()["position"]
    outdated = send(declarer, available=6, source_type="01")
    assert problem(outdated) == (409, "outdated")
    assert "5 lits" in outdated.json()["detail"]
    assert send(declarer, available=6, source_type="01", seen=seen).status_code == 201


def test_an_unusual_number_typed_by_hand_must_be_confirmed_once(declarer):
    answer = send(declarer, DAY_HOSPITAL, 30, "01")
    assert problem(answer) == (409, "confirmation-needed")
    assert answer.json()["detail"].endswith("Est-ce bien 30 ?")
    assert send(declarer, DAY_HOSPITAL, 30, "01", confirmed=True).status_code == 201


def test_the_same_numbers_of_a_system_change_nothing_and_confirm_when_they_are_newer(declarer, now):
    first = send(declarer, observed_at=utc_text(now - HOUR))
    again = send(declarer, observed_at=utc_text(now - HOUR))
    newer = send(declarer, observed_at=utc_text(now))
    assert [answer.status_code for answer in (first, again, newer)] == [201, 200, 201]
    assert again.json() == first.json()
    assert [event["kind"] for event in log(declarer)] == ["declared", "confirmed"]
    assert newer.json()["acts_on"] == first.json()["position"]


def test_older_numbers_of_a_system_are_refused(declarer, now):
    send(declarer, observed_at=utc_text(now - HOUR))
    assert problem(send(declarer, available=6, observed_at=utc_text(now - 2 * HOUR))) == (409, "older")
    assert problem(send(declarer, available=6, observed_at=utc_text(now - HOUR))) == (409, "older")


def test_statuses_that_a_system_leaves_out_keep_their_numbers(declarer, now):
    send(declarer, counts={"available": 5, "occupied": 9}, comment="Aile nord", observed_at=utc_text(now - HOUR))
    event = send(declarer, counts={"available": 6}).json()
    assert (event["counts"]["available"], event["counts"]["occupied"], event["comment"]) == (6, 9, "Aile nord")


def test_a_system_without_any_number_is_refused(declarer):
    send(declarer)
    assert problem(send(declarer, counts={})) == (422, "refused")
    assert problem(send(declarer, counts={}, comment="Aile nord")) == (422, "refused")
    assert len(log(declarer)) == 1


def test_the_instant_of_a_number_is_sent_in_utc_whatever_its_zone_was(declarer, now):
    paris = (now - HOUR).astimezone(PARIS).isoformat()
    assert send(declarer, observed_at=paris).json()["observed_at"] == utc_text(now - HOUR)


def test_a_system_declares_in_its_perimeter_only_and_the_refusal_is_journalled(declarer, region):
    assert problem(send(declarer, f"{CLINIC}-01")) == (403, "forbidden")
    assert problem(send(declarer, f"{CLINIC}-01", source_type="01")) == (403, "forbidden")
    refused = [line for line in rows(region, "journal") if "refused" in line]
    assert len(refused) == 2
    with client_with(token(region)) as reader:
        assert problem(send(reader)) == (403, "forbidden")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"unit": "inconnue"}, (404, "not-found")),
        ({"unit": CLOSED_UNIT}, (422, "refused")),
        ({"available": 21}, (422, "refused")),
        ({"counts": {}}, (422, "refused")),
        ({"counts": {}, "source_type": "01"}, (422, "refused")),
        ({"comment": "x" * 501}, (422, "refused")),
        ({"observed_at": "2900-01-01T00:00:00Z"}, (422, "refused")),
        ({"available": -1}, (422, "invalid")),
        ({"available": 10_000}, (422, "invalid")),
        ({"available": "5"}, (422, "invalid")),
        ({"available": 5.5}, (422, "invalid")),
        ({"available": True}, (422, "invalid")),
        ({"available": None}, (422, "invalid")),
        ({"counts": {"disponible": 5}}, (422, "invalid")),
        ({"source_type": "05"}, (422, "invalid")),
        ({"observed_at": 1_700_000_000}, (422, "invalid")),
        ({"observed_at": "2026-05-04T08:00:00"}, (422, "invalid")),
        ({"unit": "a\u0000b"}, (422, "invalid")),
        ({"unit": "\ud800"}, (422, "invalid")),
        ({"confirmed": "oui"}, (422, "invalid")),
        ({"seen": -1}, (422, "invalid")),
        ({"commentaire": "x"}, (422, "invalid")),
    ],
)
def test_a_body_that_breaks_a_rule_or_the_description_is_refused_and_nothing_is_written(declarer, region, body, expected):
    assert problem(send(declarer, **body)) == expected
    assert rows(region, "declaration") == []


def test_errors_are_listed_field_by_field_in_french(declarer):
    body = send(declarer, counts={"available": -1, "libres": 3}, source_type="9").json()
    assert {(one["in"], one["name"]) for one in body["errors"]} == {
        ("body", "counts.available"),
        ("body", "counts.libres"),
        ("body", "source_type"),
    }
    assert "counts.available : donnez 0 ou plus." in body["detail"]
    assert "counts.libres : ce champ n'existe pas ici" in body["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"unit": "\xe9"}'])
def test_a_body_that_cannot_be_read_is_a_problem(declarer, body):
    status, kind = problem(declarer.post("/v1/declarations", content=body, headers={"content-type": "application/json"}))
    assert (status, kind) in {(400, "malformed"), (422, "invalid")}


def test_invisible_characters_of_a_comment_are_removed(declarer):
    answer = send(declarer, comment="Aile\u202e\ud800 nord")
    assert answer.status_code == 201
    assert answer.json()["comment"] == "Aile nord"


def test_a_comment_written_before_the_mask_is_refused(declarer, region, now):
    seen = write(region, WARD, 5, now - 2 * HOUR, comment="Nom d'un patient")
    masked = write(region, WARD, 5, now - 2 * HOUR, kind="masked", acts_on=seen.position)
    assert problem(send(declarer, comment="Autre", seen=seen.position)) == (409, "comment-masked")
    assert send(declarer, comment="Autre", seen=masked.position).status_code == 201


def women(number):
    return {"status": "available", "gender": "01", "number": number}


def test_the_parts_of_a_count_are_sent_and_given_back(declarer, now):
    closed = {"status": "closed", "closing_type": "02", "number": 1}
    answer = send(declarer, counts={"available": 5, "closed": 2}, parts=[women(2), closed], observed_at=utc_text(now))
    assert answer.status_code == 201
    assert [(part["status"], part["number"]) for part in answer.json()["parts"]] == [("available", 2), ("closed", 1)]
    assert answer.json()["parts"][0]["gender"] == {"code": "01", "label": "Femme"}
    assert answer.json()["parts"][0]["closing_type"] is None
    assert log(declarer) == [answer.json()]
    (offer,) = items(declarer.get(f"/v1/availability?unit={WARD}"))
    assert (offer["parts"], offer["others"]) == (answer.json()["parts"], [])
    assert send(declarer, source_type="01", seen=answer.json()["position"], parts=[women(1)]).json()["parts"][0]["number"] == 1


def test_parts_that_do_not_fit_are_refused(declarer):
    assert problem(send(declarer, parts=[women(6)])) == (422, "refused")
    assert problem(send(declarer, parts=[{"status": "available", "number": 2}])) == (422, "refused")
    assert problem(send(declarer, parts=[{**women(2), "gender": "09"}])) == (422, "invalid")
    assert problem(send(declarer, parts=[{**women(2), "sex": "01"}])) == (422, "invalid")
    assert problem(send(declarer, parts=[women(1)] * 41)) == (422, "invalid")
    assert log(declarer) == []


def test_numbers_of_another_temporality_stand_beside_those_of_the_unit(declarer, now):
    first = send(declarer, observed_at=utc_text(now - HOUR)).json()
    other = send(declarer, available=2, temporality="03", observed_at=utc_text(now))
    assert (other.status_code, other.json()["temporality"]["code"]) == (201, "03")
    (offer,) = items(declarer.get(f"/v1/availability?unit={WARD}"))
    assert (offer["counts"]["available"], offer["position"], offer["observed_at"]) == (
        5,
        first["position"],
        first["observed_at"],
    )
    (beside,) = offer["others"]
    assert (beside["temporality"]["label"], beside["counts"]["available"]) == ("Prévisionnel 24 heures", 2)
    assert beside["position"] == other.json()["position"]
    by_hand = send(declarer, source_type="01", temporality="03")
    assert problem(by_hand) == (422, "refused")
    assert "retirez « temporality »" in by_hand.json()["detail"]
    assert problem(send(declarer, temporality="06")) == (422, "invalid")


def test_the_availability_for_a_woman_or_a_man(declarer):
    send(declarer, parts=[women(2)])
    send(declarer, DAY_HOSPITAL, 3, parts=[{**women(1), "gender": "04"}])
    found = {code: [offer["unit"] for offer in items(declarer.get(f"/v1/availability?gender={code}"))] for code in ("01", "02")}
    assert found == {"01": sorted([WARD, DAY_HOSPITAL]), "02": [DAY_HOSPITAL]}
    assert problem(declarer.get("/v1/availability?gender=04")) == (422, "invalid")
