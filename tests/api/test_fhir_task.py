"""« Signalement d'anomalie » sent by other systems as a FHIR Task: it is stored as the report of a reader is."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from fhir.resources.R4B.task import Task

from ror.exchange.fhir.task import INPUTS
from ror.exchange.fhir.terms import system
from ror.model.territory import PARIS
from ror.model.tokens import TokenScope
from ror.services.coordination import feedback as reports
from tests.api.fhir_helpers import client_with, issue, sentence
from tests.api.helpers import client_with as v1_client
from tests.api.helpers import items, token
from tests.region import HALT, HOSPITAL, WARD, board_rows, rows, write

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def now():
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def sender(region, now):
    write(region, WARD, 3, now - HOUR)
    with client_with(token(region, TokenScope.REPORT)) as client:
        yield client


def concept(code_list, code):
    return {"coding": [{"system": system(code_list), "code": code}]}


def task_input(name, value):
    return {"type": {"coding": [{"system": INPUTS, "code": name}]}, **value}


def anomaly(now, *inputs, **others):
    """Return a body as the guide requires it; an element that is None is left out."""
    body = {
        **{"resourceType": "Task", "status": "requested", "intent": "order", "businessStatus": concept("R352", "02")},
        **{"code": concept("R350", "06"), "reasonCode": concept("R349", "COR"), "focus": {"reference": f"Location/{WARD}"}},
        **{"authoredOn": now.isoformat(), "lastModified": now.isoformat()},
        "input": [task_input("systemRequester", {"valueString": "Régulation fictive"}), *inputs],
    }
    return {name: value for name, value in (body | others).items() if value is not None}


def send(client, body, kind="application/fhir+json", **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post("/Task", content=content, headers={"content-type": kind, **headers})


def stored(db):
    with db.reader() as cursor:
        read = cursor.execute("SELECT unit, kind, other, word, channel, account FROM feedback ORDER BY position")
        return [tuple(row.values()) for row in read.to_arrow_table().to_pylist()]


def test_a_number_that_is_not_exact_is_a_report_of_the_account_of_the_token(sender, region, now):
    answer = send(sender, anomaly(now, task_input("proposedValue", {"valueInteger": 1}), description="Deux lits fermés"))
    assert issue(answer) == (201, "informational")
    ((unit, kind, other, word, channel, account),) = stored(region)
    assert (unit, kind, other, word, channel) == (WARD, "other", 1, "Deux lits fermés", "fhir")
    assert account.startswith("token-")
    mark = reports.contradiction(board_rows(region, now)[WARD])
    assert (mark.accounts, mark.other) == (1, 1)
    name = answer.json()["issue"][0]["details"]["text"]
    assert answer.headers["location"] == f"http://testserver/fhir/Task/{name}/_history/1"
    assert answer.headers["etag"] == 'W/"1"'


def test_a_right_number_of_zero_is_no_place_left_and_none_at_all_is_another_number(sender, region, now):
    assert send(sender, anomaly(now, task_input("proposedValue", {"valueString": "0"}))).status_code == 201
    assert send(sender, anomaly(now, task_input("errorValue", {"valueInteger": 3}))).status_code == 201
    assert [row[1:3] for row in stored(region)] == [("full", None), ("other", None)]
    assert reports.contradiction(board_rows(region, now)[WARD]).accounts == 1


def test_the_same_report_twice_is_written_once(sender, region, now):
    first, second = send(sender, anomaly(now)), send(sender, anomaly(now))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.headers["location"] == second.headers["location"]
    assert len(rows(region, "feedback")) == 1


@pytest.mark.parametrize(
    "focus",
    [
        {"reference": f"HealthcareService/{WARD}"},
        {"reference": f"https://exemple.fr/fhir/Location/{WARD}"},
        {"type": "Location", "identifier": {"value": f"1{HOSPITAL}/{WARD}"}},
        {"type": "HealthcareService", "identifier": {"value": WARD}},
        {"identifier": {"value": WARD}},
    ],
)
def test_a_unit_is_named_by_a_reference_or_by_an_identifier(sender, region, now, focus):
    assert send(sender, anomaly(now, focus=focus)).status_code == 201
    assert stored(region)[0][0] == WARD


def test_the_answer_is_the_resource_or_its_headers_if_the_client_prefers(sender, now):
    body = anomaly(now, task_input("proposedValue", {"valueInteger": 1}), description="Vu")
    answer = send(sender, body, prefer="return=representation")
    Task.model_validate_json(answer.text)
    assert answer.json()["focus"] == {"reference": f"Location/{WARD}"}
    assert answer.json()["code"] == {"coding": [{"system": system("R350"), "code": "06", "display": "Exactitude"}]}
    assert answer.json()["id"] in answer.headers["location"]
    minimal = send(sender, body, prefer="return=minimal")
    assert (minimal.status_code, minimal.content) == (200, b"")


@pytest.mark.parametrize(
    ("changes", "status", "code", "expression"),
    [
        ({"code": concept("R350", "01")}, 422, "not-supported", "Task.code"),
        ({"code": {"coding": [{"system": "https://ailleurs.fr", "code": "06"}]}}, 422, "not-supported", "Task.code"),
        ({"reasonCode": concept("R349", "SUP")}, 422, "not-supported", "Task.reasonCode"),
        ({"status": "completed"}, 422, "code-invalid", "Task.status"),
        ({"status": ["requested"]}, 422, "code-invalid", "Task.status"),
        ({"businessStatus": None}, 422, "required", "Task.businessStatus"),
        ({"intent": None}, 422, "required", "Task.intent"),
        ({"lastModified": 3}, 422, "required", "Task.lastModified"),
        ({"focus": None}, 422, "required", "Task.focus"),
        ({"focus": {"reference": "Organization/990750001"}}, 422, "required", "Task.focus"),
        ({"focus": {"type": "Organization", "identifier": {"value": "990750001"}}}, 422, "required", "Task.focus"),
        ({"focus": {"reference": "Location/nowhere"}}, 404, "not-found", "Task.focus"),
        ({"authoredOn": "hier"}, 422, "value", "Task.authoredOn"),
        ({"authoredOn": "2026-02-30"}, 422, "value", "Task.authoredOn"),
        ({"authoredOn": "2999-01-01"}, 422, "value", "Task.authoredOn"),
        ({"description": {"div": "x"}}, 422, "value", "Task.description"),
        ({"description": "x" * 200}, 400, "business-rule", ""),
        ({"input": None}, 422, "structure", ""),
        ({"input": []}, 422, "required", "Task.input"),
        ({"input": [{"type": 3}]}, 422, "not-supported", "Task.input"),
        ({"resourceType": "Patient"}, 422, "structure", ""),
    ],
)
def test_what_the_profile_asks_for_is_asked_for_and_nothing_is_written(sender, region, now, changes, status, code, expression):
    answer = send(sender, anomaly(now, **changes))
    assert issue(answer) == (status, code)
    assert answer.json()["issue"][0].get("expression", [""]) == [expression]
    assert rows(region, "feedback") == []


@pytest.mark.parametrize(
    "wrong_input",
    [
        task_input("proposedValue", {"valueInteger": -1}),
        task_input("proposedValue", {"valueInteger": True}),
        task_input("proposedValue", {"valueString": "beaucoup"}),
        task_input("errorValue", {"valueInteger": 3, "valueString": "3"}),
        task_input("proposedValue", {}),
        task_input("autre", {"valueString": "x"}),
        task_input("systemRequester", {"valueString": "deux fois"}),
        task_input("pathElementError", {"valueExpression": {"language": "text/fhirpath", "expression": "Location.name"}}),
        task_input("pathElementError", {"valueExpression": "Location.name"}),
    ],
)
def test_an_input_that_makes_no_sense_is_refused(sender, region, now, wrong_input):
    answer = send(sender, anomaly(now, wrong_input))
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Task.input"]
    assert rows(region, "feedback") == []


def test_several_faults_are_reported_together(sender, now):
    answer = send(sender, anomaly(now, code=concept("R350", "01"), focus=None, authoredOn=None))
    assert [one["expression"] for one in answer.json()["issue"]] == [["Task.code"], ["Task.focus"], ["Task.authoredOn"]]


def test_a_number_that_was_replaced_since_is_not_reported_on(sender, region, now):
    for body, words in (
        (anomaly(now, authoredOn=(now - 2 * HOUR).isoformat()), "après ce signalement"),
        (anomaly(now, authoredOn=f"{now.astimezone(PARIS) - timedelta(days=3):%Y-%m-%d}"), "après ce signalement"),
        (anomaly(now, task_input("errorValue", {"valueInteger": 5})), "n'est pas 5 mais 3"),
    ):
        answer = send(sender, body)
        assert issue(answer) == (409, "conflict")
        assert words in sentence(answer)
    assert rows(region, "feedback") == []
    assert send(sender, anomaly(now, authoredOn=f"{now.astimezone(PARIS):%Y-%m-%d}")).status_code == 201


def test_rules_of_the_field_are_refused_as_such(sender, now):
    assert issue(send(sender, anomaly(now, task_input("proposedValue", {"valueInteger": 3})))) == (400, "business-rule")
    assert issue(send(sender, anomaly(now, focus={"reference": f"Location/{HALT}"}))) == (400, "business-rule")


@pytest.mark.parametrize("scopes", [(TokenScope.READ,), (TokenScope.DECLARE,), (TokenScope.ADMINISTER,)])
def test_it_needs_its_own_scope(region, now, scopes):
    write(region, WARD, 3, now - HOUR)
    structures = (HOSPITAL,) if TokenScope.DECLARE in scopes else ()
    with client_with(token(region, *scopes, structures=structures)) as client:
        assert issue(send(client, anomaly(now))) == (403, "forbidden")
    with client_with() as client:
        assert issue(send(client, anomaly(now))) == (401, "login")


def test_a_token_that_declares_for_the_unit_declares_instead(region, now):
    write(region, WARD, 3, now - HOUR)
    with client_with(token(region, TokenScope.DECLARE, TokenScope.REPORT, structures=(HOSPITAL,))) as client:
        assert issue(send(client, anomaly(now))) == (403, "forbidden")


@pytest.mark.parametrize(("body", "kind", "status"), [(b"{", "application/json", 422), (b"[]", "application/json", 422)])
def test_a_body_that_is_no_resource_is_refused(sender, body, kind, status):
    assert issue(send(sender, body, kind)) == (status, "structure")
    assert issue(send(sender, b"x", "text/plain")) == (415, "not-supported")


def test_reports_are_not_read_and_the_statement_says_what_is_served(sender):
    assert issue(sender.get("/Task"))[0] == 404
    resources = {one["type"]: one for one in sender.get("/metadata").json()["rest"][0]["resource"]}
    assert [one["code"] for one in resources["Task"]["interaction"]] == ["create"]


def test_the_json_interface_says_how_many_contradict_a_number_and_when(region, sender, now):
    assert send(sender, anomaly(now, description="Mme Untel")).status_code == 201
    with v1_client(token(region)) as reader:
        (offer,) = items(reader.get(f"/v1/availability?unit={WARD}"))
        assert offer["contradicted_by"] == 1
        assert datetime.fromisoformat(offer["contradicted_at"]) >= now
        assert "Untel" not in str(offer)
        (other,) = items(reader.get(f"/v1/availability?unit={HALT}"))
        assert (other["contradicted_by"], other["contradicted_at"]) == (0, None)


@pytest.mark.parametrize("text", ["\ud800", "\x00", "a\x00b", "é" * 150, "|", ",", "' OR 1=1 --", "\\"])
def test_a_strange_identifier_is_unknown_and_a_strange_word_is_cleaned(sender, region, now, text):
    answer = send(sender, anomaly(now, focus={"identifier": {"value": text}}))
    assert issue(answer) in [(404, "not-found"), (422, "required"), (412, "multiple-matches"), (400, "invalid")]
    assert rows(region, "feedback") == []
    assert send(sender, anomaly(now, description=text)).status_code in (201, 400)
