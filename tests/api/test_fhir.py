"""FHIR reads: resources one by one, methods, formats, rights."""

from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from fhir.resources.R4B.capabilitystatement import CapabilityStatement

from ror.model.tokens import TokenScope
from ror.settings import settings
from tests.api.fhir_helpers import client_with, found, issue, numbers
from tests.api.helpers import token
from tests.exchange.fhir.profiles import check
from tests.region import (
    CLOSED_UNIT,
    HOME,
    HOSPITAL,
    LEGAL_ENTITIES,
    LINDENS,
    STRUCTURES,
    UNITS,
    WARD,
    close_for_a_time,
    write,
)

IDS = sorted(unit.id for unit in UNITS)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def reader(region):
    with client_with(token(region)) as client:
        yield client


def test_every_resource_of_the_region_is_what_its_profile_says(reader, region):
    write(region, WARD, 3, datetime.now(UTC))
    assert found(reader, "/Location") == IDS
    assert found(reader, "/HealthcareService") == IDS
    assert found(reader, "/Organization") == sorted(one.finess for one in (*STRUCTURES, *LEGAL_ENTITIES))


def test_a_resource_by_its_id(reader):
    for kind, key in (("Location", WARD), ("HealthcareService", WARD), ("Organization", HOSPITAL), ("Organization", LINDENS)):
        answer = reader.get(f"/{kind}/{key}")
        assert answer.headers["content-type"] == "application/fhir+json"
        check(answer.json())
        assert (answer.json()["resourceType"], answer.json()["id"]) == (kind, key)
        assert issue(reader.get(f"/{kind}/inconnu")) == (404, "not-found")


def test_a_location_has_the_numbers_of_now(reader, region):
    now = datetime.now(UTC)
    assert numbers(reader.get(f"/Location/{WARD}").json()).keys() == {"01"}
    write(region, WARD, 3, now, source_type="04")
    capacities = numbers(reader.get(f"/Location/{WARD}").json())
    assert (capacities["02"]["nbCapacity"], capacities["02"]["capacityUpdateDate"], capacities["02"]["capacitySourceType"]) == (
        3,
        now,
        "04",
    )
    assert numbers(reader.get(f"/Location/{CLOSED_UNIT}").json())["02"]["nbCapacity"] == 0
    close_for_a_time(region, WARD, date(2099, 1, 1), now)
    place = reader.get(f"/Location/{WARD}").json()
    assert (place["status"], numbers(place)["02"]["nbCapacity"]) == ("suspended", 0)


def test_types_and_methods_that_are_not_served(reader):
    assert issue(reader.get("/Patient")) == (404, "not-supported")
    assert issue(reader.get("/Patient/1")) == (404, "not-supported")
    assert issue(reader.get("/a/b/c")) == (404, "not-found")
    assert issue(reader.post("/Location", json={})) == (405, "not-supported")
    assert issue(reader.patch(f"/Organization/{HOSPITAL}", json={})) == (405, "not-supported")


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/Location", "GET, HEAD, PATCH"),
        (f"/Location/{WARD}", "GET, HEAD, PATCH"),
        (f"/Organization/{HOSPITAL}", "GET, HEAD"),
        ("/metadata", "GET, HEAD"),
    ],
)
def test_a_refused_method_gets_the_list_of_allowed_ones(reader, path, methods):
    assert reader.options(path).headers["allow"] == methods


@pytest.mark.parametrize("path", ["/metadata", "/Location?_count=1", f"/Location/{WARD}"])
def test_head_is_get_without_the_body(reader, path):
    answer, head = reader.get(path), reader.head(path)
    assert (head.status_code, head.headers) == (200, answer.headers)


def test_the_server_does_everything_in_its_capability_statement(reader):
    """Each type serves every interaction, parameter and inclusion of the statement, and refuses those of other types."""
    (rest,) = reader.get("/metadata").json()["rest"]
    *searched_types, created = rest["resource"]
    assert created["type"] == "Task", "created alone: tests/api/test_fhir_task.py"
    parameters = {one["name"]: one["type"] for resource in searched_types for one in resource["searchParam"]}
    inclusions = {(name, one) for resource in searched_types for name in INCLUDES for one in resource.get(name, ())}
    for resource in searched_types:
        kind, named = resource["type"], {one["name"] for one in resource["searchParam"]}
        answers = {name: reader.get(f"/{kind}?{example(name, type_, kind)}").status_code for name, type_ in parameters.items()}
        assert answers == {name: 200 if name in named else 400 for name in parameters}
        for name, included in (*inclusions, ("searchRevInclude", "PractitionerRole:location")):
            expected = 200 if included in resource.get(name, ()) else 400
            assert reader.get(f"/{kind}?{INCLUDES[name]}={included}").status_code == expected
        key = HOSPITAL if kind == "Organization" else WARD
        patched = {"patch"} if reader.patch(f"/{kind}/{key}", json={}).status_code != 405 else set()
        assert {one["code"] for one in resource["interaction"]} == {"read", "search-type"} | patched
    for one in rest["searchParam"]:
        assert reader.get(f"/Location?{example(one['name'], one['type'])}").status_code == 200


INCLUDES = {"searchInclude": "_include", "searchRevInclude": "_revinclude"}
SPECIAL = {
    "near": "near=48.8|2.3|5|km",
    "near-insee-code": "near-insee-code=94028|5|km",
    "_has": "_has:HealthcareService:location:name=a",
    "_has of Organization": "_has:HealthcareService:organization:name=a",
    "_count": "_count=5",
    "_sort": "_sort=-_lastUpdated",
    "_summary": "_summary=true",
    "_total": "_total=accurate",
    "_include": "_include=Location:organization",
    "_revinclude": "_revinclude=HealthcareService:location",
    "_format": "_format=json",
}
VALUES = {"token": "1", "string": "a", "number": "gt0", "quantity": "ge18", "date": "ge2000-01-01", "reference": WARD}


def example(name, type_, kind=""):
    """Return a parameter with a value that its type may have."""
    return SPECIAL.get(f"{name} of {kind}") or SPECIAL.get(name, f"{name}={VALUES.get(type_)}")


def test_the_statement_names_each_parameter_with_its_definition(reader):
    statement = reader.get("/metadata").json()
    (rest,) = statement["rest"]
    for resource in rest["resource"][:-1]:
        for one in resource["searchParam"]:
            assert one["definition"].startswith(("http://hl7.org/fhir/SearchParameter/", "https://interop.esante.gouv.fr/"))
            assert one["documentation"]
        assert not {"equipment-type", "limit-value", "residential-type"} & {one["name"] for one in resource["searchParam"]}
    assert statement["instantiates"] == ["https://interop.esante.gouv.fr/ig/fhir/ror/CapabilityStatement/ror-serveur"]
    assert statement["software"]["name"]
    assert rest["security"]["service"][0]["coding"][0]["code"] == "OAuth"


def test_the_capability_statement_needs_no_token(region):
    with client_with() as nobody:
        answer = nobody.get("/metadata")
    assert answer.headers["content-type"] == "application/fhir+json"
    CapabilityStatement.model_validate_json(answer.text)
    assert answer.json()["implementation"]["url"] == "http://testserver/fhir"


def test_nobody_reads_without_a_token(region):
    for text in ("", "ror_faux"):
        with client_with(text) as nobody:
            for path in ("/Location", f"/Organization/{HOSPITAL}"):
                answer = nobody.get(path)
                assert issue(answer) == (401, "login")
                assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_that_declares_reads_too_and_one_that_administers_does_not(region):
    with client_with(token(region, TokenScope.DECLARE, structures=(HOME,))) as manager:
        assert found(manager, f"/Location?_id={WARD}") == [WARD]
    with client_with(token(region, TokenScope.ADMINISTER)) as administrator:
        assert issue(administrator.get("/Location")) == (403, "forbidden")


def test_too_many_requests_are_refused_for_a_while(region, monkeypatch):
    monkeypatch.setenv("ROR_API_REQUESTS_PER_MINUTE", "2")
    settings.cache_clear()
    with client_with(token(region)) as reader:
        assert [reader.get("/Location").status_code for _ in range(2)] == [200, 200]
        answer = reader.get("/Location")
    assert issue(answer) == (429, "throttled")
    assert 0 < int(answer.headers["retry-after"]) <= 60


def test_links_are_of_the_public_address(reader, monkeypatch):
    monkeypatch.setenv("ROR_PUBLIC_URL", "https://lits.example.org/")
    settings.cache_clear()
    page = reader.get("/Location?_count=1").json()
    assert page["link"][1]["url"].startswith("https://lits.example.org/fhir/Location?_count=1&_after=")
    assert page["entry"][0]["fullUrl"].startswith("https://lits.example.org/fhir/Location/")


@pytest.mark.parametrize("path", ["/Location", f"/Location/{WARD}", "/Organization?_count=1"])
def test_an_unchanged_answer_is_not_sent_again(reader, region, path):
    held = reader.get(path).headers["etag"]
    assert reader.get(path, headers={"if-none-match": held}).status_code == 304
    write(region, WARD, 3, datetime.now(UTC))
    assert reader.get(path, headers={"if-none-match": held}).status_code == 200


def test_a_read_names_the_version_of_the_resource_in_its_headers(reader, region):
    write(region, WARD, 3, datetime.now(UTC))
    for path in (f"/Location/{WARD}", f"/HealthcareService/{WARD}", f"/Organization/{HOSPITAL}"):
        answer = reader.get(path)
        meta = answer.json()["meta"]
        assert answer.headers["etag"] == f'W/"{meta["versionId"]}"'
        changed = parsedate_to_datetime(answer.headers["last-modified"])
        assert changed == datetime.fromisoformat(meta["lastUpdated"]).replace(microsecond=0)


@pytest.mark.parametrize("wanted", ["application/fhir+xml", "text/turtle"])
def test_what_is_not_json_is_not_served(reader, wanted):
    assert issue(reader.get("/metadata", headers={"accept": wanted})) == (406, "not-supported")
    assert issue(reader.get(f"/Location/{WARD}", params={"_format": wanted})) == (406, "not-supported")


@pytest.mark.parametrize("wanted", ["", "*/*", "application/fhir+json;fhirVersion=4.0", "text/html, application/json;q=0.5"])
def test_json_is_served_to_a_client_that_accepts_it(reader, wanted):
    assert reader.get(f"/Location/{WARD}", headers={"accept": wanted}).status_code == 200
    assert reader.get(f"/Location/{WARD}?_format=application/fhir+json", headers={"accept": "text/html"}).status_code == 200
