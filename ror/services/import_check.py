"""Check that data of real establishments may be imported: the right, and a database without the demonstration."""

from datetime import datetime

from ror.errors import Refused
from ror.model.journal import Act
from ror.model.rights import Account, Action
from ror.services import journal
from ror.store import registry_changes
from ror.store.engine.database import Database


def check_import(db: Database, account: Account | None, now: datetime) -> None:
    """Raise `Forbidden`, journalled, without the right; raise `Refused` on the database of the demonstration.

    Real establishments never stand beside invented numbers.
    """
    journal.require(db, account, Action.MANAGE_REGISTRY, Act.IMPORT, "registry", now)
    if registry_changes.is_fictitious(db):
        raise Refused(
            "Cette base contient la démonstration : importez dans une base neuve (réglages ROR_DATABASE=autre-fichier "
            "et ROR_DEMO=0), pour qu'aucun établissement réel ne côtoie des nombres inventés."
        )
