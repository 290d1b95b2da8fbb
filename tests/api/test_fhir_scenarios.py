"""The reads and searches of the national guide, as data: each request with its status, its total, its ids and some values.

They are in `fhir_scenarios/reads.json`, and were written for the tiny region with the numbers that `declare` writes. `{R330}`
in a request stands for the address of the code list and `|`.
"""

import json
import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from ror.exchange.fhir.terms import LOCATION_ID
from ror.model.capacity import Counts
from ror.model.count_parts import CountPart, PartKey
from ror.settings import settings
from ror.store.engine.database import Database, open_database
from tests.api.fhir_helpers import client_with, issue, keys, searched, sentence
from tests.api.helpers import token
from tests.exchange.fhir.profiles import NOS
from tests.region import (
    CARDIAC,
    DAY_HOSPITAL,
    HALT,
    HOME_CARE,
    LONG_STAY,
    NURSING,
    PSYCHIATRY,
    RESUSCITATION,
    WARD,
    change_unit,
    close_for_a_time,
    write,
)

READS = json.loads((Path(__file__).parent / "fhir_scenarios" / "reads.json").read_text("utf-8"))
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LISTS = {
    "R13": "TRE_R13-CommuneOM",
    "R13-before": "TRE_R13-Commune",
    "R30": "TRE_R30-RegionOM",
    "R66": "TRE_R66-CategorieEtablissement",
    "R203": "TRE_R203-StatutLieu",
    "R211": "TRE_R211-ActiviteOperationnelle",
    "R212": "TRE_R212-Equipement",
    "R213": "TRE_R213-ModePriseEnCharge",
    "R227": "TRE_R227-ChampActivite",
    "R239": "TRE_R239-PublicPrisEnCharge",
    "R244": "TRE_R244-CategorieOrganisation",
    "R245": "TRE_R245-SpecialisationDePriseEnCharge",
    "R286": "TRE_R286-TypeFermeture",
    "R329": "TRE_R329-NatureCapacite",
    "R330": "TRE_R330-TypeStatutCapacite",
    "R331": "TRE_R331-TemporaliteCapacite",
    "R332": "TRE_R332-GenreCapacite",
    "R333": "TRE_R333-TypeFermetureCapacite",
    "R334": "TRE_R334-TypeLitSupplementaire",
    "R336": "TRE_R336-TypeCrise",
    "R337": "TRE_R337-AffectationTemporaire",
    "R343": "TRE_R343-FonctionLieu",
    "J189": "JDV_J189-TemporaliteCapacite-ROR",
    "J198": "JDV_J198-FonctionLieu-ROR",
}


@pytest.fixture(scope="module")
def declared_file(region_file, tmp_path_factory):
    """Build a database file of the region with the declarations of its units, once for all scenarios."""
    path = Path(shutil.copy(region_file, tmp_path_factory.mktemp("scenarios") / "ror.duckdb"))
    database = Database(path)
    declare(database)
    database.close()
    return path


def declare(region):
    def part(status, number, **codes):
        return CountPart(PartKey(status, **codes), number)

    change_unit(region, HOME_CARE, intervention_zone="93066, 93008")
    change_unit(region, PSYCHIATRY, psychiatric_sector="94G12")
    at = {"recorded_at": NOW}
    write(region, WARD, 3, NOW - HOUR, counts=Counts(3, 20, parts=(part("available", 2, gender="01"),)), **at)
    write(region, RESUSCITATION, 0, NOW - HOUR, **at)
    write(region, DAY_HOSPITAL, 5, NOW, **at)
    reopenable = (part("closed", 1, closing_type="01"),)
    write(region, CARDIAC, 2, NOW - HOUR, counts=Counts(2, closed=2, parts=reopenable), **at)
    close_for_a_time(region, HALT, date(2099, 1, 1), NOW)
    write(region, NURSING, 6, NOW, **at)
    write(region, NURSING, 4, NOW, temporality="01", capacity_type="02", **at)
    crisis = (part("available", 1, assignment="02"), part("supplementary", 2, additional_bed_type="01", crisis_type="02"))
    write(region, LONG_STAY, 1, NOW - HOUR, counts=Counts(1, supplementary=2, parts=crisis), **at)


@pytest.fixture
def reader(declared_file):
    shutil.copy(declared_file, settings().database)
    database = open_database()
    with client_with(token(database)) as client:
        yield client
    open_database.cache_clear()
    database.close()


def address(request):
    """Return the address of a request, with its values encoded and its code lists written out."""
    systems = {name: f"{NOS}/{code_list}/FHIR/{code_list.replace('_', '-')}|" for name, code_list in LISTS.items()}
    systems["LOCATION"] = f"{LOCATION_ID}|"
    path, _, query = re.sub(r"\{([\w-]+)\}", lambda match: systems[match[1]], request).partition("?")
    return f"{path}?{'&'.join(quote(pair, safe='=') for pair in query.split('&'))}"


def value_at(element, path):
    """Return the value at a path of names and indexes, None when there is none."""
    for step in path.split("."):
        if step.isdigit():
            element = element[int(step)] if element is not None and len(element) > int(step) else None
        else:
            element = element.get(step) if element is not None else None
    return element


@pytest.mark.parametrize("scenario", READS, ids=[scenario["scenario"] for scenario in READS])
def test_a_read_of_the_guide_is_answered_as_it_says(reader, scenario):
    answer = reader.get(address(scenario["get"]), headers=scenario.get("headers", {}))
    if scenario["status"] != 200:
        assert issue(answer) == (scenario["status"], scenario["issue"])
        assert scenario.get("says", "") in sentence(answer)
        return
    page = searched(answer, whole="_elements" not in scenario["get"] and "_summary" not in scenario["get"])
    assert (page["total"], keys(page)) == (scenario["total"], scenario["ids"])
    joined: dict[str, list[str]] = {}
    for entry in page.get("entry", []):
        if entry["search"]["mode"] == "include":
            joined.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"]["id"])
    assert {kind: sorted(found) for kind, found in joined.items()} == {
        kind: sorted(found) for kind, found in scenario.get("included", {}).items()
    }
    assert {path: value_at(page, path) for path in scenario.get("values", {})} == scenario.get("values", {})
