"""Who may do what: roles, perimeter, and the one function that decides."""

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """The four roles; an account may hold several."""

    PROFESSIONAL = "professional"
    MANAGER = "manager"
    COORDINATOR = "coordinator"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        """The role as the screen names it."""
        return {
            Role.PROFESSIONAL: "Professionnel de santé",
            Role.MANAGER: "Responsable de disponibilités",
            Role.COORDINATOR: "Coordonnateur",
            Role.ADMINISTRATOR: "Administrateur",
        }[self]


class Action(StrEnum):
    """What can be asked of the product."""

    CONSULT = "consult"
    DECLARE = "declare"
    EXPORT = "export"
    ADMINISTER = "administer"


ALLOWED: dict[Action, frozenset[Role]] = {
    Action.CONSULT: frozenset(Role),
    Action.DECLARE: frozenset({Role.MANAGER}),
    Action.EXPORT: frozenset(Role),
    Action.ADMINISTER: frozenset({Role.ADMINISTRATOR}),
}


@dataclass(frozen=True, slots=True)
class Perimeter:
    """What a manager answers for: whole legal entities, structures (FINESS numbers) and single units (ids)."""

    legal_entities: frozenset[str] = frozenset()
    structures: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()

    def holds(self, unit: str, structure: str, legal_entity: str) -> bool:
        """Whether the unit belongs to the perimeter by itself, by its structure or by its legal entity."""
        return unit in self.units or structure in self.structures or legal_entity in self.legal_entities


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who signs in; `id` never changes, `login` is what is typed, `name` what others read."""

    id: str
    login: str
    name: str
    roles: frozenset[Role]
    perimeter: Perimeter = field(default_factory=Perimeter)
    disabled: bool = False


def entitled(account: Account, action: Action) -> bool:
    """Whether the account's roles allow the action at all: what a screen asks before it opens."""
    return not account.disabled and bool(account.roles & ALLOWED[action])


def may(account: Account, action: Action, unit: tuple[str, str, str] | None = None) -> bool:
    """Whether the account may do it; declaring needs the unit, as (unit id, structure, legal entity)."""
    if action is Action.DECLARE and (unit is None or not account.perimeter.holds(*unit)):
        return False
    return entitled(account, action)
