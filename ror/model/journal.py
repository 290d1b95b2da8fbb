"""The journal: what is kept of each act, and the chain that shows whether a line was changed, removed or inserted.

A line names accounts and network addresses by ids that say nothing: names and addresses stand in tables of their own, so
that they can be erased without breaking the chain.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

_CHECKPOINT = "checkpoint"

START = "0" * 64
"""What the first line of all carries in place of the hash of the one before."""


class Act(StrEnum):
    """What is journalled."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    LINK_ASKED = "link_asked"
    PASSWORD_CHANGED = "password_changed"
    SECOND_FACTOR = "second_factor"
    CONSULT = "consult"
    DECLARE = "declare"
    CONFIRM = "confirm"
    CLOSE_UNTIL = "close_until"
    UNDO = "undo"
    MASK = "mask"
    EXPORT = "export"
    IMPORT = "import"
    REGISTRY = "registry"
    ACCOUNT = "account"
    RIGHTS = "rights"
    TOKEN = "token"
    SESSIONS_CLOSED = "sessions_closed"
    PERSONAL_DATA = "personal_data"
    JOURNAL = "journal"
    BACKUP = "backup"
    RESTORE = "restore"
    COPY = "copy"

    @property
    def label(self) -> str:
        """The act as the screen names it."""
        return _LABELS[self]


_LABELS = {
    Act.SIGN_IN: "Connexion",
    Act.SIGN_OUT: "Déconnexion",
    Act.LINK_ASKED: "Lien à usage unique",
    Act.PASSWORD_CHANGED: "Mot de passe",
    Act.SECOND_FACTOR: "Second facteur",
    Act.CONSULT: "Consultation",
    Act.DECLARE: "Mise à jour",
    Act.CONFIRM: "Confirmation",
    Act.CLOSE_UNTIL: "Fermeture pour un temps",
    Act.UNDO: "Annulation",
    Act.MASK: "Commentaire masqué",
    Act.EXPORT: "Téléchargement",
    Act.IMPORT: "Import",
    Act.REGISTRY: "Répertoire",
    Act.ACCOUNT: "Compte",
    Act.RIGHTS: "Rôles et périmètre",
    Act.TOKEN: "Jeton",
    Act.SESSIONS_CLOSED: "Sessions fermées",
    Act.PERSONAL_DATA: "Données personnelles",
    Act.JOURNAL: "Journal",
    Act.BACKUP: "Sauvegarde",
    Act.RESTORE: "Restauration",
    Act.COPY: "Copie vers une autre base",
}


class Outcome(StrEnum):
    """How an act ended."""

    DONE = "done"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The outcome as the screen names it."""
        return "fait" if self is Outcome.DONE else "refusé"


class Origin(StrEnum):
    """Where an act comes from when that is no network address."""

    CONSOLE = "console"
    SERVICE = "service"
    UNKNOWN = "inconnue"

    @property
    def label(self) -> str:
        """The place as the screen names it."""
        return _ORIGINS[self]


_ORIGINS = {Origin.CONSOLE: "ligne de commande", Origin.SERVICE: "le service", Origin.UNKNOWN: "adresse inconnue"}


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line: `actor` and `origin` are ids ("" when nobody is signed in), `subject` is « account:… », « unit:… »...

    `before` and `after` are JSON objects, "" for nothing. `previous` is the hash of the line before.
    """

    number: int
    happened_at: datetime
    act: str
    outcome: str
    actor: str
    origin: str
    subject: str
    before: str
    after: str
    previous: str

    @property
    def hash(self) -> str:
        """SHA-256 of everything above, which the next line carries."""
        parts = (
            *(str(self.number), self.happened_at.astimezone(UTC).isoformat(timespec="microseconds"), self.act, self.outcome),
            *(self.actor, self.origin, self.subject, self.before, self.after, self.previous),
        )
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class JournalMark:
    """A place in the chain: the number of a line and its hash. What `journal verify` prints, to be kept elsewhere."""

    number: int = 0
    hash: str = START

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"

    @classmethod
    def read(cls, text: str) -> "JournalMark | None":
        """The mark that was printed as NUMBER:HASH, None for anything else."""
        found = re.fullmatch(r"([0-9]{1,15}):([0-9a-f]{64})", text.strip())
        return cls(int(found[1]), found[2]) if found else None


@dataclass(frozen=True, slots=True)
class JournalBreak:
    """Where the chain does not hold, and how."""

    number: int
    why: str


def to_json(values: Mapping[str, Any] | None) -> str:
    """The JSON of a line's `before` or `after`: keys in order, so that the same values give the same text."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, default=str) if values else ""


def format_purge(checkpoint: JournalMark) -> dict[str, Any]:
    """Return what the journal line of a purge holds: its checkpoint, the last line removed, after which the journal goes on."""
    return {_CHECKPOINT: str(checkpoint)}


def parse_purge(line: JournalLine) -> JournalMark | None:
    """Return the checkpoint that `format_purge` wrote into a line, None when the line is not that of a purge."""
    if line.act != Act.JOURNAL or line.outcome != Outcome.DONE or _CHECKPOINT not in line.after:
        return None
    try:
        values = json.loads(line.after)
    except ValueError:
        return None
    return JournalMark.read(str(values.get(_CHECKPOINT))) if isinstance(values, dict) else None


def first_break(
    lines: Iterable[tuple[JournalLine, str]],
    checkpoints: Sequence[JournalMark],
    head: JournalMark,
    known: JournalMark | None = None,
) -> JournalBreak | None:
    """The first place where the chain breaks, None when it holds.

    `lines` are in order, each with the hash stored beside it; `checkpoints` are the last lines of the purges, in order: the
    lines follow the last of them, and each must stand in a line of the chain that tells of the purge. `head` is the last line
    as the journal itself remembers it, `known` a mark that somebody kept elsewhere: one older than the last checkpoint can
    no longer be checked, and is left alone.
    """
    at = start = checkpoints[-1] if checkpoints else JournalMark()
    told: set[JournalMark] = set()
    if known is not None and known.number == start.number and known.hash != start.hash:
        return JournalBreak(known.number, "is not the line that was noted elsewhere")
    for line, stored in lines:
        if line.number != at.number + 1:
            return JournalBreak(at.number + 1, "missing" if line.number > at.number + 1 else "inserted")
        if line.hash != stored:
            return JournalBreak(line.number, "changed")
        if line.previous != at.hash:
            return JournalBreak(line.number, "does not follow the line before, which was changed, removed or inserted")
        at = JournalMark(line.number, stored)
        if known is not None and at.number == known.number and at.hash != known.hash:
            return JournalBreak(at.number, "is not the line that was noted elsewhere")
        if purge := parse_purge(line):
            told.add(purge)
    if at.number < head.number or (known is not None and at.number < known.number):
        return JournalBreak(at.number + 1, "missing")
    if at != head:
        return JournalBreak(at.number, "inserted")
    untold = next((one for one in checkpoints if one not in told), None)
    return JournalBreak(untold.number, "removed with those before it by no purge of the journal") if untold else None
