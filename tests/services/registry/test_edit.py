import json
from dataclasses import asdict, replace
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ror.errors import Forbidden, NotFound, Outdated, Refused
from ror.model.capacity import Counts
from ror.model.registry import LegalEntity, Structure, Unit
from ror.model.text import plain
from ror.services import events, journal
from ror.services.availability.declare import DeclarationDraft, declare
from ror.services.registry import edit
from ror.services.registry.rules import TypedStructure, TypedUnit, checked_structure, checked_unit
from ror.store import registry, registry_changes
from tests.examples import outcome
from tests.region import (
    ADELE,
    BY_ID,
    CAMILLE,
    CLINIC,
    CLOSED_UNIT,
    CORALIE,
    DOMINIQUE,
    HOSPITAL,
    LINDENS,
    NOW,
    RESUSCITATION,
    STRUCTURES,
    WARD,
    board_rows,
    change_unit,
    rows,
    store_account,
)

pytestmark = pytest.mark.usefixtures("region")

NEW = "2A0000012"
TYPED = TypedStructure(
    *(NEW, "  Clinique   fictive des Pins ", LINDENS, "", "Clinique", "2 allée des Pins", "20 000", "Ajaccio", "2A"),
    *("04 99 00 00 01", "41,9192", "8.7386"),
)
UNIT = TypedUnit("Médecine à orientation fictive", "16", "12", "01 99 00 00 11")
EXISTING = STRUCTURES[0]


def as_typed(structure: Structure, **changes: str) -> TypedStructure:
    values = {name: "" if value is None else str(value) for name, value in asdict(structure).items()}
    names = TypedStructure.__dataclass_fields__
    return TypedStructure(**{name: changes.get(name, values.get(name, "")) for name in names})


def lines(db):
    read = journal.read(db, None, journal.JournalQuery(), NOW).to_pylist()[::-1]
    names = ("act", "outcome", "actor", "subject")
    return [
        (*(line[name] for name in names), json.loads(line["before"] or "{}"), json.loads(line["after"] or "{}"))
        for line in read
    ]


def stored(db, finess):
    return edit.sheet(db, ADELE, finess, NOW).structure


# Structures


def test_the_telephone_of_bed_management_is_typed_like_any_other_and_journalled(db):
    edited = edit.edit_structure(db, ADELE, EXISTING, as_typed(EXISTING, bed_telephone="06 39 98 01 01"), NOW)
    assert (edited.bed_telephone, stored(db, HOSPITAL).bed_telephone) == ("0639980101", "0639980101")
    assert lines(db)[-1][-1] == {"bed_telephone": "0639980101"}
    with pytest.raises(Refused, match="n'est pas un téléphone"):
        edit.edit_structure(db, ADELE, edited, as_typed(edited, bed_telephone="demander"), NOW)
    unit = edit.create_unit(db, ADELE, HOSPITAL, replace(UNIT, bed_telephone="06.39.98.01.02"), NOW)
    assert unit.bed_telephone == "0639980102"


def test_a_structure_is_created_as_it_was_typed_blanks_and_commas_put_right(db):
    created = edit.create_structure(db, ADELE, TYPED, NOW)
    assert created == Structure(
        *(NEW, LINDENS, "Clinique fictive des Pins", "", "Clinique", "2 allée des Pins", "20000", "Ajaccio", "", "2A"),
        *("0499000001", 41.9192, 8.7386),
    )
    assert stored(db, NEW) == created


def test_a_new_legal_entity_comes_with_its_structure_and_needs_a_name(db):
    typed = replace(TYPED, legal_entity="990000999")
    with pytest.raises(Refused, match=r"990000999.*nom manque"):
        edit.create_structure(db, ADELE, typed, NOW)
    assert (len(rows(db, "legal_entity")), len(rows(db, "structure"))) == (2, 5)
    edit.create_structure(db, ADELE, replace(typed, legal_entity_name="Fondation fictive"), NOW)
    assert edit.sheet(db, ADELE, NEW, NOW).legal_entity.name == "Fondation fictive"
    assert lines(db)[0][5]["legal_entity_name"] == "Fondation fictive"


def test_another_name_renames_a_stored_legal_entity_and_both_are_journalled(db):
    drawn = stored(db, HOSPITAL)
    typed = as_typed(drawn, legal_entity_name=" Groupe  renommé ")
    published_changes: list[events.CommitEvent] = []
    stop = events.subscribe(published_changes.append)
    assert edit.edit_structure(db, ADELE, drawn, typed, NOW) == drawn
    stop()
    assert edit.sheet(db, ADELE, HOSPITAL, NOW).legal_entity.name == "Groupe renommé"
    (line,) = journal.read(db, None, journal.JournalQuery(acts=("registry",)), NOW).to_pylist()
    assert (line["subject"], line["subject_name"]) == (f"legal_entity:{LINDENS}", "Groupe renommé")
    assert json.loads(line["before"]) == {"name": "Groupe hospitalier fictif des Tilleuls"}
    assert json.loads(line["after"]) == {"name": "Groupe renommé"}
    assert published_changes == [events.CommitEvent(db.position)]


def test_a_legal_entity_is_renamed_beside_a_change_of_its_structure(db):
    drawn = stored(db, HOSPITAL)
    typed = as_typed(drawn, telephone="0499000009", legal_entity_name="Groupe renommé")
    assert edit.edit_structure(db, ADELE, drawn, typed, NOW).telephone == "0499000009"
    assert edit.sheet(db, ADELE, HOSPITAL, NOW).legal_entity.name == "Groupe renommé"
    assert len(lines(db)) == 2


def test_a_legal_entity_that_is_renamed_keeps_its_address(db):
    with db.transaction() as transaction:
        registry.merge(transaction, [LegalEntity(LINDENS, "Groupe", "12 Rue DU BAC", "77000", "Melun")])
    drawn = stored(db, HOSPITAL)
    edit.edit_structure(db, ADELE, drawn, as_typed(drawn, legal_entity_name="Groupe renommé"), NOW)
    entity = edit.sheet(db, ADELE, HOSPITAL, NOW).legal_entity
    assert entity == LegalEntity(LINDENS, "Groupe renommé", "12 Rue DU BAC", "77000", "Melun")


def test_the_same_name_or_none_renames_no_legal_entity(db):
    drawn = stored(db, HOSPITAL)
    for name in ("", "Groupe hospitalier fictif des Tilleuls"):
        with pytest.raises(Refused, match="Rien n'a été modifié"):
            edit.edit_structure(db, ADELE, drawn, as_typed(drawn, legal_entity_name=name), NOW)
    with pytest.raises(Refused, match="201 caractères"):
        edit.edit_structure(db, ADELE, drawn, as_typed(drawn, legal_entity_name="x" * 201), NOW)
    assert lines(db) == []


def test_a_legal_entity_needs_its_number(db):
    with pytest.raises(Refused, match="Saisissez aussi le numéro"):
        edit.create_structure(db, ADELE, replace(TYPED, legal_entity="", legal_entity_name="Autre nom"), NOW)
    created = edit.create_structure(db, ADELE, replace(TYPED, legal_entity=""), NOW)
    assert created.legal_entity == ""


def test_a_number_serves_once(db):
    with pytest.raises(Refused, match=f"{HOSPITAL} existe déjà"):
        edit.create_structure(db, ADELE, replace(TYPED, finess=HOSPITAL), NOW)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"finess": "12345"}, "9 caractères"),
        ({"finess": "2C0000012"}, "9 caractères"),
        ({"finess": "'; DROP TABLE structure; --"}, "9 caractères"),
        ({"legal_entity": "99"}, "entité juridique a 9 caractères"),
        ({"name": " \u200b "}, "nom de la structure manque"),
        ({"name": "x" * 201}, "201 caractères : 200 au plus"),
        ({"name": "x" * 10_000_000}, "10000000 caractères"),
        ({"address": "x" * 201}, "L'adresse compte"),
        ({"postal_code": "7500"}, "5 chiffres"),
        ({"postal_code": "٧٥٠١٣"}, "5 chiffres"),
        ({"commune": ""}, "La commune manque"),
        ({"department": ""}, "Choisissez le département"),
        ({"department": "99"}, "Choisissez le département"),
        ({"telephone": "01 99"}, "« 01 99 » n'est pas un téléphone : donnez 10 chiffres"),
        ({"latitude": ""}, "aucune des deux"),
        ({"longitude": " "}, "aucune des deux"),
        ({"latitude": "nan"}, "degrés décimaux"),
        ({"latitude": "1e2"}, "degrés décimaux"),
        ({"latitude": "90,1"}, "-90 à 90"),
        ({"longitude": "-180.5"}, "-180 à 180"),
    ],
)
def test_what_cannot_be_a_structure_is_refused_in_a_sentence_and_nothing_is_written(db, changes, sentence):
    with pytest.raises(Refused, match=sentence):
        edit.create_structure(db, ADELE, replace(TYPED, **changes), NOW)
    assert len(rows(db, "structure")) == 5
    assert lines(db) == []


def test_an_edit_journals_what_changed_and_nothing_else(db):
    edit.edit_structure(db, ADELE, EXISTING, as_typed(EXISTING, name="Hôpital renommé", telephone=""), NOW)
    assert stored(db, HOSPITAL) == replace(EXISTING, name="Hôpital renommé", telephone="")
    assert lines(db) == [
        (
            *("registry", "done", ADELE.id, f"structure:{HOSPITAL}"),
            {"name": EXISTING.name, "telephone": EXISTING.telephone},
            {"name": "Hôpital renommé", "telephone": ""},
        )
    ]


LYON = {"commune": "Lyon", "department": "69", "latitude": "45,76", "longitude": "4,84"}


def test_a_position_outside_the_departement_is_refused_where_it_is_typed(db):
    with pytest.raises(Refused, match=r"hors du département Rhône \(69\)"):
        edit.edit_structure(db, ADELE, EXISTING, as_typed(EXISTING, commune="Lyon", department="69"), NOW)


def test_codes_go_with_the_words_that_they_are_the_codes_of(db):
    moved = edit.edit_structure(db, ADELE, EXISTING, as_typed(EXISTING, **LYON), NOW)
    assert (moved.commune_code, moved.category_code) == ("", "355")
    other = edit.edit_structure(db, ADELE, moved, as_typed(moved, category="Clinique"), NOW)
    assert other.category_code == ""


def test_the_number_of_a_structure_never_changes(db):
    edited = edit.edit_structure(db, ADELE, EXISTING, as_typed(EXISTING, finess=NEW, name="Autre"), NOW)
    assert edited.finess == HOSPITAL


def test_an_edit_that_changes_nothing_is_refused_and_not_journalled(db):
    position = db.position
    with pytest.raises(Refused, match="Rien n'a été modifié"):
        edit.edit_structure(db, ADELE, EXISTING, as_typed(EXISTING), NOW)
    assert (db.position, lines(db)) == (position, [])


def test_a_form_drawn_before_the_edit_of_another_is_not_saved_over_it(db):
    edit.edit_structure(db, ADELE, EXISTING, as_typed(EXISTING, name="Premier nom"), NOW)
    with pytest.raises(Outdated, match="Votre saisie est gardée"):
        edit.edit_structure(db, ADELE, EXISTING, as_typed(EXISTING, name="Second nom"), NOW)
    assert stored(db, HOSPITAL).name == "Premier nom"


def test_a_form_drawn_before_a_closure_is_saved_and_leaves_the_structure_closed(db):
    edit.close_structure(db, ADELE, HOSPITAL, NOW)
    edit.edit_structure(db, ADELE, EXISTING, as_typed(EXISTING, name="Nouveau nom"), NOW)
    assert stored(db, HOSPITAL) == replace(EXISTING, name="Nouveau nom", closed=True)


def test_closing_a_structure_closes_its_units_for_those_who_declare_and_reopening_leaves_the_rest(db):
    edit.close_structure(db, ADELE, HOSPITAL, NOW)
    with pytest.raises(Refused, match="fermée au répertoire"):
        declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3)), NOW)
    edit.close_unit(db, ADELE, RESUSCITATION, NOW)
    edit.reopen_structure(db, ADELE, HOSPITAL, NOW)
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3)), NOW)
    assert (board_rows(db)[WARD]["open"], board_rows(db)[RESUSCITATION]["open"]) == (True, False)
    assert [line[4:] for line in lines(db) if line[0] == "registry"] == [
        ({"closed": False}, {"closed": True}),
        ({"closed": False}, {"closed": True}),
        ({"closed": True}, {"closed": False}),
    ]


@pytest.mark.parametrize(
    ("operation", "key"),
    [
        (edit.reopen_structure, HOSPITAL),
        (edit.close_unit, CLOSED_UNIT),
        (edit.reopen_unit, WARD),
    ],
)
def test_closing_twice_or_reopening_an_open_entry_is_refused(db, operation, key):
    with pytest.raises(Refused, match="est déjà"):
        operation(db, ADELE, key, NOW)


@pytest.mark.parametrize("operation", [edit.close_structure, edit.close_unit, edit.sheet])
def test_what_is_not_in_the_registry_is_not_found(db, operation):
    with pytest.raises(NotFound):
        operation(db, ADELE, "990999999", NOW)


# Units


def test_a_unit_is_created_with_the_id_that_an_import_would_give_it(db):
    created = edit.create_unit(db, ADELE, CLINIC, UNIT, NOW)
    assert created == Unit(
        *(f"{CLINIC}-medecine-a-orientation-fictive", CLINIC, "Médecine à orientation fictive", "16", 12, "0199000011")
    )
    assert board_rows(db)[created.id]["available"] is None
    assert lines(db)[0][:4] == ("registry", "done", ADELE.id, f"unit:{created.id}")


def test_a_unit_of_the_same_name_is_refused_with_the_one_that_has_it(db):
    created = edit.create_unit(db, ADELE, CLINIC, UNIT, NOW)
    with pytest.raises(Refused, match="« Médecine à orientation fictive » de cette structure : modifiez-la"):
        edit.create_unit(db, ADELE, CLINIC, replace(UNIT, name="MEDECINE à orientation fictive"), NOW)
    edit.close_unit(db, ADELE, created.id, NOW)
    with pytest.raises(Refused, match="rouvrez-la"):
        edit.create_unit(db, ADELE, CLINIC, UNIT, NOW)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "nom de l'unité manque"),
        ({"name": "é" * 201}, "200 au plus"),
        ({"unit_type": "9999"}, "Choisissez le type"),
        ({"unit_type": ""}, "Choisissez le type"),
        ({"installed": "-1"}, "nombre entier"),
        ({"installed": "3,7"}, "nombre entier"),
        ({"installed": "10000"}, "dépasse 9999"),
        ({"telephone": "non"}, "10 chiffres"),
    ],
)
def test_what_cannot_be_a_unit_is_refused_in_a_sentence_and_nothing_is_written(db, changes, sentence):
    with pytest.raises(Refused, match=sentence):
        edit.create_unit(db, ADELE, CLINIC, replace(UNIT, **changes), NOW)
    assert len(rows(db, "unit")) == 12


def test_a_unit_belongs_to_a_structure_that_exists(db):
    with pytest.raises(NotFound, match="créez-la"):
        edit.create_unit(db, ADELE, "990999999", UNIT, NOW)
    with pytest.raises(Refused, match="9 caractères"):
        edit.create_unit(db, ADELE, "ailleurs", UNIT, NOW)


def test_an_edited_unit_keeps_its_id_its_structure_and_its_declarations(db):
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3)), NOW)
    edited = edit.edit_unit(db, ADELE, BY_ID[WARD], replace(UNIT, installed=""), NOW)
    assert (edited.id, edited.structure, edited.installed) == (WARD, HOSPITAL, None)
    assert (board_rows(db)[WARD]["name"], board_rows(db)[WARD]["available"]) == (edited.name, 3)
    with pytest.raises(Outdated):
        edit.edit_unit(db, ADELE, BY_ID[WARD], UNIT, NOW)


def test_a_form_drawn_before_a_closure_is_saved_and_leaves_the_unit_closed(db):
    edit.close_unit(db, ADELE, WARD, NOW)
    edited = edit.edit_unit(db, ADELE, BY_ID[WARD], replace(UNIT, name="Nouveau nom"), NOW)
    (stored,) = (unit for unit in edit.sheet(db, ADELE, HOSPITAL, NOW).units if unit.id == WARD)
    assert (stored, stored.name, stored.closed) == (edited, "Nouveau nom", True)


def test_a_type_out_of_use_stays_on_the_units_that_have_it_and_is_given_to_no_other(db):
    old = replace(UNIT, unit_type="116")
    with pytest.raises(Refused, match="Choisissez le type"):
        edit.create_unit(db, ADELE, CLINIC, old, NOW)
    with pytest.raises(Refused, match="Choisissez le type"):
        edit.edit_unit(db, ADELE, BY_ID[WARD], old, NOW)
    change_unit(db, WARD, unit_type="116")
    assert edit.edit_unit(db, ADELE, replace(BY_ID[WARD], unit_type="116"), old, NOW).unit_type == "116"


# Rights and published changes


OPERATIONS = {
    "search": lambda db, by: edit.search(db, by, "", NOW),
    "sheet": lambda db, by: edit.sheet(db, by, HOSPITAL, NOW),
    "create_structure": lambda db, by: edit.create_structure(db, by, TYPED, NOW),
    "edit_structure": lambda db, by: edit.edit_structure(db, by, EXISTING, as_typed(EXISTING, name="Autre"), NOW),
    "close_structure": lambda db, by: edit.close_structure(db, by, HOSPITAL, NOW),
    "reopen_structure": lambda db, by: edit.reopen_structure(db, by, HOSPITAL, NOW),
    "create_unit": lambda db, by: edit.create_unit(db, by, CLINIC, UNIT, NOW),
    "edit_unit": lambda db, by: edit.edit_unit(db, by, BY_ID[WARD], UNIT, NOW),
    "close_unit": lambda db, by: edit.close_unit(db, by, WARD, NOW),
    "reopen_unit": lambda db, by: edit.reopen_unit(db, by, CLOSED_UNIT, NOW),
}


@pytest.mark.parametrize("account", [CAMILLE, DOMINIQUE, CORALIE, replace(ADELE, disabled=True)], ids=lambda one: one.name)
@pytest.mark.parametrize("name", OPERATIONS)
def test_only_an_administrator_edits_the_registry_and_a_refusal_is_journalled(db, account, name):
    store_account(db, account)
    before = [rows(db, table) for table in ("legal_entity", "structure", "unit", "registry_change")]
    with pytest.raises(Forbidden):
        OPERATIONS[name](db, account)
    assert [rows(db, table) for table in ("legal_entity", "structure", "unit", "registry_change")] == before
    assert [line[:3] for line in lines(db)] == [("registry", "refused", account.id)]


def test_a_change_gives_the_registry_a_new_position_and_is_published(db):
    published_changes: list[events.CommitEvent] = []
    stop = events.subscribe(published_changes.append)
    edit.close_unit(db, ADELE, WARD, NOW)
    stop()
    with db.reader() as cursor:
        assert registry_changes.last_change(cursor) == db.position
    assert published_changes == [events.CommitEvent(db.position)]


def test_a_search_returns_how_many_match_in_all(db):
    matches, total = edit.search(db, ADELE, "fictif", NOW)
    assert (total, matches["structure"].to_pylist()) == (2, ["Centre fictif des Érables", "Hôpital fictif des Tilleuls"])


FIELDS = [(typed, name) for typed in (TYPED, UNIT) for name in typed.__dataclass_fields__]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FIELDS), st.text(max_size=30))
def test_any_text_in_a_field_is_accepted_in_plain_form_or_refused_in_a_sentence(field, text):
    typed, name = field
    check = checked_structure if typed is TYPED else partial(checked_unit, structure=HOSPITAL)
    entry, _ = outcome(check, replace(typed, **{name: text}))
    if entry is None:
        assert name not in ("address", "category") or text != plain(text)
    else:
        texts = [value for value in asdict(entry).values() if isinstance(value, str)]
        assert texts == [plain(value) for value in texts]
        assert entry.name == plain(text if name == "name" else typed.name) != ""
