"""Claims of an identity provider: they narrow the rights that an administrator gave, for the session that they open."""

import json
from dataclasses import replace

import pytest

from ror.errors import Forbidden, SettingsError
from ror.model.capacity import Counts
from ror.model.filters import Filters
from ror.model.rights import Narrowing, Perimeter, Role
from ror.services.accounts import administer, provided_rights, sign_in, single_sign_on
from ror.services.accounts.administer import AccountDraft
from ror.services.accounts.single_sign_on import SignOnFailed, SignOnReason
from ror.services.availability import consult, declare
from ror.services.availability.declare import DeclarationDraft
from ror.settings import settings
from ror.store import accounts
from ror.store.board import board as boards
from tests.region import (
    ADELE,
    CARDIAC,
    CLINIC,
    HOME_CARE,
    HOSPITAL,
    LINDENS,
    NOW,
    WARD,
    WATERWAY,
    store_account,
)

IDENTITY = "899700000001"
ROLES = "lits-saisie=manager; CN=Lits,OU=Groupes=professional"


@pytest.fixture
def narrow_by(monkeypatch):
    def use(role="", perimeter="", roles=ROLES):
        names = {"ROLE_CLAIM": role, "ROLES": roles, "PERIMETER_CLAIM": perimeter}
        for name, value in names.items():
            monkeypatch.setenv(f"ROR_OIDC_{name}", value)
        settings.cache_clear()

    return use


@pytest.fixture
def person(region):
    """Return an account that declares for a legal entity and for a unit of another one, and reads."""
    with region.reader() as cursor:
        stored, _ = accounts.by_login(cursor, "camille")
    roles = frozenset({Role.MANAGER, Role.PROFESSIONAL})
    keys = Perimeter(legal_entities=frozenset({LINDENS}), units=frozenset({HOME_CARE}))
    draft = AccountDraft(stored.login, stored.name, roles, keys, identity=IDENTITY)
    return administer.change_account(region, None, stored, draft, NOW)


def opened(db, claims):
    narrowing = provided_rights.narrowing_of(claims)
    ticket = single_sign_on.sign_in(db, IDENTITY, NOW, narrowing)
    token = sign_in.open_session(db, ticket, NOW, narrowing)
    return sign_in.account_of(db, token, NOW), token


@pytest.mark.parametrize(
    ("claims", "roles"),
    [
        ({"roles": ["lits-saisie", "autre"]}, {Role.MANAGER}),
        ({"roles": "lits-saisie autre"}, {Role.MANAGER}),
        ({"roles": ["CN=Lits,OU=Groupes"]}, {Role.PROFESSIONAL}),
        ({"roles": ["Anciens lits-saisie", "CN=x,lits-saisie"]}, set()),
        ({"roles": ["LITS-SAISIE", 7, None, True, {"x": "lits-saisie"}]}, set()),
        ({"roles": {"lits-saisie": 1}}, set()),
        ({}, set()),
    ],
)
def test_the_roles_of_a_claim_are_those_that_the_settings_name(narrow_by, claims, roles):
    narrow_by(role="roles")
    assert provided_rights.narrowing_of(claims) == Narrowing(roles=frozenset(roles))


def test_a_dotted_name_goes_into_objects_and_lists_unless_a_claim_has_that_very_name(narrow_by):
    narrow_by(role="realm_access.roles", perimeter="pro.exercices.activites.finess")
    practice = {"exercices": [{"activites": [{"finess": HOSPITAL}, {"finess": None}]}, {"activites": []}, {}]}
    narrowing = provided_rights.narrowing_of({"realm_access": {"roles": ["lits-saisie"]}, "pro": practice})
    assert narrowing == Narrowing(frozenset({Role.MANAGER}), frozenset({HOSPITAL}))
    narrowing = provided_rights.narrowing_of({"realm_access.roles": "lits-saisie"})
    assert narrowing == Narrowing(frozenset({Role.MANAGER}), frozenset())


@pytest.mark.parametrize(("name", "there"), [("roles", True), ("realm_access.roles", True), ("a.b", True), ("finess", False)])
def test_a_claim_is_there_by_its_name_or_by_what_its_dotted_name_begins_with(name, there):
    assert provided_rights.has_claim({"roles": [], "realm_access": {}, "a.b": 1}, name) is there


def test_the_numbers_of_a_claim_are_bounded(narrow_by):
    narrow_by(perimeter="finess")
    narrowing = provided_rights.narrowing_of({"finess": f"{HOSPITAL}, {CLINIC};2a0000001 1234 {'9' * 40}"})
    assert narrowing.finess == {HOSPITAL, CLINIC, "2A0000001"}
    numbers = [f"99{number:07}" for number in range(600)]
    assert len(provided_rights.narrowing_of({"finess": numbers}).finess) == provided_rights.MAX_NUMBERS


def test_without_a_claim_in_the_settings_nothing_is_narrowed(person, region):
    assert provided_rights.narrowing_of({"roles": [], "finess": []}) is None
    account, _ = opened(region, {"roles": []})
    assert (account.roles, account.perimeter) == (person.roles, person.perimeter)


@pytest.mark.parametrize("value", ["lits-saisie", "=manager", "lits=", "lits=chef", "a=manager;b"])
def test_a_mapping_that_cannot_be_read_stops_the_start(monkeypatch, value):
    monkeypatch.setenv("ROR_OIDC_ROLES", value)
    settings.cache_clear()
    with pytest.raises(SettingsError, match="ROR_OIDC_ROLES"):
        settings()


def test_a_claim_for_roles_without_what_its_values_mean_stops_the_start(monkeypatch):
    monkeypatch.setenv("ROR_OIDC_ROLE_CLAIM", "roles")
    settings.cache_clear()
    with pytest.raises(SettingsError, match="ROR_OIDC_ROLES"):
        settings()


def test_a_claim_gives_no_role_that_the_administrator_did_not_give(narrow_by, person, region):
    narrow_by(role="roles", roles="tout=administrator; tout-lire=coordinator; lits-saisie=manager")
    account, _ = opened(region, {"roles": ["tout", "tout-lire", "lits-saisie"]})
    assert account.roles == {Role.MANAGER}


def test_without_any_role_left_no_session_opens_and_it_is_journalled(narrow_by, person, region):
    narrow_by(role="roles")
    with pytest.raises(SignOnFailed) as refused:
        opened(region, {"roles": ["autre"]})
    assert refused.value.reason is SignOnReason.NO_ROLE
    assert signed_in(region) == [("refused", "", "")]


def signed_in(db):
    with db.reader() as cursor:
        return cursor.execute("SELECT outcome, actor, after FROM journal WHERE act = 'sign_in' ORDER BY number").fetchall()


def test_what_was_applied_is_in_the_line_of_the_sign_in(narrow_by, person, region):
    narrow_by(role="roles", perimeter="finess")
    opened(region, {"roles": ["lits-saisie"], "finess": [HOSPITAL]})
    (line,) = signed_in(region)
    assert line[:2] == ("done", person.id)
    assert json.loads(line[2]) == {"by": "single_sign_on", "roles": ["manager"], "within": [HOSPITAL]}


def listed(db, account):
    view = consult.view(db, boards.current(db), Filters(), NOW)
    return {row["unit"] for row in consult.own_units(db, account, view).to_pylist()}


@pytest.mark.parametrize(
    ("numbers", "may", "may_not"),
    [
        ([HOSPITAL], [WARD], [CARDIAC, HOME_CARE]),
        ([LINDENS], [WARD, CARDIAC], [HOME_CARE]),
        ([WATERWAY], [HOME_CARE], [WARD]),
        ([], [], [WARD, CARDIAC, HOME_CARE]),
    ],
)
def test_a_session_declares_for_what_the_account_and_the_claim_both_have(narrow_by, person, region, numbers, may, may_not):
    narrow_by(perimeter="finess")
    account, _ = opened(region, {"finess": numbers})
    own_units = listed(region, account)
    for unit in may:
        assert unit in own_units
        declare.declare(region, account, DeclarationDraft(unit, Counts(1), "", 0), NOW, confirmed=True)
    for unit in may_not:
        assert unit not in own_units
        with pytest.raises(Forbidden):
            declare.declare(region, account, DeclarationDraft(unit, Counts(1), "", 0), NOW, confirmed=True)


def test_a_right_taken_away_counts_at_once_in_a_narrowed_session_and_the_claim_gives_nothing_back(narrow_by, person, region):
    narrow_by(role="roles", perimeter="finess")
    account, token = opened(region, {"roles": ["lits-saisie"], "finess": [HOSPITAL, CLINIC]})
    clinic = Perimeter(structures=frozenset({CLINIC}))
    store_account(region, replace(person, perimeter=clinic))
    with pytest.raises(Forbidden):
        declare.declare(region, account, DeclarationDraft(WARD, Counts(1), "", 0), NOW, confirmed=True)
    now = sign_in.account_of(region, token, NOW)
    assert (now.perimeter.owns(WARD, HOSPITAL, LINDENS), now.perimeter.owns(CARDIAC, CLINIC, LINDENS)) == (False, True)
    store_account(region, replace(person, roles=frozenset({Role.COORDINATOR})))
    assert sign_in.account_of(region, token, NOW).roles == frozenset()


def test_an_administrator_narrowed_to_a_reader_administers_nothing(narrow_by, region):
    narrow_by(role="roles")
    roles = frozenset({Role.ADMINISTRATOR, Role.PROFESSIONAL})
    store_account(region, replace(ADELE, roles=roles, identity=IDENTITY))
    account, _ = opened(region, {"roles": ["CN=Lits,OU=Groupes"]})
    with pytest.raises(Forbidden):
        administer.create_account(region, account, AccountDraft("zoe", "Zoé", frozenset({Role.PROFESSIONAL})), NOW)


def test_a_session_opened_by_the_password_has_the_rights_of_the_account(narrow_by, person, region):
    narrow_by(role="roles")
    with region.reader() as cursor:
        ticket = sign_in.ticket_for(accounts.by_id(cursor, person.id))
    account = sign_in.account_of(region, sign_in.open_session(region, ticket, NOW), NOW)
    assert account.roles == person.roles
