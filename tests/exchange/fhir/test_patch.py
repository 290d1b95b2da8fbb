"""The body of a PATCH: accepted in the documented forms, refused with a message otherwise."""

import copy
import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.exchange.fhir.patch import read_patch
from ror.exchange.fhir.patch_value import BadPatch
from ror.model.nomenclature import SourceType
from ror.model.registry import Unit
from tests.exchange.fhir.helpers import PATH, body, condition, extension, operation
from tests.exchange.fhir.profiles import CAPACITY
from tests.region import counting_kind, own_settings

__all__ = ["own_settings"]

WARD, DAY_HOSPITAL = "16", "11"
AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def read(resource):
    return read_patch(json.dumps(resource).encode())


def refused(resource):
    """Return the refusal of a body: the issue type, the element, the message."""
    with pytest.raises(BadPatch) as caught:
        read(resource)
    error = caught.value
    assert error.user_message.endswith((".", ")"))
    return (
        error.issue,
        error.expression.partition(".extension.where(url='")[2].rpartition("'")[0].rpartition("'")[2],
        error.user_message,
    )


def of_type(unit_type):
    return counting_kind(Unit("1", "990000001", "Unité", unit_type, None, ""))


def one(**changes):
    return body(operation(extension(**changes)))


def test_a_number_of_one_status():
    patch = read(one())
    assert patch.counts == {"available": 5}
    assert patch.observed_at == AT
    assert patch.source_type is SourceType.BED_MANAGEMENT
    assert patch.replaced == frozenset()
    patch.check_unit(of_type(WARD))


def test_several_statuses_are_one_declaration():
    patch = read(
        body(
            operation(extension(3), "replace", PATH + condition(capacityStatus="02", temporalityCapacity="01")),
            operation(extension(17, status="03")),
            operation(extension(20, status="01")),
        )
    )
    assert patch.counts == {"available": 3, "occupied": 17, "installed": 20}
    assert patch.replaced == {"available"}


@pytest.mark.parametrize(
    "path",
    [
        PATH + condition(capacityStatus="02", temporalityCapacity="01", temporaryAssignement="01"),
        PATH + condition(capacityStatus="02").replace(" = ", "=").replace(".code=", "[0].code="),
        f"Location.extension('{CAPACITY}')",
        f"Location.extension.where(url='{CAPACITY}' and {condition(capacityStatus='02')[7:-1]})",
        PATH + "  ".join(condition(capacityStatus="02", capacityType="01").split(" ")),
    ],
)
def test_the_paths_of_the_protocol(path):
    assert read(body(operation(extension(), "replace", path))).replaced == {"available"}


@pytest.mark.parametrize(
    "path",
    ["", "Location", "Location.name", "Location.extension", PATH + ".extension.where(url='nbCapacity')", PATH + "x", PATH * 50],
)
def test_another_path_is_refused(path):
    assert refused(body(operation(extension(), "replace", path)))[0] == "not-supported"


def test_the_path_and_the_value_must_agree():
    path = PATH + condition(capacityStatus="03")
    assert refused(body(operation(extension(), "replace", path)))[:2] == ("business-rule", "capacityStatus")


def test_the_three_forms_of_a_value_are_equivalent():
    national = one()
    direct, spelt = copy.deepcopy(national), copy.deepcopy(national)
    direct["parameter"][0]["part"][2] = {"name": "value", "extension": [extension()]}
    inner = [
        {"name": "extension", "part": [{"name": "url", "valueUri": part.pop("url")}, {"name": "value", **part}]}
        for part in extension()["extension"]
    ]
    spelt["parameter"][0]["part"] = [
        {"name": "type", "valueCode": "add"},
        {"name": "path", "valueString": "Location"},
        {"name": "name", "valueString": "extension"},
        {"name": "value", "part": [{"name": "url", "valueUri": CAPACITY}, *inner]},
    ]
    assert read(national) == read(direct) == read(spelt)


def test_a_gender_is_accepted_only_when_it_means_any():
    for any_gender in ("03", "04"):
        assert read(one(genderCapacityAvailable=any_gender)) == read(one())
    assert refused(one(genderCapacityAvailable="01"))[:2] == ("not-supported", "genderCapacityAvailable")


@pytest.mark.parametrize(
    ("changes", "code", "part"),
    [
        ({"status": "09"}, "code-invalid", "capacityStatus"),
        ({"kind": "03"}, "code-invalid", "capacityType"),
        ({"temporality": "1"}, "code-invalid", "temporalityCapacity"),
        ({"capacitySourceType": "05"}, "code-invalid", "capacitySourceType"),
        ({"temporaryAssignement": "02"}, "not-supported", "temporaryAssignement"),
        ({"capacityClosingType": "01"}, "not-supported", ""),
        ({"number": -1}, "value", "nbCapacity"),
        ({"number": 10_000}, "value", "nbCapacity"),
        ({"number": 3.0}, "value", "nbCapacity"),
        ({"number": True}, "value", "nbCapacity"),
        ({"number": "3"}, "value", "nbCapacity"),
        ({"number": None}, "value", "nbCapacity"),
        ({"at": "2026-11-23"}, "value", "capacityUpdateDate"),
        ({"at": "2026-11-23T08:30:00"}, "value", "capacityUpdateDate"),
        ({"at": "2026-02-30T08:30:00Z"}, "value", "capacityUpdateDate"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "value", "capacityUpdateDate"),
        ({"at": "２０２６-11-23T08:30:00Z"}, "value", "capacityUpdateDate"),
        ({"at": 1_700_000_000}, "value", "capacityUpdateDate"),
    ],
)
def test_a_bad_part_is_named(changes, code, part):
    assert refused(one(**changes))[:2] == (code, part)


@pytest.mark.parametrize("name", [part["url"] for part in extension()["extension"]])
def test_every_mandatory_part_is_there_once(name):
    resource = one()
    parts = resource["parameter"][0]["part"][2]["part"][0]["extension"][0]["extension"]
    (part,) = [one for one in parts if one["url"] == name]
    parts.append(part)
    assert refused(resource)[:2] == ("invalid", name)
    parts[:] = [one for one in parts if one is not part]
    assert refused(resource)[:2] == ("required", name)


def test_a_code_of_another_list_is_no_code():
    resource = one()
    for part in resource["parameter"][0]["part"][2]["part"][0]["extension"][0]["extension"]:
        if part["url"] == "capacityStatus":
            part["valueCodeableConcept"]["coding"][0]["system"] = "http://example.org"
    assert refused(resource)[:2] == ("code-invalid", "capacityStatus")


def test_one_body_has_one_instant_and_one_source():
    other = "2026-11-23T08:31:00Z"
    assert refused(body(operation(extension()), operation(extension(status="03", at=other))))[1] == "capacityUpdateDate"
    source = operation(extension(status="03", capacitySourceType="03"))
    assert refused(body(operation(extension()), source))[1] == "capacitySourceType"
    same = extension(status="03", at="2026-11-23T09:30:00+01:00")
    assert read(body(operation(extension()), operation(same))).observed_at == AT


def test_a_status_comes_once_in_a_body():
    assert "deux fois" in refused(body(operation(extension()), operation(extension(6))))[2]


def test_a_unit_has_its_own_capacity_type_and_temporality():
    with pytest.raises(BadPatch, match="se compte en places"):
        read(one()).check_unit(of_type(DAY_HOSPITAL))
    with pytest.raises(BadPatch, match="temporalité 05"):
        read(one(kind="02")).check_unit(of_type(DAY_HOSPITAL))
    read(one(kind="02", temporality="05")).check_unit(of_type(DAY_HOSPITAL))
    read(one(kind="02", status="01")).check_unit(of_type(DAY_HOSPITAL))
    with pytest.raises(BadPatch, match="temporalité 01"):
        read(one(temporality="03")).check_unit(of_type(WARD))


@pytest.mark.parametrize("kind", ["delete", "insert", "move", "", "ADD"])
def test_other_operations_are_not_supported(kind):
    assert refused(body(operation(extension(), kind)))[0] == "not-supported"


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"{", b"\xff", b"[" * 100_000, b'{"parameter":' * 5_000, b"1" * 5_000, b"NaN", b"null", b"[]", b'"x"', b"{}"),
        *(b'{"resourceType": "Patient"}', b'{"resourceType": "Parameters"}'),
        b'{"resourceType": "Parameters", "parameter": []}',
    ],
)
def test_any_other_body_is_refused(raw):
    with pytest.raises(BadPatch):
        read_patch(raw)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(ANYTHING)
def test_any_json_is_refused_with_a_message(resource):
    with pytest.raises(BadPatch):
        read(resource)


def _paths(value, path=()):
    """Yield the path of every value of a body."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(inner, (*path, key))


WHOLE = body(
    operation(extension(genderCapacityAvailable="03"), "replace", PATH + condition(capacityStatus="02")),
    operation(extension(17, status="03")),
)
PATHS = [place for place in _paths(WHOLE) if place]


@given(st.sampled_from(PATHS), ANYTHING, st.sampled_from(["put", "remove", "repeat"]))
def test_a_body_with_one_wrong_value_is_accepted_or_refused(place, wrong, how):
    resource = copy.deepcopy(WHOLE)
    inside = resource
    for key in place[:-1]:
        inside = inside[key]
    if how == "put":
        inside[place[-1]] = wrong
    elif how == "remove":
        del inside[place[-1]]
    elif isinstance(inside, list):
        inside.append(inside[place[-1]])
    with suppress(BadPatch):
        assert read(resource).counts.keys() <= {"available", "occupied"}
