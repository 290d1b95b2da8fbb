"""The bill of materials and the page of licences name every package that requirements.txt locks, and all that they bundle."""

import json
import re
import sysconfig
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from ror.settings import ROOT
from scripts import make_licences, make_sbom, shipped

SITE_PACKAGES = Path(sysconfig.get_paths()["purelib"])
LOCKED = re.findall(r"^([a-z0-9-]+)==([^\s;]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
HASHES = re.findall(r"sha256:([0-9a-f]{64})", (ROOT / "requirements.txt").read_text())


@pytest.fixture(scope="module")
def bill_text(tmp_path_factory):
    path = tmp_path_factory.mktemp("sbom") / make_sbom.NAME
    make_sbom.write(path, "9.9.9")
    return path.read_text("utf-8")


def test_the_bill_of_materials_is_valid_by_its_schema(bill_text):
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill_text) is None


def test_the_bill_of_materials_names_every_locked_package_with_its_address_its_licence_and_all_its_hashes(bill_text):
    bill = json.loads(bill_text)
    packages = [one for one in bill["components"] if "purl" in one]
    assert sorted((one["name"], one["version"]) for one in packages) == sorted(LOCKED)
    assert all(one["purl"] == f"pkg:pypi/{one['name']}@{one['version']}" and one["licenses"] for one in packages)
    written = [found["content"] for one in packages for place in one["externalReferences"] for found in place["hashes"]]
    assert len(LOCKED) > 80
    assert sorted(written) == sorted(HASHES)
    assert bill["metadata"]["component"]["version"] == "9.9.9"


def test_the_bill_of_materials_names_what_is_not_python(bill_text):
    bill = json.loads(bill_text)
    named = {one["bom-ref"] for one in bill["components"]}
    data = {
        f"data/{path.relative_to(ROOT / 'data')}" for path in (ROOT / "data").rglob("*.*") if path.suffix in (".csv", ".json")
    }
    assert {f"{make_sbom.PRODUCT}/{name}" for name in data} <= named
    assert {"streamlit/Vega", "streamlit/elkjs", "shapely/GEOS", "fastapi-offline/Swagger UI"} <= named
    owners = {ref: one["ref"] for one in bill["dependencies"] for ref in one.get("dependsOn", ()) if "/" in ref}
    assert owners["shapely/GEOS"] == "shapely==2.2.0"
    assert named - {make_sbom.PRODUCT} == {ref for one in bill["dependencies"] for ref in one.get("dependsOn", ())}


def test_two_bills_of_materials_of_the_same_version_are_the_same(bill_text, tmp_path):
    make_sbom.write(tmp_path / "again.json", "9.9.9")
    assert (tmp_path / "again.json").read_text("utf-8") == bill_text


def test_the_page_of_licences_is_up_to_date_with_the_locked_packages():
    assert (ROOT / "docs/licences.md").read_text("utf-8") == make_licences.page(), "run make licences"


def test_the_page_of_licences_names_every_package_and_what_constrains_its_distribution():
    page = make_licences.page()
    for name, version in LOCKED:
        assert f"| `{name}` | {version} |" in page
    constrained = page.split("## Python packages")[0]
    for name in (
        "`fpdf2` | LGPL-3.0-only",
        "elkjs, in `streamlit` | EPL-2.0",
        "`streamlit-authenticator` | LicenseRef-",
        "CC-BY",
    ):
        assert name in constrained


def test_a_licence_that_nobody_has_read_stops_the_page():
    assert make_licences.constraint("MPL-2.0 OR Apache-2.0") == ""
    with pytest.raises(LookupError, match="Nobody has read the licence AGPL"):
        make_licences.constraint("MIT AND AGPL-3.0-only")


@pytest.mark.parametrize("part", shipped.bundled(), ids=lambda part: part.name)
def test_what_a_package_is_said_to_bundle_is_in_it(part):
    files = list((SITE_PACKAGES if part.package else ROOT).glob(part.file))
    assert files
    assert not part.text or any(part.text.encode() in file.read_bytes() for file in files)
