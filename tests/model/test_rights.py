import pytest

from ror.model.rights import ADMINISTRATION, Account, Action, Perimeter, Role, entitled, may

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
        (Role.PROFESSIONAL, {Action.ENTER, Action.CONSULT}),
        (Role.MANAGER, {Action.ENTER, Action.CONSULT, Action.DECLARE, Action.HAND_OVER}),
        (Role.COORDINATOR, {Action.ENTER, Action.CONSULT, Action.EXPORT}),
        (Role.ADMINISTRATOR, {Action.ENTER, *ADMINISTRATION}),
    ],
)
def test_each_role_allows_its_actions_and_no_other(role, actions):
    assert {action for action in Action if may(account(role), action, UNIT)} == actions
    assert {action for action in Action if entitled(account(role), action)} == actions


def test_roles_add_up():
    both = account(Role.MANAGER, Role.ADMINISTRATOR)
    assert {action for action in Action if may(both, action, UNIT)} == set(Action) - {Action.EXPORT}
    assert all(may(account(*Role), action, UNIT) for action in Action)


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
