import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.errors import BadFile, Forbidden, Outdated, Refused
from ror.model.registry import LegalEntity
from ror.model.type_decision import NOTHING, TypeDecision
from ror.services import journal
from ror.services.registry import edit
from ror.services.registry.imports import import_finess, import_units, preview_finess, preview_units, write
from ror.store import registry, registry_changes, unit_types
from ror.store.registry import MergeCounts
from tests.examples import outcome, slow_examples
from tests.region import ADELE, BY_ID, CAMILLE, CLOSED_UNIT, CORALIE, DOMINIQUE, HOSPITAL, NOW, WARD, rows, store_account

pytestmark = pytest.mark.usefixtures("region")

FINESS = Path(__file__).parents[2] / "exchange" / "files" / "finess-cs1100507-fictif.csv"
TABLES = ("legal_entity", "structure", "unit", "registry_change")
KNOWN = "990000018"


@pytest.fixture
def write_list(tmp_path):
    """Return a function that writes a list of units and returns its path."""

    def make(*lines: str, name: str = "unites.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return make


def registry_rows(db):
    return [rows(db, table) for table in TABLES]


def lines(db):
    read = journal.read(db, None, journal.JournalQuery(), NOW).to_pylist()[::-1]
    return [(line["act"], line["outcome"], line["actor"], line["subject"], json.loads(line["after"] or "{}")) for line in read]


def stored(db, finess):
    with db.reader() as cursor:
        return registry.structure(cursor, finess)


# Preview


def test_a_preview_counts_what_the_import_then_writes_and_writes_nothing(db):
    before = registry_rows(db)
    plan = preview_finess(db, ADELE, FINESS, NOW)
    assert registry_rows(db) == before
    assert write(db, ADELE, plan, NOW).merged == plan.merged == MergeCounts(9, 0, 0)
    again = preview_finess(db, ADELE, FINESS, NOW)
    assert (again.merged, again.changes_nothing) == (MergeCounts(0, 0, 9), True)


def test_a_preview_gives_each_field_before_and_after(db, write_list):
    path = write_list(
        "finess;nom;type;places_installees;identifiant", f"{HOSPITAL};Médecine;16;21;{WARD}", "990750001;Neuve;16;4;"
    )
    (units,) = preview_units(db, ADELE, path, NOW).changes
    assert [row["name"] for row in units.created.to_pylist()] == ["Neuve"]
    before, after = units.before.to_pylist()[0], units.after.to_pylist()[0]
    assert {name: (before[name], after[name]) for name in before if before[name] != after[name]} == {
        "name": ("Médecine interne", "Médecine"),
        "installed": (20, 21),
    }


def test_what_an_import_writes_is_what_was_previewed(db, write_list):
    path = write_list("finess;nom;type", f"{HOSPITAL};Neuve;16")
    plan = preview_units(db, ADELE, path, NOW)
    path.write_text("finess;nom;type\n990750001;Autre;16", encoding="utf-8")
    write(db, ADELE, plan, NOW)
    with db.reader() as cursor:
        assert registry.unit_entry(cursor, f"{HOSPITAL}-neuve").name == "Neuve"
        assert registry.unit_entry(cursor, f"{HOSPITAL}-autre") is None


def test_a_registry_that_moved_since_the_preview_is_not_written_over(db, write_list):
    plan = preview_units(db, ADELE, write_list("finess;nom;type", f"{HOSPITAL};Neuve;16"), NOW)
    edit.close_unit(db, ADELE, WARD, NOW)
    before = registry_rows(db)
    with pytest.raises(Outdated, match="changé depuis l'aperçu"):
        write(db, ADELE, plan, NOW)
    assert registry_rows(db) == before


def test_a_refused_line_is_returned_with_its_reason_and_stops_no_other(db, write_list):
    path = write_list("finess;nom;type", "990999999;Perdue;16", "12;Courte;16", f"{HOSPITAL};Neuve;16")
    plan = preview_units(db, ADELE, path, NOW)
    assert [(reject.line, reject.reason.split(" : ")[0]) for reject in plan.rejects] == [
        (2, "La structure 990999999 est inconnue"),
        (3, "« 12 » n'est pas un numéro FINESS"),
    ]
    assert [reject.text for reject in plan.rejects] == ["990999999;Perdue;16", "12;Courte;16"]
    assert write(db, ADELE, plan, NOW).merged == MergeCounts(1, 0, 0)


def test_the_progress_of_a_reading_is_reported_to_the_end(db):
    progress: list[tuple[int, int]] = []
    preview_finess(db, ADELE, FINESS, NOW, lambda done, total: progress.append((done, total)))
    assert progress[-1][0] == progress[-1][1] == len(progress)


# What only an administrator knows


def test_an_edition_of_finess_neither_closes_nor_reopens_a_structure(db):
    import_finess(db, FINESS, NOW)
    edit.close_structure(db, ADELE, KNOWN, NOW)
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(stored(db, KNOWN), name="Nom d'avant")])
    assert import_finess(db, FINESS, NOW).merged == MergeCounts(0, 1, 8)
    assert (stored(db, KNOWN).closed, stored(db, KNOWN).name) == (True, 'HOPITAL FICTIF "LES TILLEULS"')


def test_an_edition_of_finess_keeps_the_name_of_a_legal_entity_that_it_does_not_give(db):
    with db.transaction() as transaction:
        registry.merge(transaction, [LegalEntity("990000117", "Fondation fictive")])
    import_finess(db, FINESS, NOW)
    with db.reader() as cursor:
        assert registry.legal_entity(cursor, "990000117").name == "Fondation fictive"
        assert registry.legal_entity(cursor, "990000125").name == "Entité juridique 990000125"


def test_a_list_of_units_changes_nothing_that_it_has_no_column_for(db, write_list):
    import_units(db, write_list("finess;nom;type;identifiant", f"990940001;Autre nom;249;{CLOSED_UNIT}"), NOW)
    with db.reader() as cursor:
        assert registry.unit_entry(cursor, CLOSED_UNIT) == replace(BY_ID[CLOSED_UNIT], name="Autre nom")


DESCRIBED = "finess;nom;type;identifiant;public;nom_court;secteur;zone;activite;sensible"


def described(db):
    with db.reader() as cursor:
        unit = registry.unit_entry(cursor, WARD)
    return (
        *(unit.patient_type, unit.short_name, unit.psychiatric_sector, unit.intervention_zone),
        *(unit.operational_activity, unit.sensitive),
    )


def test_an_empty_cell_of_a_description_keeps_what_is_stored(db, write_list):
    line = f"{HOSPITAL};Médecine interne;16;{WARD}"
    import_units(db, write_list(DESCRIBED, f"{line};adulte;MI;75G05;Paris;085;oui"), NOW)
    stored = ("adult", "MI", "75G05", "Paris", "085", True)
    assert described(db) == stored
    assert import_units(db, write_list(DESCRIBED, f"{line};;;;;;"), NOW).merged == MergeCounts(0, 0, 1)
    assert import_units(db, write_list("finess;nom;type;identifiant", line), NOW).merged == MergeCounts(0, 0, 1)
    assert described(db) == stored
    import_units(db, write_list(DESCRIBED, f"{line};enfant;;;;;non"), NOW)
    assert described(db) == ("child", *stored[1:-1], False)


def test_a_list_of_units_with_the_column_closes_and_reopens(db, write_list):
    text = ("finess;nom;type;identifiant;fermee", f"990940001;Longue durée;249;{CLOSED_UNIT};non")
    assert import_units(db, write_list(*text), NOW).merged == MergeCounts(0, 1, 0)
    with db.reader() as cursor:
        assert registry.unit_entry(cursor, CLOSED_UNIT).closed is False


# Telephones


TELEPHONE = "finess;nom;type;places_installees;telephone;identifiant"


@pytest.mark.parametrize(
    ("typed", "stored", "remarks"),
    [
        ("01 99 00 00 12 poste 4512", "0199000012 poste 4512", 0),
        ("01 99 00 00 12 / 06 99 00 00 13", "0199000012 / 0699000013", 0),
        ("0033 1 99 00 00 12", "0199000012", 0),
        ("3624", "3624", 0),
        ("", "0199000011", 0),
        ("voir standard", "0199000011", 1),
        ("01 99 00 00 1", "0199000011", 1),
    ],
)
def test_a_list_of_units_never_removes_a_stored_telephone(db, write_list, typed, stored, remarks):
    import_units(db, write_list(TELEPHONE, f"{HOSPITAL};Fictive;16;24;01 99 00 00 11;tel-1"), NOW)
    summary = import_units(db, write_list(TELEPHONE, f"{HOSPITAL};Fictive;16;;{typed};tel-1"), NOW)
    with db.reader() as cursor:
        unit = registry.unit_entry(cursor, "tel-1")
    assert (unit.telephone, unit.installed) == (stored, 24)
    assert [(reject.line, reject.accepted) for reject in summary.rejects] == [(2, True)] * remarks
    assert lines(db)[-1][4]["refused"] == 0


def test_an_import_says_which_units_end_up_without_a_nature(db, write_list):
    header = "finess;nom;type;identifiant;nature;mode_prise_en_charge;fermee"
    names = ("known", "silent", "said", "by care", "closed")
    known, silent, said, by_care, closed = (f"{HOSPITAL};Atelier {name};02;{name}" for name in names)
    import_units(db, write_list(header, f"{known};lit;;"), NOW)
    file = write_list(header, f"{known};;;", f"{silent};;;", f"{said};place;;", f"{by_care};;32;", f"{closed};;;oui")
    plan = preview_units(db, ADELE, file, NOW)
    # The nature stored earlier is enough.
    assert [(reject.line, reject.accepted) for reject in plan.rejects] == [(3, True)]
    assert "Rien ne dit si cette unité compte des lits ou des places" in plan.rejects[0].reason
    assert plan.to_specify == 1
    summary = write(db, ADELE, plan, NOW)
    assert (summary.to_specify, summary.merged) == (1, MergeCounts(4, 0, 1))


def test_a_closed_unit_is_not_to_be_specified_by_a_list_that_does_not_say_whether_it_is_closed(db, write_list):
    header = "finess;nom;type;identifiant"
    import_units(db, write_list(f"{header};fermee", f"{HOSPITAL};Atelier;02;closed;oui"), NOW)
    assert preview_units(db, ADELE, write_list(header, f"{HOSPITAL};Atelier;02;closed"), NOW).to_specify == 0


def test_no_unit_is_to_be_specified_once_the_region_chose_for_its_type(db, write_list):
    with db.transaction() as transaction:
        unit_types.write_decision(transaction, TypeDecision("02", NOTHING))
    assert preview_units(db, ADELE, write_list("finess;nom;type", f"{HOSPITAL};Atelier;02"), NOW).to_specify == 0


def test_a_line_that_is_refused_has_no_remark_besides(db, write_list):
    plan = preview_units(db, ADELE, write_list(TELEPHONE, "990999999;Fictive;16;24;voir standard;tel-1"), NOW)
    assert [(reject.line, reject.accepted, "inconnue" in reject.reason) for reject in plan.rejects] == [(2, False, True)]


def test_an_edition_of_finess_without_a_telephone_retains_the_stored_one(db, tmp_path):
    import_finess(db, FINESS, NOW)
    structure = stored(db, KNOWN)
    without_telephone = tmp_path / "finess.csv"
    without_telephone.write_bytes(FINESS.read_bytes().replace(structure.telephone.encode(), b""))
    assert without_telephone.stat().st_size < FINESS.stat().st_size
    assert preview_finess(db, ADELE, without_telephone, NOW).changes_nothing


# Who, and the journal


def test_an_import_is_journalled_with_its_counts_and_the_digest_of_the_file(db):
    import_finess(db, FINESS, NOW, account=ADELE)
    counts = {"read": 9, "created": 9, "changed": 0, "unchanged": 0, "refused": 0}
    digest = hashlib.sha256(FINESS.read_bytes()).hexdigest()
    assert lines(db) == [("import", "done", ADELE.id, "registry", {**counts, "sha256": digest})]


def test_the_command_line_imports_without_an_account(db):
    import_finess(db, FINESS, NOW)
    assert lines(db)[0][:3] == ("import", "done", "")


@pytest.mark.parametrize("account", [CAMILLE, DOMINIQUE, CORALIE, replace(ADELE, disabled=True)], ids=lambda one: one.name)
def test_nobody_but_an_administrator_previews_or_imports_and_the_refusal_is_journalled(db, write_list, account):
    path, before = write_list("finess;nom;type", f"{HOSPITAL};Neuve;16"), registry_rows(db)
    plan = preview_units(db, ADELE, path, NOW)
    store_account(db, account)
    operations = (
        lambda: preview_finess(db, account, FINESS, NOW),
        lambda: preview_units(db, account, path, NOW),
        lambda: import_finess(db, FINESS, NOW, account=account),
        lambda: import_units(db, path, NOW, account=account),
        lambda: write(db, account, plan, NOW),
    )
    for operation in operations:
        with pytest.raises(Forbidden):
            operation()
    assert registry_rows(db) == before
    assert [line[:3] for line in lines(db)] == [("import", "refused", account.id)] * len(operations)


def test_nothing_real_comes_into_the_demonstration(db, write_list):
    with db.transaction() as transaction:
        registry_changes.record_change(transaction, registry_changes.DEMONSTRATION, NOW)
    for operation in (
        lambda: preview_finess(db, ADELE, FINESS, NOW),
        lambda: preview_units(db, ADELE, write_list("finess;nom;type"), NOW),
    ):
        with pytest.raises(Refused, match="démonstration"):
            operation()


def test_an_import_that_changes_nothing_keeps_the_version_of_the_registry(db):
    import_finess(db, FINESS, NOW)
    position = db.position
    import_finess(db, FINESS, NOW)
    assert db.position == position
    assert [line[4]["unchanged"] for line in lines(db)] == [0, 9]


# Files of any kind


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"PK\x03\x04rubbish", b"\xd0\xcf\x11\xe0", b"a;b;c\n1;2;3"])
def test_a_file_of_another_kind_is_a_sentence(db, tmp_path, content):
    path = tmp_path / "fichier"
    path.write_bytes(content)
    for preview in (preview_finess, preview_units):
        with pytest.raises(BadFile, match="« fichier »"):
            preview(db, ADELE, path, NOW)


wild = slow_examples(50)
HEADS = (
    b"",
    b"PK\x03\x04",
    b"finess;etalab;93;2026-03-10\nstructureet;",
    b'{"pmej": [{"ege": [{}, ',
    b"finess;nom;type;fermee\n",
    b"\xef\xbb\xbffiness,nom,type\n",
)


@wild
@given(head=st.sampled_from(HEADS), body=st.binary(max_size=2_000))
def test_any_bytes_are_read_or_refused_in_a_sentence_and_nothing_is_written(db, tmp_path, head, body):
    path, before = tmp_path / "fichier", registry_rows(db)
    path.write_bytes(head + body)
    for preview in (preview_finess, preview_units):
        plan, refusal = outcome(preview, db, ADELE, path, NOW)
        assert "« fichier »" in refusal if plan is None else plan.changes_nothing
    assert registry_rows(db) == before
