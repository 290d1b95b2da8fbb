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
from ror.model.count_parts import PartKey
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
    fault = error.faults[0]
    assert fault.message == error.user_message
    return (
        fault.issue,
        fault.expression.partition(".extension.where(url='")[2].rpartition("'")[0].rpartition("'")[2],
        error.user_message,
    )


def of_type(unit_type):
    return counting_kind(Unit("1", "990000001", "Unité", unit_type, None, ""))


def single_operation(**changes):
    return body(operation(extension(**changes)))


def test_a_number_of_one_status():
    patch = read(single_operation())
    (added,) = patch.operations
    (value,) = added.values
    assert (added.kind, added.conditions) == ("add", {})
    assert (value.key, value.number, value.temporality, value.comment) == (PartKey("available"), 5, "01", None)
    assert value.observed_at == AT
    assert value.source_type is SourceType.BED_MANAGEMENT
    patch.check_unit(of_type(WARD))


def numbers(patch):
    """Return the numbers of a body by part, and the kind of its operations."""
    values = [value for operation in patch.operations for value in operation.values]
    return {value.key: value.number for value in values}, [operation.kind for operation in patch.operations]


def test_a_body_has_several_operations():
    patch = read(
        body(
            operation(extension(3), "replace", PATH + condition(capacityStatus="02", temporalityCapacity="01")),
            operation(extension(17, status="03")),
            operation(extension(20, status="01")),
        )
    )
    assert numbers(patch) == (
        {PartKey("available"): 3, PartKey("occupied"): 17, PartKey("installed"): 20},
        ["replace", "add", "add"],
    )
    assert patch.operations[0].conditions == {"capacityStatus": "02", "temporalityCapacity": "01"}


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
    assert numbers(read(body(operation(extension(), "replace", path)))) == ({PartKey("available"): 5}, ["replace"])


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
    national = single_operation()
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


def key(**codes):
    return next(iter(numbers(read(single_operation(**codes)))[0]))


def test_a_number_may_be_of_a_sex_and_the_former_code_of_any_is_understood():
    assert key(genderCapacityAvailable="01") == PartKey("available", gender="01")
    assert key(genderCapacityAvailable="03") == key(genderCapacityAvailable="04") == PartKey("available", gender="04")
    assert refused(single_operation(genderCapacityAvailable="05"))[:2] == ("code-invalid", "genderCapacityAvailable")


def test_a_number_may_be_of_a_kind_of_closing_of_supplementary_beds_of_a_crisis_of_an_assignment():
    assert key(status="05", capacityClosingType="01") == PartKey("closed", closing_type="01")
    of_crisis = key(status="06", additionalBedType="03", crisisType="02")
    assert of_crisis == PartKey("supplementary", additional_bed_type="03", crisis_type="02")
    assert key(temporaryAssignement="02") == PartKey("available", assignment="02")
    for status, name, code in (
        ("03", "genderCapacityAvailable", "01"),
        ("02", "capacityClosingType", "01"),
        ("05", "additionalBedType", "01"),
        ("05", "crisisType", "01"),
    ):
        assert refused(single_operation(status=status, **{name: code}))[:2] == ("business-rule", name)


def test_a_number_of_any_temporality_and_its_comment_are_read():
    resource = single_operation(temporality="03")
    extension_of(resource)["extension"].append({"url": "comment", "valueString": "Aile nord"})
    (value,) = read(resource).operations[0].values
    assert (value.temporality, value.comment) == ("03", "Aile nord")
    extension_of(resource)["extension"][-1]["valueString"] = 3
    assert refused(resource)[:2] == ("value", "comment")


def extension_of(resource):
    return resource["parameter"][0]["part"][2]["part"][0]["extension"][0]


CODES_OF_THE_GUIDE = {
    "capacityType": "JDV_J187-NatureCapacite-ROR",
    "capacityStatus": "JDV_J188-TypeStatutCapacite-ROR",
    "temporalityCapacity": "JDV_J189-TemporaliteCapacite-ROR",
    "genderCapacityAvailable": "JDV_J190-GenreCapacite-ROR",
    "capacitySourceType": "JDV_J193-TypeSourceCapacite-ROR",
    "temporaryAssignement": "JDV_J195-AffectationTemporaire-ROR",
}


def test_codes_given_as_value_sets_are_understood():
    resource = single_operation(genderCapacityAvailable="01")
    for part in extension_of(resource)["extension"]:
        if name := CODES_OF_THE_GUIDE.get(part["url"]):
            address = f"https://mos.esante.gouv.fr/NOS/{name}/FHIR/{name.replace('_', '-')}"
            part["valueCodeableConcept"]["coding"][0]["system"] = address
    assert read(resource) == read(single_operation(genderCapacityAvailable="01"))
    wrong = "https://mos.esante.gouv.fr/NOS/JDV_J188-TypeStatutCapacite-ROR/FHIR/JDV-J188-TypeStatutCapacite-ROR"
    extension_of(resource)["extension"][-1]["valueCodeableConcept"]["coding"][0]["system"] = wrong
    assert refused(resource)[0] == "code-invalid"


def deleting(path):
    parts = [{"name": "type", "valueString": "delete"}, {"name": "path", "valueString": path}]
    return body({"name": "operation", "part": parts})


def test_a_delete_names_the_status_that_it_takes_away():
    path = PATH + condition(capacityStatus="02", genderCapacityAvailable="03").replace(" and extension", "  and extension")
    (taken,) = read(deleting(path)).operations
    assert (taken.kind, taken.values) == ("delete", ())
    assert taken.conditions == {"capacityStatus": "02", "genderCapacityAvailable": "04"}
    assert refused(deleting(PATH))[0] == "required"
    assert refused(deleting("Location"))[0] == "not-supported"
    assert refused(deleting(PATH + condition(capacityStatus="02", nbCapacity="3")))[0] == "not-supported"
    twice = f"{PATH}{condition(capacityStatus='02')[:-1]} and {condition(capacityStatus='05')[7:]}"
    assert refused(deleting(twice))[:2] == ("business-rule", "capacityStatus")


def replacing_all(*extensions):
    whole = operation(extensions[0], "replace")
    whole["part"][2] = {"name": "value", "part": list(extensions)}
    return body(whole)


def test_a_replace_of_the_whole_list_of_extensions_replaces_all():
    for extensions in ([extension(10, status="01"), extension(2)], [extension(2)]):
        (replaced,) = read(replacing_all(*extensions)).operations
        assert (replaced.kind, len(replaced.values)) == ("replace_all", len(extensions))
    whole = replacing_all(extension(2), extension(3, status="03"))
    whole["parameter"].append(operation(extension(1, status="04")))
    assert refused(whole)[0] == "structure"
    assert refused(replacing_all(*[extension(2)] * 41))[0] == "structure"
    assert refused(replacing_all(extension(2), extension(-1)))[:2] == ("value", "nbCapacity")


def test_every_fault_of_a_body_is_named():
    with pytest.raises(BadPatch) as caught:
        read(body(operation(extension(-1, status="99")), operation(extension(), "move"), operation(extension(at="hier"))))
    assert [fault.issue for fault in caught.value.faults] == ["code-invalid", "value", "not-supported", "value"]


@pytest.mark.parametrize(
    ("changes", "code", "part"),
    [
        ({"status": "09"}, "code-invalid", "capacityStatus"),
        ({"kind": "03"}, "code-invalid", "capacityType"),
        ({"temporality": "1"}, "code-invalid", "temporalityCapacity"),
        ({"capacitySourceType": "05"}, "code-invalid", "capacitySourceType"),
        ({"temporaryAssignement": "04"}, "code-invalid", "temporaryAssignement"),
        ({"capacityClosingType": "04"}, "code-invalid", "capacityClosingType"),
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
    assert refused(single_operation(**changes))[:2] == (code, part)


@pytest.mark.parametrize("name", [part["url"] for part in extension()["extension"]])
def test_every_mandatory_part_is_there_once(name):
    resource = single_operation()
    parts = resource["parameter"][0]["part"][2]["part"][0]["extension"][0]["extension"]
    (part,) = [candidate for candidate in parts if candidate["url"] == name]
    parts.append(part)
    assert refused(resource)[:2] == ("invalid", name)
    parts[:] = [other for other in parts if other is not part]
    assert refused(resource)[:2] == ("required", name)


def test_a_code_of_another_list_is_no_code():
    resource = single_operation()
    for part in resource["parameter"][0]["part"][2]["part"][0]["extension"][0]["extension"]:
        if part["url"] == "capacityStatus":
            part["valueCodeableConcept"]["coding"][0]["system"] = "http://example.org"
    assert refused(resource)[:2] == ("code-invalid", "capacityStatus")


def test_instants_are_read_in_utc():
    same = extension(at="2026-11-23T09:30:00+01:00")
    assert read(body(operation(same))).operations[0].values[0].observed_at == AT


def test_a_unit_has_its_own_capacity_type():
    with pytest.raises(BadPatch, match="se compte en places") as caught:
        read(body(operation(extension()), operation(extension(status="03")))).check_unit(of_type(DAY_HOSPITAL))
    assert [fault.issue for fault in caught.value.faults] == ["business-rule"] * 2
    read(single_operation(kind="02", temporality="05")).check_unit(of_type(DAY_HOSPITAL))
    read(single_operation(kind="02", temporality="01")).check_unit(of_type(DAY_HOSPITAL))
    read(single_operation(temporality="03")).check_unit(of_type(WARD))


@pytest.mark.parametrize("kind", ["insert", "move", "", "ADD"])
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
def test_a_body_with_one_wrong_value_is_accepted_or_refused(path, wrong, how):
    resource = copy.deepcopy(WHOLE)
    parent = resource
    for key in path[:-1]:
        parent = parent[key]
    if how == "put":
        parent[path[-1]] = wrong
    elif how == "remove":
        del parent[path[-1]]
    elif isinstance(parent, list):
        parent.append(parent[path[-1]])
    with suppress(BadPatch):
        assert {key.status for key in numbers(read(resource))[0] if key} <= {"available", "occupied"}
