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

    ENTER = "enter"
    CONSULT = "consult"
    DECLARE = "declare"
    EXPORT = "export"
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_REGISTRY = "manage_registry"
    MASK = "mask"
    READ_JOURNAL = "read_journal"

    @property
    def label(self) -> str:
        """The action as the screen and docs/security.md name it."""
        return {
            Action.ENTER: "Se connecter, gérer son compte, lire l'aide",
            Action.CONSULT: "Consulter les disponibilités",
            Action.DECLARE: "Déclarer pour les unités de son périmètre, et en télécharger la liste",
            Action.EXPORT: "Télécharger les tableaux de la consultation",
            Action.MANAGE_ACCOUNTS: "Gérer les comptes",
            Action.MANAGE_REGISTRY: "Gérer les structures et les unités",
            Action.MASK: "Masquer un commentaire",
            Action.READ_JOURNAL: "Lire, exporter et purger le journal",
        }[self]


_READERS = frozenset({Role.PROFESSIONAL, Role.MANAGER, Role.COORDINATOR})
_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})

ALLOWED: dict[Action, frozenset[Role]] = {
    Action.ENTER: frozenset(Role),
    Action.CONSULT: _READERS,
    Action.DECLARE: frozenset({Role.MANAGER}),
    Action.EXPORT: frozenset({Role.COORDINATOR}),
    Action.MANAGE_ACCOUNTS: _ADMINISTRATORS,
    Action.MANAGE_REGISTRY: _ADMINISTRATORS,
    Action.MASK: _ADMINISTRATORS,
    Action.READ_JOURNAL: _ADMINISTRATORS,
}
ADMINISTRATION = (Action.MANAGE_ACCOUNTS, Action.MANAGE_REGISTRY, Action.MASK, Action.READ_JOURNAL)
"""What an administrator does; a setting may ask a second factor for it."""


@dataclass(frozen=True, slots=True)
class Perimeter:
    """What a manager answers for: whole legal entities, structures (FINESS numbers) and single units (ids)."""

    legal_entities: frozenset[str] = frozenset()
    structures: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()

    def holds(self, unit: str, structure: str, legal_entity: str) -> bool:
        """Whether the unit belongs to the perimeter by itself, by its structure or by its legal entity."""
        return unit in self.units or structure in self.structures or legal_entity in self.legal_entities

    def __bool__(self) -> bool:
        return bool(self.legal_entities or self.structures or self.units)


ERASED = "efface-"
"""The login of an account whose personal data were erased is this and its id."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who signs in, or a token of another system: that one has no login.

    `id` never changes and says nothing, `login` is what is typed, `name` what others read.
    `identity` is the value by which single sign-on knows the account; `second_factor` whether one is in use.
    `generation` grows each time all its sessions are closed; it says nothing of who the account is.
    """

    id: str
    login: str
    name: str
    roles: frozenset[Role]
    perimeter: Perimeter = field(default_factory=Perimeter)
    disabled: bool = False
    mail: str = ""
    identity: str = ""
    second_factor: bool = False
    generation: int = field(default=0, compare=False)

    @property
    def erased(self) -> bool:
        """Whether the personal data were erased: nobody signs in with the account again."""
        return self.login == ERASED + self.id

    @property
    def of_token(self) -> bool:
        """Whether it is what a token acts as: nobody signs in with it, and it is none of people's accounts."""
        return not self.login


def entitled(account: Account, action: Action) -> bool:
    """Whether the account's roles allow the action at all: what a screen asks before it opens."""
    return not account.disabled and bool(account.roles & ALLOWED[action])


def may(account: Account, action: Action, unit: tuple[str, str, str] | None = None) -> bool:
    """Whether the account may do it; declaring needs the unit, as (unit id, structure, legal entity)."""
    if action is Action.DECLARE and (unit is None or not account.perimeter.holds(*unit)):
        return False
    return entitled(account, action)
