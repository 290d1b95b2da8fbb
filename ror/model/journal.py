"""The lines of the journal, and their hash chain, which shows whether a line was changed, removed or inserted.

A line names accounts and network addresses by opaque ids: names and addresses are in tables of their own, so that they can
be erased without breaking the chain.
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
"""The `previous` hash of the first line."""


class Act(StrEnum):
    """The acts that are journalled."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    LINK_REQUESTED = "link_asked"
    INVITATION = "invitation"
    PASSWORD_CHANGED = "password_changed"
    SECOND_FACTOR = "second_factor"
    CONSULT = "consult"
    DECLARE = "declare"
    CONFIRM = "confirm"
    CLOSE_UNTIL = "close_until"
    UNDO = "undo"
    HANDOVER = "handover"
    CALL = "call"
    CORRECTION = "correction"
    REMINDER = "reminder"
    REPORT = "report"
    ALERT = "alert"
    CRISIS = "crisis"
    TENSION = "tension"
    MASK = "mask"
    FEEDBACK = "feedback"
    EXPORT = "export"
    IMPORT = "import"
    REGISTRY = "registry"
    ACCOUNT = "account"
    RIGHTS = "rights"
    TOKEN = "token"
    DISPLAY = "display"
    SESSIONS_CLOSED = "sessions_closed"
    PERSONAL_DATA = "personal_data"
    JOURNAL = "journal"
    BACKUP = "backup"
    RESTORE = "restore"
    COPY = "copy"

    @property
    def label(self) -> str:
        """The name of the act on the screens."""
        return _LABELS[self]


_LABELS = {
    Act.SIGN_IN: "Connexion",
    Act.SIGN_OUT: "Déconnexion",
    Act.LINK_REQUESTED: "Lien à usage unique",
    Act.INVITATION: "Invitation",
    Act.PASSWORD_CHANGED: "Mot de passe",
    Act.SECOND_FACTOR: "Second facteur",
    Act.CONSULT: "Consultation",
    Act.DECLARE: "Mise à jour",
    Act.CONFIRM: "Confirmation",
    Act.CLOSE_UNTIL: "Fermeture pour un temps",
    Act.UNDO: "Annulation",
    Act.HANDOVER: "Unité confiée",
    Act.CALL: "Appel",
    Act.CORRECTION: "Nombre passé corrigé",
    Act.REMINDER: "Rappel",
    Act.REPORT: "Rapport du jour",
    Act.ALERT: "Alerte",
    Act.CRISIS: "Événement",
    Act.TENSION: "Tension",
    Act.MASK: "Commentaire masqué",
    Act.FEEDBACK: "Retour d'un lecteur",
    Act.EXPORT: "Téléchargement",
    Act.IMPORT: "Import",
    Act.REGISTRY: "Répertoire",
    Act.ACCOUNT: "Compte",
    Act.RIGHTS: "Rôles et périmètre",
    Act.TOKEN: "Jeton",
    Act.DISPLAY: "Écran mural",
    Act.SESSIONS_CLOSED: "Sessions fermées",
    Act.PERSONAL_DATA: "Données personnelles",
    Act.JOURNAL: "Journal",
    Act.BACKUP: "Sauvegarde",
    Act.RESTORE: "Restauration",
    Act.COPY: "Copie vers une autre base",
}


class Outcome(StrEnum):
    """The outcome of an act."""

    DONE = "done"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The name of the outcome on the screens."""
        return "fait" if self is Outcome.DONE else "refusé"


class Origin(StrEnum):
    """The origin of an act that comes from no network address."""

    CONSOLE = "console"
    SERVICE = "service"
    UNKNOWN = "inconnue"

    @property
    def label(self) -> str:
        """The name of the origin on the screens."""
        return _ORIGINS[self]


_ORIGINS = {Origin.CONSOLE: "ligne de commande", Origin.SERVICE: "le service", Origin.UNKNOWN: "adresse inconnue"}


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line: `actor` and `origin` are ids ("" when nobody is signed in), `subject` is « account:… », « unit:… ».

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
        """The SHA-256 of all fields; the next line carries it as `previous`."""
        parts = (
            *(str(self.number), self.happened_at.astimezone(UTC).isoformat(timespec="microseconds"), self.act, self.outcome),
            *(self.actor, self.origin, self.subject, self.before, self.after, self.previous),
        )
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class JournalMark:
    """The number and the hash of a line. `journal verify` prints one, to be stored outside the service."""

    number: int = 0
    hash: str = START

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"

    @classmethod
    def read(cls, text: str) -> "JournalMark | None":
        """Parse a mark printed as NUMBER:HASH; None for anything else."""
        match = re.fullmatch(r"([0-9]{1,15}):([0-9a-f]{64})", text.strip())
        return cls(int(match[1]), match[2]) if match else None


@dataclass(frozen=True, slots=True)
class JournalBreak:
    """The line where the chain breaks, and the reason."""

    number: int
    reason: str


def to_json(values: Mapping[str, Any] | None) -> str:
    """Format the `before` or `after` of a line as JSON, keys in order: the same values give the same text; "" for none."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, default=str) if values else ""


def format_purge(checkpoint: JournalMark) -> dict[str, Any]:
    """Return the values of the journal line of a purge: its checkpoint, which is the mark of the last line removed."""
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
    noted: JournalMark | None = None,
) -> JournalBreak | None:
    """Return the first break of the chain, None when it holds.

    `lines` are in order, each with the hash stored beside it. `checkpoints` are the last lines of the purges, in order: the
    lines follow the last of them, and each must be in the journal line of a purge. `head` is the last line as the journal
    stores it, `noted` a mark that was stored outside the service: it cannot be checked when it is older than the last
    checkpoint, and is then ignored.
    """
    at = start = checkpoints[-1] if checkpoints else JournalMark()
    purged: set[JournalMark] = set()
    if noted is not None and noted.number == start.number and noted.hash != start.hash:
        return JournalBreak(noted.number, "is not the line that was noted elsewhere")
    for line, stored in lines:
        if line.number != at.number + 1:
            return JournalBreak(at.number + 1, "missing" if line.number > at.number + 1 else "inserted")
        if line.hash != stored:
            return JournalBreak(line.number, "changed")
        if line.previous != at.hash:
            return JournalBreak(line.number, "does not follow the line before, which was changed, removed or inserted")
        at = JournalMark(line.number, stored)
        if noted is not None and at.number == noted.number and at.hash != noted.hash:
            return JournalBreak(at.number, "is not the line that was noted elsewhere")
        if purge := parse_purge(line):
            purged.add(purge)
    if at.number < head.number or (noted is not None and at.number < noted.number):
        return JournalBreak(at.number + 1, "missing")
    if at != head:
        return JournalBreak(at.number, "inserted")
    unexplained = next((mark for mark in checkpoints if mark not in purged), None)
    return JournalBreak(unexplained.number, "removed with those before it by no purge of the journal") if unexplained else None
