"""Rights: roles, actions, perimeter, and the one function that decides."""

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
        """The name of the role on the screens."""
        return {
            Role.PROFESSIONAL: "Professionnel de santé",
            Role.MANAGER: "Responsable de disponibilités",
            Role.COORDINATOR: "Coordonnateur",
            Role.ADMINISTRATOR: "Administrateur",
        }[self]


class Action(StrEnum):
    """The actions that need a right."""

    ENTER = "enter"
    CONSULT = "consult"
    DECLARE = "declare"
    HAND_OVER = "hand_over"
    EXPORT = "export"
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_REGISTRY = "manage_registry"
    MASK = "mask"
    READ_JOURNAL = "read_journal"

    @property
    def label(self) -> str:
        """The name of the action on the screens and in docs/security.md."""
        return {
            Action.ENTER: "Se connecter, gérer son compte, lire l'aide",
            Action.CONSULT: "Consulter les disponibilités",
            Action.DECLARE: "Déclarer pour les unités de son périmètre, et en télécharger la liste",
            Action.HAND_OVER: "Confier une unité de son périmètre à un collègue, la reprendre ou la rendre",
            Action.EXPORT: "Télécharger les tableaux de la consultation",
            Action.MANAGE_ACCOUNTS: "Gérer les comptes",
            Action.MANAGE_REGISTRY: "Gérer les structures, les unités et leurs types",
            Action.MASK: "Masquer un commentaire",
            Action.READ_JOURNAL: "Lire, exporter et purger le journal",
        }[self]


_READERS = frozenset({Role.PROFESSIONAL, Role.MANAGER, Role.COORDINATOR})
_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})

ALLOWED: dict[Action, frozenset[Role]] = {
    Action.ENTER: frozenset(Role),
    Action.CONSULT: _READERS,
    Action.DECLARE: frozenset({Role.MANAGER}),
    Action.HAND_OVER: frozenset({Role.MANAGER}),
    Action.EXPORT: frozenset({Role.COORDINATOR}),
    Action.MANAGE_ACCOUNTS: _ADMINISTRATORS,
    Action.MANAGE_REGISTRY: _ADMINISTRATORS,
    Action.MASK: _ADMINISTRATORS,
    Action.READ_JOURNAL: _ADMINISTRATORS,
}
ADMINISTRATION = (Action.MANAGE_ACCOUNTS, Action.MANAGE_REGISTRY, Action.MASK, Action.READ_JOURNAL)
"""The actions of an administrator; a setting may require a second factor for them."""


@dataclass(frozen=True, slots=True)
class Perimeter:
    """The perimeter of a manager: whole legal entities, structures (FINESS numbers) and single units (ids).

    `received` are units that colleagues hand over for a time (`model.handover`): read with the account, never written with it.
    """

    legal_entities: frozenset[str] = frozenset()
    structures: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    received: frozenset[str] = frozenset()

    def owns(self, unit: str, structure: str, legal_entity: str) -> bool:
        """Return whether the unit belongs to the perimeter by itself, by its structure or by its legal entity."""
        return unit in self.units or structure in self.structures or legal_entity in self.legal_entities

    def holds(self, unit: str, structure: str, legal_entity: str) -> bool:
        """Return whether the unit belongs to the perimeter, or is handed over to it for a time."""
        return unit in self.received or self.owns(unit, structure, legal_entity)

    def __bool__(self) -> bool:
        return bool(self.legal_entities or self.structures or self.units)


ERASED = "efface-"
"""The login of an account whose personal data were erased is this and its id."""


@dataclass(frozen=True, slots=True)
class Account:
    """The account of a person, or of the token of another system, which has no login.

    `id` is opaque and never changes, `login` is typed to sign in, `name` is shown to others. `identity` is the value of the
    account in single sign-on; `second_factor` whether one is in use. `generation` grows each time all its sessions are
    closed, and takes no part in comparisons.
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
        """Whether the personal data were erased: nobody can sign in with the account again."""
        return self.login == ERASED + self.id

    @property
    def of_token(self) -> bool:
        """Whether it is the account of a token: nobody can sign in with it, and it is not listed among people."""
        return not self.login


def entitled(account: Account, action: Action) -> bool:
    """Return whether the roles of an account allow an action at all: checked before a screen opens."""
    return not account.disabled and bool(account.roles & ALLOWED[action])


def may(account: Account, action: Action, unit: tuple[str, str, str] | None = None) -> bool:
    """Return whether an account may do an action; declaring and handing over need the unit: (id, structure, legal entity).

    A unit that was received is not handed over again.
    """
    perimeter = account.perimeter
    if action is Action.DECLARE and (unit is None or not perimeter.holds(*unit)):
        return False
    if action is Action.HAND_OVER and (unit is None or not perimeter.owns(*unit)):
        return False
    return entitled(account, action)
