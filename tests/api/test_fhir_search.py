"""FHIR searches of the board and of the registry."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.exchange.fhir.search_parameters import SEARCH
from ror.model.capacity import Counts
from ror.model.count_parts import CountPart, PartKey
from ror.settings import settings
from ror.store import registry, registry_changes
from tests.api.fhir_helpers import client_with, found, issue, keys, links, searched, sentence
from tests.api.helpers import token
from tests.examples import slow_examples
from tests.exchange.fhir.profiles import NOS
from tests.region import (
    BY_ID,
    CLINIC,
    CLOSED_UNIT,
    HALT,
    HOME,
    HOME_CARE,
    HOSPITAL,
    LINDENS,
    LONG_STAY,
    NURSING,
    UNITS,
    WARD,
    change_unit,
    close_for_a_time,
    write,
)

IDS = sorted(unit.id for unit in UNITS)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def reader(region):
    with client_with(token(region)) as client:
        yield client


def walk(reader, query, between=lambda: None):
    """Return every page of a search."""
    pages = []
    while query:
        pages.append(searched(reader.get(query)))
        query = links(pages[-1]).get("next", "")
        between()
    return pages


def test_a_search_by_id_takes_several(reader):
    assert found(reader, f"/Location?_id={WARD},{HALT},inconnu") == [WARD, HALT]
    assert found(reader, f"/Location?_id={WARD}&_id={HALT}") == []


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (f"/Location?identifier={WARD}", [WARD]),
        (f"/Location?identifier=1{HOSPITAL}/{WARD}", [WARD]),
        (f"/Location?identifier=1{CLINIC}/{WARD}", []),
        (f"/Location?identifier={WARD},{HALT}", [WARD, HALT]),
        (f"/Location?identifier=|{WARD}", []),
        (f"/Location?identifier=urn:autre|{WARD}", []),
        (f"/HealthcareService?identifier={WARD}", [WARD]),
        (f"/HealthcareService?identifier=|{WARD}", [WARD]),
        (f"/Organization?identifier={HOSPITAL}", [HOSPITAL]),
        (f"/Organization?identifier=1{HOSPITAL}", [HOSPITAL]),
        (f"/Organization?identifier=https://finess.esante.gouv.fr|{HOSPITAL}", [HOSPITAL]),
        (f"/Organization?identifier=http://finess.esante.gouv.fr|{HOSPITAL}", [HOSPITAL]),
        (f"/Organization?identifier=https://finess.esante.gouv.fr|1{HOSPITAL}", []),
        (f"/Organization?identifier=urn:oid:1.2.250.1.71.4.2.2|1{LINDENS}", [LINDENS]),
        (f"/Organization?identifier=urn:oid:1.2.250.1.71.4.2.2|{LINDENS}", []),
    ],
)
def test_a_search_by_identifier_with_or_without_its_system(reader, query, ids):
    assert found(reader, query) == ids


def test_the_identifiers_that_a_location_shows_are_those_it_is_found_by(reader):
    for identifier in reader.get(f"/Location/{WARD}").json()["identifier"]:
        token = quote(f"{identifier['system']}|{identifier['value']}", safe="")
        assert found(reader, f"/Location?identifier={token}") == [WARD]
    system = quote(identifier["system"], safe="")
    assert len(found(reader, f"/Location?identifier={system}|")) == len(UNITS)


def test_an_identifier_with_a_comma_or_a_blank_is_found(reader, region):
    unit = "aile, nord | 1"
    with region.transaction() as transaction:
        registry.merge(transaction, [type(BY_ID[WARD])(unit, HOSPITAL, "Aile nord", "16", 4, "")])
        registry_changes.record_change(transaction, "tests", datetime.now(UTC))
    escaped = quote(r"aile\, nord \| 1")
    (key,) = found(reader, f"/Location?identifier={escaped}")
    assert reader.get(f"/Location/{key}").json()["identifier"][0]["value"] == f"11/{unit}"
    assert found(reader, f"/HealthcareService?_id={key}") == [key]


@pytest.mark.parametrize(
    "city", ["Créteil", "CRETEIL", "cret", "Saint-Denis,créteil", "saint denis,CRÉTEIL", ":exact=Créteil", ":contains=TEIL"]
)
def test_a_search_by_commune_ignores_accents_and_case(reader, city):
    query = f"/Location?address-city{city}" if city.startswith(":") else f"/Location?address-city={city}"
    expected = [LONG_STAY, NURSING, CLOSED_UNIT] + ([HALT, HOME_CARE] if "enis" in city else [])
    assert found(reader, query) == sorted(expected)


def test_an_exact_commune_is_the_whole_name_as_it_is_written(reader):
    assert found(reader, "/Location?address-city:exact=creteil") == []
    assert found(reader, "/Location?address-city:exact=Cré") == []
    assert found(reader, "/Location?address-city=teil") == []


def test_a_search_by_structure(reader):
    for kind in ("Location", "HealthcareService"):
        for named in (HOME, f"Organization/{HOME}", f"http://testserver/fhir/Organization/{HOME}"):
            assert found(reader, f"/{kind}?organization={named}") == [NURSING, LONG_STAY, CLOSED_UNIT]
    assert found(reader, f"/Location?organization={HOME}&_id={NURSING}") == [NURSING]
    assert found(reader, f"/Location?organization=Location/{HOME}") == []


def test_a_search_by_the_last_change(reader, region):
    now = datetime.now(UTC)
    write(region, WARD, 3, now - timedelta(hours=3), recorded_at=now)
    write(region, HALT, 3, now - MINUTE)
    for kind in ("Location", "HealthcareService"):
        printed = reader.get(f"/{kind}/{WARD}").json()["meta"]["lastUpdated"]
        assert datetime.fromisoformat(printed) == now
        day = f"{now - 2 * MINUTE:%Y-%m-%dT%H:%M:%S.%fZ}"
        assert found(reader, f"/{kind}?_lastUpdated=ge{printed}&_id={WARD},{HALT}") == [WARD]
        assert found(reader, f"/{kind}?_lastUpdated=gt{printed}&_id={WARD},{HALT}") == []
        assert found(reader, f"/{kind}?_lastUpdated=le{printed}&_id={WARD},{HALT}") == [WARD, HALT]
        assert found(reader, f"/{kind}?_lastUpdated=lt{printed}&_id={WARD},{HALT}") == [HALT]
        assert found(reader, f"/{kind}?_lastUpdated=ge{day}&_lastUpdated=lt{printed}&_id={WARD},{HALT}") == [HALT]
        assert found(reader, f"/{kind}?_lastUpdated={printed}&_id={WARD},{HALT}") == [WARD]
        finer = f"{now:%Y-%m-%dT%H:%M:%S.%f}000Z"
        assert found(reader, f"/{kind}?_lastUpdated={finer}&_id={WARD},{HALT}") == [WARD]


def test_a_change_of_the_registry_is_a_change_of_what_it_names_alone(reader, region):
    later = datetime.now(UTC) + timedelta(days=400)
    with region.transaction() as transaction:
        registry_changes.record_change(transaction, f"edit unit:{WARD}", later)
        registry_changes.record_change(transaction, f"edit structure:{HOME}", later + MINUTE)
    since = f"_lastUpdated=ge{later:%Y-%m-%dT%H:%M:%SZ}"
    assert found(reader, f"/Location?{since}") == [WARD, NURSING, LONG_STAY, CLOSED_UNIT]
    assert HOME in found(reader, f"/Organization?{since}")
    assert HOSPITAL not in found(reader, f"/Organization?{since}")


def test_a_date_is_a_day_of_the_region(reader, region, monkeypatch):
    monkeypatch.setenv("ROR_TIME_ZONE", "Indian/Reunion")
    settings.cache_clear()
    with region.transaction() as transaction:
        transaction.cursor.execute("UPDATE registry_change SET recorded_at = ?", [datetime(2026, 11, 23, 21, 0, tzinfo=UTC)])
    assert found(reader, f"/Location?_id={WARD}&_lastUpdated=2026-11-24") == [WARD]
    assert found(reader, f"/Location?_id={WARD}&_lastUpdated=2026-11-23") == []


@pytest.mark.parametrize("date_", ["2026", "2026-11", "2026-12", "2026-11-23", "2026-11-23T10:00", "2026-11-23T10:00:00 01:00"])
def test_a_date_means_its_whole_day_month_or_year(reader, region, date_):
    change = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    expected = [] if date_ == "2026-12" else [WARD]
    with region.transaction() as transaction:
        transaction.cursor.execute("UPDATE registry_change SET recorded_at = ?", [change])
    assert found(reader, f"/Location?_id={WARD}&_lastUpdated={date_}") == expected
    assert found(reader, f"/Location?_id={WARD}&_lastUpdated=lt{date_}") == ([WARD] if date_ == "2026-12" else [])
    assert found(reader, f"/Location?_id={WARD}&_lastUpdated=gt{date_}") == []
    assert found(reader, f"/Location?_id={WARD}&_lastUpdated=le{date_}") == [WARD]


def test_revinclude_adds_the_services_of_the_locations(reader):
    page = searched(reader.get(f"/Location?organization={HOME}&_revinclude=HealthcareService:location"))
    assert page["total"] == 3
    assert keys(page) == keys(page, "include") == [NURSING, LONG_STAY, CLOSED_UNIT]
    assert page["link"][0]["url"].endswith(f"organization={HOME}&_revinclude=HealthcareService%3Alocation")


@pytest.mark.parametrize("count", [1, 5, 6, 12, 13])
def test_pages_follow_one_another_and_miss_nothing(reader, count):
    pages = walk(reader, f"/Location?_count={count}")
    assert [key for page in pages for key in keys(page)] == IDS
    assert {page["total"] for page in pages} == {len(IDS)}
    assert all(len(keys(page)) == count for page in pages[:-1])


def test_declarations_and_imports_between_two_pages_move_nothing(reader, region):
    changes = iter(range(100))

    def meanwhile():
        write(region, UNITS[next(changes) % len(UNITS)].id, 1, datetime.now(UTC))
        change_unit(region, WARD, name=f"Médecine {next(changes)}")

    pages = walk(reader, "/Location?_count=2", meanwhile)
    assert [key for page in pages for key in keys(page)] == IDS


def test_a_page_has_200_resources_at_most(reader, region):
    with region.transaction() as transaction:
        registry.merge(transaction, [type(BY_ID[WARD])(f"lit-{n:03}", HOSPITAL, "Lits", "16", 4, "") for n in range(300)])
        registry_changes.record_change(transaction, "tests", datetime.now(UTC))
    for query in ("/Location", "/Location?_count=1000"):
        page = reader.get(query).json()
        assert (len(keys(page)), page["total"]) == (200, 312)
        assert len(keys(reader.get(links(page)["next"]).json())) == 112


def test_a_count_of_0_returns_the_total_alone(reader):
    page = searched(reader.get("/Location?_count=0"))
    assert (page["total"], keys(page), links(page)) == (12, [], {"self": "/Location?_count=0"})


def test_an_unknown_parameter_is_refused_unless_handling_is_lenient(reader):
    answer = reader.get("/Location?adress-city=Paris")
    assert issue(answer) == (400, "not-supported")
    assert "address-city" in sentence(answer)
    lenient = reader.get(f"/Location?adress-city=Paris&_id={WARD}", headers={"prefer": "return=minimal; handling=lenient"})
    assert links(searched(lenient)) == {"self": f"/Location?_id={WARD}"}
    apart = [("prefer", "return=minimal"), ("prefer", "Handling=Lenient")]
    assert reader.get("/Location?adress-city=Paris", headers=apart).status_code == 200
    assert issue(reader.get("/Location?adress-city=Paris", headers={"prefer": "handling=strict"})) == (400, "not-supported")
    assert issue(reader.get("/Organization?organization=1")) == (400, "not-supported")
    assert issue(reader.get("/HealthcareService?address-city=Paris")) == (400, "not-supported")


@pytest.mark.parametrize(
    "query",
    [
        "identifier:of-type=a|b|c",
        "address-city:missing=true",
        "_id:not=1",
        "_count=-1",
        "_count=dix",
        "_count=٣",
        "_lastUpdated=hier",
        "_lastUpdated=ap2026-01-01",
        "_lastUpdated=2026-13-01",
        "_lastUpdated=gt9999",
        "_lastUpdated=0000",
        "_lastUpdated=ge2026-01-01T25:00:00Z",
        "_revinclude=PractitionerRole:service",
        "_sort=name",
    ],
)
def test_a_search_that_cannot_be_answered_is_refused(reader, query):
    assert issue(reader.get(f"/Location?{query}"))[0] == 400
    lenient = reader.get(f"/Location?{query}", headers={"prefer": "handling=lenient"})
    assert lenient.status_code == (200 if query.startswith(("_sort", "_revinclude")) else 400)


def test_a_search_of_many_values_is_answered_and_one_of_too_many_refused(reader):
    national = ",".join(f"11/{unit.id}" for unit in UNITS)
    others = ",".join(f"1{HOSPITAL}/absente-{number},11/absente-{number}" for number in range(94))
    assert found(reader, f"/Location?identifier={national},{others}") == IDS
    assert found(reader, f"/Location?commune-cog={','.join(str(75000 + number) for number in range(200))}") == [
        unit for unit in IDS if unit.startswith(HOSPITAL)
    ]
    assert found(reader, f"/Location?{'&'.join(['status=active'] * 48)}&_id={WARD}&_id={WARD}") == [WARD]
    many = (
        f"commune-cog={','.join(['75113'] * 201)}",
        "&".join(["status=active"] * 51),
        f"{'organization._has:Location:organization:' * 3}status=active",
    )
    for query in many:
        assert issue(reader.get(f"/Location?{query}")) == (400, "too-costly")
    assert len(found(reader, "/Location?organization._has:Location:organization:organization.name=hopital")) == 3


def test_a_code_list_alone_is_any_code_of_it(reader, region):
    close_for_a_time(region, WARD, date(2099, 1, 1), datetime.now(UTC))
    closings = f"{NOS}/TRE_R286-TypeFermeture/FHIR/TRE-R286-TypeFermeture"
    assert found(reader, f"/HealthcareService?characteristic={closings}%7C") == [WARD, CLOSED_UNIT]
    modes = f"{NOS}/TRE_R213-ModePriseEnCharge/FHIR/TRE-R213-ModePriseEnCharge"
    assert found(reader, f"/HealthcareService?characteristic={modes}%7C") == IDS


def test_a_sex_that_is_not_told_has_two_codes(reader, region):
    either = CountPart(PartKey("available", gender="04"), 1)
    write(region, WARD, 1, datetime.now(UTC), counts=Counts(1, parts=(either,)))
    for code in ("03", "04"):
        assert found(reader, f"/Location?gender-capacity-available={code}") == [WARD]


def test_an_empty_parameter_is_ignored(reader):
    assert len(found(reader, "/Location?identifier=&_format=json")) == len(UNITS)


@pytest.fixture
def patient(region, monkeypatch):
    """Open a client without a rate limit."""
    monkeypatch.setenv("ROR_API_REQUESTS_PER_MINUTE", "100000")
    settings.cache_clear()
    with client_with(token(region)) as client:
        yield client


NAMES = [
    *("_count", "_after", "_sort", "_elements", "_summary", "_total", "_include", "_revinclude"),
    *(name for parameters in SEARCH.values() for name in parameters),
]
LINKS = ["", "location.", "organization.", "_has:HealthcareService:location:", "_has:Location:organization:"]
VALUES = st.text(max_size=20) | st.sampled_from(
    [
        "gt0",
        "ge18|http://unitsofmeasure.org|a",
        "48.8|2.3|30|km",
        "94028|30|km",
        "94028|nan|km",
        "1e9|2|3|km",
        "ne2026-01",
        "a|b",
        "|",
        "-",
    ]
)


@given(
    st.sampled_from(["Location", "HealthcareService", "Organization"]),
    st.sampled_from(LINKS),
    st.sampled_from(NAMES) | st.text(max_size=20),
    st.sampled_from(["", ":exact", ":contains", ":iterate", ":x"]),
    VALUES,
)
@slow_examples(240)
def test_any_search_is_answered_or_refused_with_a_message(patient, kind, link, name, modifier, value):
    answer = patient.get(f"/{kind}", params={f"{link}{name}{modifier}": value})
    assert answer.status_code == 200 or issue(answer)[0] in (400, 406)


def test_signs_alone_name_no_commune(reader):
    assert found(reader, "/Location?address-city=---") == []
