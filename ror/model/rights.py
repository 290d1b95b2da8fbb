"""Rights: roles, actions, perimeters, and `may`, the one function that decides."""

from dataclasses import dataclass, field, replace
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
    READ_AUTHORS = "read_authors"
    READ_RELIABILITY = "read_reliability"
    EXPORT = "export"
    COORDINATE = "coordinate"
    DECLARE_FOR_OTHERS = "declare_for_others"
    GIVE_FEEDBACK = "give_feedback"
    MANAGE_DISPLAYS = "manage_displays"
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
            Action.READ_AUTHORS: "Voir qui a changé le nombre d'une unité (un responsable : de son périmètre)",
            Action.READ_RELIABILITY: "Voir combien d'appels ont confirmé les nombres d'une unité",
            Action.EXPORT: "Télécharger les tableaux de la consultation",
            Action.COORDINATE: "Suivre le tour d'appels, les événements et les rapports de la région",
            Action.DECLARE_FOR_OTHERS: "Écrire pour une unité un nombre appris par téléphone, si son compte y est habilité",
            Action.GIVE_FEEDBACK: "Dire si un nombre est exact (celui d'une unité d'un autre périmètre)",
            Action.MANAGE_DISPLAYS: "Ouvrir l'écran mural, et donner ou retirer celui d'une salle",
            Action.MANAGE_ACCOUNTS: "Gérer les comptes",
            Action.MANAGE_REGISTRY: "Gérer les structures, les unités et leurs types",
            Action.MASK: "Masquer un commentaire",
            Action.READ_JOURNAL: "Lire, exporter et purger le journal",
        }[self]


_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})

ALLOWED: dict[Action, frozenset[Role]] = {
    Action.ENTER: frozenset(Role),
    Action.CONSULT: frozenset(Role),
    Action.DECLARE: frozenset({Role.MANAGER}),
    Action.HAND_OVER: frozenset({Role.MANAGER}),
    Action.READ_AUTHORS: frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
    Action.READ_RELIABILITY: frozenset({Role.PROFESSIONAL, Role.COORDINATOR}),
    Action.EXPORT: frozenset({Role.COORDINATOR}),
    Action.COORDINATE: frozenset({Role.COORDINATOR}),
    Action.DECLARE_FOR_OTHERS: frozenset({Role.COORDINATOR}),
    Action.GIVE_FEEDBACK: frozenset(Role),
    Action.MANAGE_DISPLAYS: frozenset({Role.COORDINATOR, Role.ADMINISTRATOR}),
    Action.MANAGE_ACCOUNTS: _ADMINISTRATORS,
    Action.MANAGE_REGISTRY: _ADMINISTRATORS,
    Action.MASK: _ADMINISTRATORS,
    Action.READ_JOURNAL: _ADMINISTRATORS,
}
_FOR_PEOPLE_ONLY = (Action.READ_RELIABILITY, Action.COORDINATE, Action.MANAGE_DISPLAYS)
"""The actions that no token of another system does, whatever its scopes."""

ADMINISTRATION = (Action.MANAGE_ACCOUNTS, Action.MANAGE_REGISTRY, Action.MASK, Action.READ_JOURNAL)
"""The actions of an administrator; a setting may require a second factor for them."""


@dataclass(frozen=True, slots=True)
class Perimeter:
    """The perimeter of a manager: whole legal entities, structures (FINESS numbers) and single units (ids).

    `received` are units that colleagues hand over for a time (`model.handover`): read with the account, never written with it.
    `within` restricts its own units to those that are also in another perimeter: see `Narrowing`.
    """

    legal_entities: frozenset[str] = frozenset()
    structures: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    received: frozenset[str] = frozenset()
    within: "Perimeter | None" = None

    @property
    def entries(self) -> list[tuple[str, str]]:
        """The kind and the key of each of its own entries, by kind (legal_entity, structure, unit) and then by key."""
        by_kind = {"legal_entity": self.legal_entities, "structure": self.structures, "unit": self.units}
        return [(kind, key) for kind, keys in by_kind.items() for key in sorted(keys)]

    def owns(self, unit: str, structure: str, legal_entity: str) -> bool:
        """Return whether the unit belongs to the perimeter by itself, by its structure or by its legal entity."""
        own = unit in self.units or structure in self.structures or legal_entity in self.legal_entities
        return own and (self.within is None or self.within.owns(unit, structure, legal_entity))

    def holds(self, unit: str, structure: str, legal_entity: str) -> bool:
        """Return whether the unit belongs to the perimeter, or is handed over to it for a time."""
        return unit in self.received or self.owns(unit, structure, legal_entity)

    def __bool__(self) -> bool:
        return bool(self.legal_entities or self.structures or self.units)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What an identity provider leaves of the rights of an account, in the session that it opened; None leaves all of them.

    It never adds any. `roles` are the only roles, and `finess` the numbers of the only structures and legal entities, that the
    account may use among those that an administrator gave.
    """

    roles: frozenset[Role] | None = None
    finess: frozenset[str] | None = None


EVERYWHERE = frozenset({"*"})
"""The value of `Account.declares_for_others` for every département."""

ERASED = "efface-"
"""The login of an account whose personal data were erased is this and its id."""


@dataclass(frozen=True, slots=True)
class Account:
    """The account of a person, or of the token of another system, which has no login.

    `id` is opaque and never changes, `login` is typed to sign in, `name` is shown to others. `identity` is the value of the
    account in single sign-on; `second_factor` whether one is in use. `declares_for_others` are the départements for whose
    units a coordinator may write a number learnt by telephone: none unless an administrator grants them, or `EVERYWHERE`.
    `generation` grows each time all its sessions are closed. `narrowing` is that of the session that the account was read
    for. Neither takes part in comparisons.
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
    declares_for_others: frozenset[str] = frozenset()
    generation: int = field(default=0, compare=False)
    narrowing: Narrowing | None = field(default=None, compare=False)

    @property
    def erased(self) -> bool:
        """Whether the personal data were erased: nobody can sign in with the account again."""
        return self.login == ERASED + self.id

    @property
    def of_token(self) -> bool:
        """Whether it is the account of a token: nobody can sign in with it, and it is not listed among people."""
        return not self.login


def narrowed(account: Account, narrowing: Narrowing | None) -> Account:
    """Return an account, read with its own rights, with what a narrowing leaves of them."""
    if narrowing is None:
        return account
    roles, perimeter = account.roles, account.perimeter
    if narrowing.roles is not None:
        roles &= narrowing.roles
    if narrowing.finess is not None:
        perimeter = replace(perimeter, within=Perimeter(narrowing.finess, narrowing.finess))
    return replace(account, roles=roles, perimeter=perimeter, narrowing=narrowing)


def entitled(account: Account, action: Action) -> bool:
    """Return whether the roles of an account allow an action at all: checked before a screen opens.

    A token that administers may not consult: a system that reads asks for the scope to read. A token that only reads or
    declares may not report: that is a scope of its own. No token coordinates or reads the results of calls, and no role
    declares for others without a grant.
    """
    if action is Action.DECLARE_FOR_OTHERS and not account.declares_for_others:
        return False
    if account.of_token and action in _FOR_PEOPLE_ONLY:
        return False
    roles = account.roles
    if account.of_token and action is Action.CONSULT:
        roles -= {Role.ADMINISTRATOR}
    if account.of_token and action is Action.GIVE_FEEDBACK:
        roles &= {Role.PROFESSIONAL}
    return not account.disabled and bool(roles & ALLOWED[action])


def may(account: Account, action: Action, unit: tuple[str, str, str] | None = None, department: str = "") -> bool:
    """Return whether an account may do an action.

    Actions about one unit need `unit`: (id, structure, legal entity). The right to declare for others is granted by
    `department`, that of the unit.

    The receiver of a unit may not hand it over again, nor read who declared for it. An administrator may read the authors of
    every unit, as in the journal. An account that declares for a unit may not report on its number.
    """
    perimeter = account.perimeter
    if action is Action.DECLARE_FOR_OTHERS and not account.declares_for_others & {department or "?", *EVERYWHERE}:
        return False
    if action is Action.GIVE_FEEDBACK and (unit is None or may(account, Action.DECLARE, unit)):
        return False
    if action is Action.DECLARE and (unit is None or not perimeter.holds(*unit)):
        return False
    if action is Action.HAND_OVER and (unit is None or not perimeter.owns(*unit)):
        return False
    if (
        action is Action.READ_AUTHORS
        and Role.ADMINISTRATOR not in account.roles
        and (unit is None or not perimeter.owns(*unit))
    ):
        return False
    return entitled(account, action)
