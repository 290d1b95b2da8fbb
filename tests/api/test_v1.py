"""JSON reads: the registry, the board now and at past instants, the log."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ror.model.capacity import Counts
from ror.model.declaration import EventKind
from ror.model.freshness import CLOCK_TOLERANCE
from ror.model.territory import PARIS
from ror.model.tokens import TokenScope
from ror.services.availability import declare, mask
from ror.services.availability.declare import DeclarationDraft
from tests.api.helpers import client_with, items, pages, problem, token
from tests.region import (
    ADELE,
    BY_ID,
    CAMILLE,
    CARDIAC,
    CLINIC,
    CLOSED_UNIT,
    DAY_HOSPITAL,
    HOME,
    HOSPITAL,
    LEGAL_ENTITIES,
    LONG_STAY,
    NURSING,
    PSYCHIATRY,
    RESUSCITATION,
    SHELTER,
    STRUCTURES,
    UNITS,
    WARD,
    change_unit,
    close_for_a_time,
    write,
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def reader(region):
    with client_with(token(region)) as client:
        yield client


def offers(reader, query=""):
    return {one["unit"]: one for one in items(reader.get(f"/v1/availability{query}"))}


def instant(text):
    return datetime.fromisoformat(text)


def test_structures_come_in_the_order_of_their_numbers_page_after_page(reader):
    found = pages(reader, "/v1/structures?limit=2")
    assert [len(page) for page in found] == [2, 2, 1]
    assert [one["finess"] for page in found for one in page] == sorted(one.finess for one in STRUCTURES)
    assert found[0][0]["legal_entity"] == {"code": LEGAL_ENTITIES[0].finess, "label": LEGAL_ENTITIES[0].name}
    assert found[0][0]["department"] == {"code": "75", "label": "Paris"}


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("saules", [CLINIC]),
        ("st denis", [SHELTER]),
        ("seine-saint-denis", [CLINIC, SHELTER]),
        (f"{HOME[:3]} {HOME[3:6]} {HOME[6:]}", [HOME]),
        ("94028", [HOME]),
        ("+33 (0)1 99 00 02 07", [SHELTER]),
        ("introuvable", []),
    ],
)
def test_structures_are_searched_as_on_the_screens(reader, search, found):
    answer = reader.get("/v1/structures", params={"search": search, "limit": 1})
    assert [one["finess"] for one in items(answer)] == found[:1]
    assert (answer.json()["next"] is not None) == (len(found) > 1)


def test_a_structure_comes_with_its_units(reader):
    sheet = reader.get(f"/v1/structures/{HOME}").json()
    assert sheet["name"] == "Résidence fictive des Ormes"
    assert sheet["legal_entity"] == {"code": LEGAL_ENTITIES[1].finess, "label": LEGAL_ENTITIES[1].name}
    assert [unit["unit"] for unit in sheet["units"]] == [NURSING, LONG_STAY, CLOSED_UNIT]
    assert [unit["closed"] for unit in sheet["units"]] == [False, False, True]


def test_units_come_in_the_order_of_their_ids_page_after_page(reader):
    found = pages(reader, "/v1/units?limit=5")
    assert [len(page) for page in found] == [5, 5, 2]
    assert [one["unit"] for page in found for one in page] == sorted(BY_ID)


def test_units_have_their_capacity_type_and_their_duty(reader):
    found = {unit["unit"]: unit for unit in items(reader.get("/v1/units"))}
    assert found.keys() == BY_ID.keys()
    assert found[RESUSCITATION]["capacity_type"] == {"code": "01", "label": "Lit"}
    assert found[RESUSCITATION]["temporality"] == {"code": "01", "label": "Courant"}
    assert found[RESUSCITATION]["duty_seconds"] == 24 * 3600
    assert found[DAY_HOSPITAL]["temporality"]["code"] == "05"
    assert found[DAY_HOSPITAL]["installed"] == 8


def test_units_have_their_short_name_patients_sector_and_zone(reader, region):
    described = {"short_name": "MI 2", "patient_type": "child", "psychiatric_sector": "75G05", "intervention_zone": "Paris 13e"}
    change_unit(region, WARD, **described)
    found = {unit["unit"]: unit for unit in items(reader.get("/v1/units"))}
    assert described.items() <= found[WARD].items()
    assert (found[PSYCHIATRY]["patient_type"], found[CARDIAC]["patient_type"]) == ("adult", None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("department=94", {NURSING, LONG_STAY, CLOSED_UNIT, PSYCHIATRY, "990940002-02"}),
        (f"structure={CLINIC}", {CARDIAC, "990930001-02"}),
        (f"structure={CLINIC}&department=75", set()),
        ("unit_type=121", {RESUSCITATION}),
        ("unit_type=121&unit_type=262", {RESUSCITATION, CARDIAC}),
        ("activity_field=03", {PSYCHIATRY}),
        ("need=reanimation", {RESUSCITATION}),
        ("need=reanimation&need=psychiatrie-adultes", {RESUSCITATION, PSYCHIATRY}),
        ("activity_field=02&activity_field=03&capacity_type=01", {PSYCHIATRY, "990930001-02"}),
        ("capacity_type=02&department=75", {DAY_HOSPITAL}),
        ("department=01", set()),
    ],
)
def test_units_and_what_they_offer_are_found_by_the_same_filters(reader, query, expected):
    assert {one["unit"] for one in items(reader.get(f"/v1/units?{query}"))} == expected
    assert offers(reader, f"?{query}").keys() == expected


def test_an_offer_has_its_numbers_and_their_instant(reader, region, now):
    declared = write(region, WARD, 5, now - HOUR, counts=Counts(5, 20, 12, 1, 2, 0), comment="Aile nord")
    offer = offers(reader)[WARD]
    assert offer["counts"] == {
        **{"available": 5, "installed": 20, "occupied": 12, "reserved": 1, "closed": 2, "supplementary": 0}
    }
    assert instant(offer["observed_at"]) == now - HOUR
    assert instant(offer["due_at"]) == now - HOUR + timedelta(days=7)
    assert (offer["comment"], offer["position"], offer["source_type"]["code"]) == ("Aile nord", declared.position, "01")
    assert offer["structure"] == {"finess": HOSPITAL, "name": "Hôpital fictif des Tilleuls"}


def test_nobody_is_named(reader, region, now):
    write(region, WARD, 5, now)
    for address in ("/v1/availability", "/v1/declarations"):
        answer = reader.get(address).text
        assert WARD in answer
        assert CAMILLE.id not in answer
        assert CAMILLE.name not in answer


def test_a_unit_that_never_declared_offers_an_unknown_number(reader):
    offer = offers(reader)[WARD]
    assert (offer["counts"]["available"], offer["counts"]["installed"]) == (None, 20)
    assert (offer["open"], offer["observed_at"], offer["due_at"], offer["source_type"], offer["position"]) == (
        *(True, None, None, None, 0),
    )


def test_a_closed_unit_offers_zero(reader, region, now):
    write(region, CLOSED_UNIT, 7, now)
    close_for_a_time(region, WARD, now.astimezone(PARIS).date() + DAY, now)
    found = offers(reader)
    assert [(found[unit]["open"], found[unit]["counts"]["available"]) for unit in (CLOSED_UNIT, WARD)] == [(False, 0)] * 2
    assert found[CLOSED_UNIT]["due_at"] is None
    assert instant(found[WARD]["due_at"]) > now + DAY
    assert CLOSED_UNIT not in offers(reader, "?at_least=1")


def test_offers_are_found_by_number_and_by_age(reader, region, now):
    for unit, number, age in ((WARD, 3, HOUR), (CARDIAC, 3, 30 * HOUR), (PSYCHIATRY, 2, HOUR)):
        write(region, unit, number, now - age)
    assert offers(reader, "?at_least=3").keys() == {WARD, CARDIAC}
    assert offers(reader, "?max_age_hours=24").keys() == {WARD, PSYCHIATRY}
    assert offers(reader, "?max_age_hours=24&at_least=3").keys() == {WARD}
    found = pages(reader, "/v1/availability?at_least=1&limit=2")
    assert [one["unit"] for page in found for one in page] == sorted([WARD, CARDIAC, PSYCHIATRY])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("need=reanimation&need=soins-critiques", {RESUSCITATION, CARDIAC}),
        ("need=reanimation&need=soins-critiques&every_need=true", {RESUSCITATION}),
        ("patients=child", set()),
        ("patients=adult&unit_type=121", {RESUSCITATION}),
    ],
)
def test_offers_are_found_by_all_of_some_needs_and_by_patients(reader, query, expected):
    assert offers(reader, f"?{query}").keys() == expected


def test_the_board_is_read_as_it_was_at_a_past_instant(reader, region, now):
    with region.transaction() as transaction:
        transaction.cursor.execute("UPDATE unit SET created_at = ?", [now - 5 * DAY])
    write(region, WARD, 5, now - 3 * DAY)
    write(region, WARD, 6, now - 5 * DAY, recorded_at=now - 2 * DAY)
    write(region, WARD, 7, now - DAY)
    stood = {
        age: offers(reader, f"?at={(now - age).strftime('%Y-%m-%dT%H:%M:%SZ')}")[WARD]["counts"]["available"]
        for age in (4 * DAY, 2.5 * DAY, 1.5 * DAY, timedelta(0))
    }
    assert list(stood.values()) == [None, 5, 6, 7]


def test_ages_and_closures_of_the_past_are_those_of_that_instant(reader, region, now):
    write(region, WARD, 5, now - 4 * DAY)
    close_for_a_time(region, WARD, (now - 2 * DAY).astimezone(PARIS).date(), now - 3 * DAY)
    then = (now - 2.5 * DAY).isoformat().replace("+00:00", "Z")
    assert not offers(reader, f"?at={then}")[WARD]["open"]
    assert offers(reader)[WARD]["open"]
    assert offers(reader, f"?at={then}&max_age_hours=13").keys() == {WARD}
    assert offers(reader, f"?at={then}&max_age_hours=11").keys() == set()


def test_a_future_instant_is_refused_past_what_clocks_may_differ(reader, now):
    for ahead, status in ((CLOCK_TOLERANCE - MINUTE, 200), (CLOCK_TOLERANCE + MINUTE, 422)):
        assert reader.get("/v1/availability", params={"at": (now + ahead).isoformat()}).status_code == status
    assert problem(reader.get("/v1/availability?at=2900-01-01T00:00:00Z")) == (422, "refused")


def test_the_log_is_read_in_the_order_of_its_positions_and_followed(reader, region, now):
    written = [write(region, unit, 1, now).position for unit in (WARD, CARDIAC, WARD, PSYCHIATRY, WARD)]
    found = pages(reader, "/v1/declarations?limit=2")
    assert [one["position"] for page in found for one in page] == written
    assert items(reader.get(f"/v1/declarations?after={written[-1]}")) == []
    after = write(region, CARDIAC, 2, now).position
    assert [one["position"] for one in items(reader.get(f"/v1/declarations?after={written[-1]}"))] == [after]
    own = pages(reader, f"/v1/declarations?unit={WARD}&limit=1")
    assert [one["position"] for page in own for one in page] == [written[0], written[2], written[4]]


def test_changes_of_the_registry_leave_no_hole_in_the_log(reader, region, now):
    first = write(region, WARD, 1, now).position
    for number in range(30):
        change_unit(region, WARD, installed=20 + number)
    last = write(region, WARD, 2, now).position
    assert [one["position"] for one in items(reader.get("/v1/declarations?limit=2"))] == [first, last]


def test_a_masked_comment_is_read_nowhere(reader, region, now):
    written = declare.declare(region, CAMILLE, DeclarationDraft(WARD, Counts(4), "Nom d'un patient"), now - HOUR)
    then = now.isoformat().replace("+00:00", "Z")
    assert "Nom d'un patient" in reader.get("/v1/availability").text
    mask.mask(region, ADELE, written.position, datetime.now(UTC))
    for address in ("/v1/availability", f"/v1/availability?at={then}", "/v1/declarations", f"/v1/declarations?unit={WARD}"):
        assert "Nom d'un patient" not in reader.get(address).text
    events = items(reader.get(f"/v1/declarations?unit={WARD}"))
    assert (events[0]["kind"], events[0]["masked"]) == ("declared", True)
    assert events[-1]["kind"] == EventKind.MASKED
    assert offers(reader)[WARD]["counts"]["available"] == 4


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/v1/structures/990000000", (404, "not-found")),
        ("/v1/structures?department=99", (404, "not-found")),
        ("/v1/units?structure=990000000", (404, "not-found")),
        ("/v1/availability?structure=990000000", (404, "not-found")),
        ("/v1/availability?department=Paris", (404, "not-found")),
        ("/v1/availability?unit=inconnue", (404, "not-found")),
        (f"/v1/availability?unit={HOME}", (404, "not-found")),
        (f"/v1/availability?structure={WARD}", (404, "not-found")),
        ("/v1/declarations?unit=inconnue", (404, "not-found")),
        ("/v1/units?departement=75", (422, "invalid")),
        (f"/v1/structures/{HOME}?department=75", (422, "invalid")),
        ("/v1/units?department=75&department=94", (422, "invalid")),
        ("/v1/availability?at=2026-05-04T08:00:00Z&at=2026-05-05T08:00:00Z", (422, "invalid")),
        ("/v1/units?unit_type=9999", (422, "invalid")),
        ("/v1/units?activity_field=9999", (422, "invalid")),
        ("/v1/units?need=dentiste", (422, "invalid")),
        ("/v1/units?capacity_type=03", (422, "invalid")),
        ("/v1/units?limit=0", (422, "invalid")),
        ("/v1/units?limit=1001", (422, "invalid")),
        ("/v1/units?structure=%00", (422, "invalid")),
        ("/v1/availability?at=hier", (422, "invalid")),
        ("/v1/availability?at=1700000000", (422, "invalid")),
        ("/v1/availability?at=2026-05-04T08:00:00", (422, "invalid")),
        ("/v1/availability?at=0001-01-01T00:00:00Z", (422, "invalid")),
        ("/v1/availability?max_age_hours=nan", (422, "invalid")),
        ("/v1/declarations?after=-1", (422, "invalid")),
    ],
)
def test_an_unknown_or_misspelt_parameter_is_refused(reader, address, expected):
    assert problem(reader.get(address)) == expected


def test_who_may_not_consult_reads_nothing_and_it_is_journalled(region):
    with client_with(token(region, TokenScope.ADMINISTER)) as client:
        for address in ("structures", f"structures/{HOME}", "units", "availability", "declarations"):
            assert problem(client.get(f"/v1/{address}")) == (403, "forbidden")
    with client_with() as client:
        answer = client.get("/v1/units")
        assert problem(answer) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert problem(client.get("/v1/units?limit=1&limit=2")) == (401, "unauthenticated")


def test_an_error_in_an_address_names_its_field(reader):
    body = reader.get("/v1/units?department=75&department=94").json()
    assert body["errors"] == [{"in": "query", "name": "department", "detail": "ce champ ne se donne qu'une fois."}]
    body = reader.get("/v1/declarations?after=9007199254740993").json()
    assert body["detail"] == "after : donnez 9007199254740992 ou moins."


def test_the_example_of_an_instant_can_be_copied_into_an_address(reader):
    detail = reader.get("/v1/availability?at=2026-05-04T08:00:00+02:00").json()["detail"]
    example = detail.rpartition(" ")[2].removesuffix(".")
    assert reader.get(f"/v1/availability?at={example}").json()["at"] == example


def test_an_instant_is_sent_in_utc_whatever_its_zone_was(reader):
    assert reader.get("/v1/availability?at=2026-05-04T08:00:00%2B02:00").json()["at"] == "2026-05-04T06:00:00Z"


def test_a_closure_ends_after_its_last_day(reader, region, now):
    close_for_a_time(region, WARD, date(2026, 1, 1), now)
    assert offers(reader)[WARD]["open"]


def test_one_unit_is_read_by_its_id(reader):
    assert offers(reader, f"?unit={WARD}").keys() == {WARD}
    assert offers(reader, f"?unit={WARD}&structure={HOSPITAL}&department=75").keys() == {WARD}
    assert offers(reader, f"?unit={WARD}&structure={HOME}").keys() == set()
    assert offers(reader, f"?unit={WARD}&department=93").keys() == set()


def test_every_unit_of_the_region_is_listed_once(reader):
    found = [one["unit"] for page in pages(reader, "/v1/availability?limit=5") for one in page]
    assert found == sorted(unit.id for unit in UNITS)
