"""The errors of the FHIR interface alone: those with an issue type of their own, and the rejections of middleware."""

import pytest

from ror.api import fhir_outcomes
from ror.api.fhir_errors import BadSearch, FhirError, OtherFormat
from ror.exchange.fhir.patch_value import BadPatch, PatchError, fault
from tests.api.fhir_helpers import issue, sentence
from tests.api.test_error_table import response_to

ISSUES = {
    BadSearch("Autre.", "not-supported"): (400, "not-supported"),
    OtherFormat(): (406, "not-supported"),
    FhirError("Deux.", 412, "multiple-matches", "Location"): (412, "multiple-matches"),
    fault("Code.", "code-invalid", "Location"): (422, "code-invalid"),
    fault("Trop.", "business-rule", "Location"): (400, "business-rule"),
    fault("Rien.", "not-found", "Location"): (404, "not-found"),
}


@pytest.mark.parametrize("error", ISSUES, ids=lambda error: type(error).__name__)
def test_an_error_of_fhir_has_its_own_issue_type_and_expression(error):
    answer = response_to(error, "fhir")
    assert issue(answer) == ISSUES[error]
    assert sentence(answer) == error.user_message
    assert answer.headers["content-type"] == fhir_outcomes.MEDIA_TYPE
    expression = error.faults[0].expression if isinstance(error, BadPatch) else error.expression
    assert answer.json()["issue"][0].get("expression", [""]) == [expression]


def test_a_body_with_several_faults_has_an_issue_for_each():
    faults = [PatchError("Trop.", "business-rule", "Location.a"), PatchError("Code.", "code-invalid", "Location.b")]
    answer = response_to(BadPatch(faults), "fhir")
    issues = [(one["code"], one["diagnostics"], one["expression"]) for one in answer.json()["issue"]]
    assert issues == [("business-rule", "Trop.", ["Location.a"]), ("code-invalid", "Code.", ["Location.b"])]
    assert answer.status_code == 422
    assert response_to(BadPatch(faults[:1] * 2), "fhir").status_code == 400


@pytest.mark.parametrize(("status", "code"), [(403, "forbidden"), (413, "too-long"), (421, "not-found"), (500, "exception")])
def test_a_rejection_of_middleware_is_an_operation_outcome(status, code):
    answer = fhir_outcomes.render_rejection(status, "Non.", "/fhir/Location")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/fhir+json")
    assert f'"code":"{code}"'.encode() in answer.body
