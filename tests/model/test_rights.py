from dataclasses import replace

import pytest

from ror.model.rights import ADMINISTRATION, EVERYWHERE, Account, Action, Narrowing, Perimeter, Role, entitled, may, narrowed

UNIT = ("990750001-02", "990750001", "990000101")
BY_UNIT, BY_STRUCTURE, BY_ENTITY = (
    Perimeter(units=frozenset({UNIT[0]})),
    Perimeter(structures=frozenset({UNIT[1]})),
    Perimeter(legal_entities=frozenset({UNIT[2]})),
)


def account(*roles: Role, perimeter: Perimeter = BY_ENTITY, disabled: bool = False) -> Account:
    return Account("a", "a", "A", frozenset(roles), perimeter, disabled)


@pytest.mark.parametrize(
    ("role", "actions"),
    [
        (Role.PROFESSIONAL, {Action.ENTER, Action.CONSULT, Action.GIVE_FEEDBACK, Action.READ_RELIABILITY}),
        (Role.MANAGER, {Action.ENTER, Action.CONSULT, Action.DECLARE, Action.HAND_OVER, Action.READ_AUTHORS}),
        (
            Role.COORDINATOR,
            {
                *(Action.ENTER, Action.CONSULT, Action.EXPORT, Action.COORDINATE),
                *(Action.GIVE_FEEDBACK, Action.MANAGE_DISPLAYS, Action.READ_RELIABILITY),
            },
        ),
        (
            Role.ADMINISTRATOR,
            {
                *(Action.ENTER, Action.CONSULT, Action.READ_AUTHORS, Action.GIVE_FEEDBACK, Action.MANAGE_DISPLAYS),
                *ADMINISTRATION,
            },
        ),
    ],
)
def test_each_role_allows_its_actions_and_no_other(role, actions):
    assert {action for action in Action if may(account(role), action, UNIT)} == actions
    # A manager reports on the numbers of other units than its own.
    elsewhere = {Action.GIVE_FEEDBACK} if role is Role.MANAGER else set()
    assert {action for action in Action if entitled(account(role), action)} == actions | elsewhere


def test_roles_add_up():
    two_roles = account(Role.MANAGER, Role.ADMINISTRATOR)
    assert {action for action in Action if may(two_roles, action, UNIT)} == set(Action) - {
        Action.READ_RELIABILITY,
        Action.EXPORT,
        Action.COORDINATE,
        Action.DECLARE_FOR_OTHERS,
        Action.GIVE_FEEDBACK,
    }
    never = [Action.DECLARE_FOR_OTHERS, Action.GIVE_FEEDBACK]
    assert [action for action in Action if not may(account(*Role), action, UNIT)] == never


def test_no_role_declares_for_others_without_a_grant_and_a_grant_serves_in_its_departments_alone():
    def allowed(*roles, grant, department="75"):
        granted = replace(account(*roles), declares_for_others=frozenset(grant))
        return may(granted, Action.DECLARE_FOR_OTHERS, UNIT, department)

    assert not allowed(*Role, grant=())
    assert allowed(Role.COORDINATOR, grant={"75", "93"})
    assert not allowed(Role.COORDINATOR, grant={"75", "93"}, department="94")
    assert allowed(Role.COORDINATOR, grant=EVERYWHERE, department="94")
    assert not allowed(Role.MANAGER, Role.ADMINISTRATOR, Role.PROFESSIONAL, grant=EVERYWHERE)
    assert not allowed(Role.COORDINATOR, grant={"75"}, department="")


def test_single_sign_on_leaves_the_grant_only_with_the_role_of_coordinator():
    granted = replace(account(Role.COORDINATOR, Role.MANAGER), declares_for_others=EVERYWHERE)
    coordinator, manager = (narrowed(granted, Narrowing(frozenset({role}))) for role in (Role.COORDINATOR, Role.MANAGER))
    assert may(coordinator, Action.DECLARE_FOR_OTHERS, UNIT, "75")
    assert not may(manager, Action.DECLARE_FOR_OTHERS, UNIT, "75")


@pytest.mark.parametrize("restricted", [account(), account(*Role, disabled=True)], ids=["no role", "disabled"])
def test_an_account_without_role_or_disabled_has_no_right(restricted):
    assert not any(may(restricted, action, UNIT) or entitled(restricted, action) for action in Action)


@pytest.mark.parametrize("perimeter", [BY_UNIT, BY_STRUCTURE, BY_ENTITY], ids=["unit", "structure", "legal entity"])
def test_a_manager_declares_for_a_unit_of_the_perimeter_by_itself_its_structure_or_its_legal_entity(perimeter):
    assert may(account(Role.MANAGER, perimeter=perimeter), Action.DECLARE, UNIT)


@pytest.mark.parametrize("stranger", [("other", "other", "other"), (UNIT[1], UNIT[2], UNIT[0]), None])
def test_a_manager_declares_for_no_unit_outside_the_perimeter(stranger):
    everything = Perimeter(BY_ENTITY.legal_entities, BY_STRUCTURE.structures, BY_UNIT.units)
    assert not may(account(Role.MANAGER, perimeter=everything), Action.DECLARE, stranger)


def test_the_authors_of_a_unit_are_for_the_managers_of_its_perimeter_and_for_administrators():
    lent = Perimeter(received=frozenset({UNIT[0]}))
    assert may(account(Role.MANAGER), Action.READ_AUTHORS, UNIT)
    assert may(account(Role.ADMINISTRATOR, perimeter=Perimeter()), Action.READ_AUTHORS, UNIT)
    assert may(account(Role.MANAGER, perimeter=lent), Action.DECLARE, UNIT)
    assert not may(account(Role.MANAGER, perimeter=lent), Action.READ_AUTHORS, UNIT)
    assert not may(account(Role.PROFESSIONAL, Role.COORDINATOR), Action.READ_AUTHORS, UNIT)


@pytest.mark.parametrize("perimeter", [BY_UNIT, BY_STRUCTURE, BY_ENTITY, Perimeter(received=frozenset({UNIT[0]}))])
def test_who_declares_for_a_unit_does_not_report_on_its_number_and_everybody_else_does(perimeter):
    other = ("other", "other", "other")
    assert not may(account(Role.MANAGER, perimeter=perimeter), Action.GIVE_FEEDBACK, UNIT)
    assert may(account(Role.MANAGER, perimeter=perimeter), Action.GIVE_FEEDBACK, other)
    assert may(account(Role.PROFESSIONAL, perimeter=perimeter), Action.GIVE_FEEDBACK, UNIT)
    assert not may(account(Role.PROFESSIONAL), Action.GIVE_FEEDBACK)


@pytest.mark.parametrize("role", Role)
def test_a_token_reports_by_its_own_scope_alone(role):
    token = Account("token-a", "", "A", frozenset({role}))
    assert entitled(token, Action.GIVE_FEEDBACK) is (role is Role.PROFESSIONAL)


def test_a_token_that_administers_does_not_consult():
    token = Account("token-a", "", "A", frozenset({Role.ADMINISTRATOR}))
    assert not entitled(token, Action.CONSULT)
    assert entitled(token, Action.READ_JOURNAL)


def test_a_perimeter_of_a_single_kind_of_key_is_not_empty():
    assert all((BY_UNIT, BY_STRUCTURE, BY_ENTITY))
    assert not Perimeter()


def test_an_empty_perimeter_holds_nothing():
    manager = account(Role.MANAGER, perimeter=Perimeter())
    assert entitled(manager, Action.DECLARE)
    assert not may(manager, Action.DECLARE, UNIT)


@pytest.mark.parametrize("action", [Action.CONSULT, Action.EXPORT])
def test_reading_needs_no_perimeter(action):
    reader = account(Role.COORDINATOR, perimeter=Perimeter())
    assert may(reader, action)
    assert may(reader, action, UNIT)


def test_roles_are_named_as_the_guide_names_them():
    assert (Role.MANAGER.label, Role.PROFESSIONAL.label) == ("Responsable de disponibilités", "Professionnel de santé")
    assert len({role.label for role in Role}) == len(Role)
