"""The gestures of an administrator: for now, opening an account."""

import secrets
from collections.abc import Collection, Iterable

from ror.errors import Refused
from ror.model.rights import Account, Perimeter, Role
from ror.services.sign_in import PASSWORD_BYTES, hashed
from ror.store import accounts, registry
from ror.store.database import Database

SHORTEST_PASSWORD = 12


def create_account(
    db: Database, login: str, name: str, roles: Iterable[Role], structures: Collection[str], password: str
) -> Account:
    """Open an account; a manager's perimeter is the structures named. Raises `Refused`."""
    if not login.strip() or not name.strip():
        raise Refused("Indiquez un identifiant et un nom.")
    if len(password) < SHORTEST_PASSWORD or len(password.encode()) > PASSWORD_BYTES:
        raise Refused(
            f"Choisissez un mot de passe de {SHORTEST_PASSWORD} caractères au moins et de {PASSWORD_BYTES} octets au plus."
        )
    roles = frozenset(roles)
    if Role.MANAGER in roles and not structures:
        raise Refused("Un responsable de disponibilités répond d'au moins une structure : donnez son numéro FINESS.")
    perimeter = Perimeter(structures=frozenset(structures))
    account = Account(secrets.token_hex(8), login.strip(), name.strip(), roles, perimeter)
    with db.writer() as writer:
        if accounts.by_login(writer.cursor, account.login):
            raise Refused(f"L'identifiant {account.login} est déjà pris : choisissez-en un autre.")
        if unknown := perimeter.structures - registry.structure_numbers(writer.cursor):
            raise Refused(f"Structures inconnues : {', '.join(sorted(unknown))}. Importez d'abord le fichier FINESS.")
        accounts.add(writer, account, hashed(password))
    return account
