"""A number that a coordinator learnt by telephone and wrote: other systems read it without the name of the coordinator."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ror.model.call_round import CallKind
from ror.model.rights import EVERYWHERE
from ror.model.tokens import TokenScope
from ror.services.coordination import calls
from ror.services.coordination.calls import CallResult
from tests.api import fhir_helpers
from tests.api.fhir_helpers import searched
from tests.api.helpers import client_with, items, token
from tests.region import CORALIE, HOSPITAL, WARD, store_account, write


@pytest.fixture
def telephoned(region):
    """Write a number that a coordinator learnt by telephone."""
    now = datetime.now(UTC)
    seen = write(region, WARD, 4, now - timedelta(days=9)).position
    granted = store_account(region, replace(CORALIE, declares_for_others=EVERYWHERE))
    calls.record(region, granted, CallResult(WARD, CallKind.NUMBER, 0, seen, "2", note="vu avec le cadre", write=True), now)


@pytest.fixture
def system(region, telephoned):
    """Return the client of a system that reads and declares."""
    with client_with(token(region, TokenScope.READ, TokenScope.DECLARE, structures=(HOSPITAL,))) as client:
        yield client


@pytest.mark.parametrize(
    "address",
    [
        f"/v1/declarations?unit={WARD}",
        f"/v1/availability?unit={WARD}",
    ],
)
def test_the_json_interface_does_not_name_who_wrote_a_number_by_telephone(system, address):
    answer = system.get(address)
    assert len(items(answer)) >= 1
    assert not disclosed(answer.text)


@pytest.mark.parametrize("kind", ["HealthcareService", "Location"])
def test_fhir_does_not_name_who_wrote_a_number_by_telephone(region, telephoned, kind):
    with fhir_helpers.client_with(token(region, TokenScope.READ)) as client:
        answer = client.get(f"{kind}?_count=50")
    assert searched(answer)["total"] >= 1
    assert not disclosed(answer.text)


def disclosed(text):
    """Return the details of the call in a text: none may be there."""
    return [secret for secret in (CORALIE.name, CORALIE.id, "par téléphone", "vu avec") if secret in text]


def test_the_number_is_that_of_the_unit(system):
    assert [event["counts"]["available"] for event in items(system.get(f"/v1/declarations?unit={WARD}"))] == [4, 2]


def test_a_refusal_names_the_coordination_and_nobody(system):
    body = {"unit": WARD, "counts": {"available": 5}, "source_type": "01", "seen": 0}
    headers = {"content-type": "application/json"}
    answer = system.post("/v1/declarations", content=json.dumps(body), headers=headers)
    assert answer.status_code == 409
    assert "la coordination, par téléphone, a déclaré 2 lits" in answer.json()["detail"]
    assert CORALIE.name not in answer.text
