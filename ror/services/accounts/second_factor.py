"""The second factor of an account: a code of six digits that changes every 30 s (TOTP), or a recovery code that serves once.

The secret that generates the codes is stored encrypted with the secret of the server, so that the database alone gives no
code. Once the server's secret has changed, second factors can only be used by their recovery codes, and an administrator
removes them.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ror.errors import NotFound, Refused
from ror.model.attempts import format_wait
from ror.model.journal import Act, Outcome
from ror.model.rights import Account, Action, Role
from ror.services import journal
from ror.services.accounts import attempts
from ror.settings import secret as server_secret
from ror.settings import settings
from ror.store import accounts, second_factor, sessions
from ror.store.engine.database import Database, Transaction

STEP_SECONDS = 30
_WRONG_CLOCK = 20
"""Steps. A last step further ahead was stored while the server's clock was wrong: it must not block the codes of years."""
MAX_CODE_LENGTH = 64
"""Characters. A longer text is no code, and is not read."""

RECOVERY_CODES = 10

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_CODE = re.compile(r"[0-9]{6}")
_SECRET = re.compile(r"[A-Z2-7]{32}")
_RECOVERY_CODE = re.compile(rf"[{_ALPHABET}]{{16}}")
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015]")
# Letters that look like a digit; the alphabet leaves them out.
_LOOKALIKES = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A new secret (32 characters of base32), not in use yet.

    `uri` is its `otpauth:` address, `qr` the QR code of that address, an SVG in a `data:` address.
    """

    secret: str
    uri: str
    qr: str


def propose(account: Account) -> Proposal:
    """Return a secret from which the account's application generates codes; nothing is stored."""
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    uri = pyotp.TOTP(secret, name=account.login, issuer=settings().service_name).provisioning_uri()
    return Proposal(secret, uri, segno.make(uri, error="m").svg_data_uri(scale=4))


def is_required(account: Account) -> bool:
    """Return whether the settings require a second factor of this account, which administers."""
    return settings().administrator_second_factor and Role.ADMINISTRATOR in account.roles


def codes_left(db: Database, account: Account) -> int:
    """Return the number of recovery codes that the account has not used yet."""
    with db.reader() as cursor:
        return second_factor.codes_left(cursor, account.id)


def enrol(db: Database, account: Account, secret: str, code: str, now: datetime) -> list[str]:
    """Put a proposed secret in use, proved by one of its codes; return the recovery codes, which are never shown again.

    By the account itself. Raises `Forbidden`, and `Refused` for a wrong code or when a second factor is in use already.
    """
    step = _step_of(secret, _normalized(code), now) if _SECRET.fullmatch(secret) else None
    codes = _new_codes()
    with _transaction(db, account, now) as transaction:
        if second_factor.get(transaction.cursor, account.id):
            raise Refused("Un second facteur est déjà actif : retirez-le avant d'en activer un autre.")
        _count(transaction, account, step is not None, "enrol", now)
        if step is not None:
            encrypted = _cipher(account.id).encrypt(secret.encode()).decode()
            second_factor.set_up(transaction, account.id, encrypted, step, [_hash(_normalized(one)) for one in codes])
    if step is None:
        raise _wrong_code()
    return codes


def remove(db: Database, account: Account, code: str, now: datetime) -> None:
    """Put the account's own second factor out of use, by a last code of it. Raises `Forbidden` and `Refused`."""
    if is_required(account):
        raise Refused("L'administration demande un second facteur : vous ne pouvez pas retirer le vôtre.")
    with _transaction(db, account, now) as transaction:
        correct = _count(transaction, account, verify(transaction, account.id, code, now), "remove", now)
        if correct:
            second_factor.remove(transaction, account.id)
    if not correct:
        raise _wrong_code()


def renew_codes(db: Database, account: Account, code: str, now: datetime) -> list[str]:
    """Replace the account's own recovery codes and return the new ones. Raises `Forbidden` and `Refused`."""
    codes = _new_codes()
    with _transaction(db, account, now) as transaction:
        correct = _count(transaction, account, verify(transaction, account.id, code, now), "renew_codes", now)
        if correct:
            second_factor.renew_codes(transaction, account.id, [_hash(_normalized(one)) for one in codes])
    if not correct:
        raise _wrong_code()
    return codes


def remove_by_administrator(db: Database, account: Account | None, target_id: str, now: datetime) -> None:
    """Put the lost second factor of another account out of use, and close the sessions of that account.

    Raises `Forbidden`, journalled, `NotFound`, and `Refused` when there is none, or for one's own account.
    """
    subject = f"account:{target_id}"
    with journal.authorized_transaction(db, account, Action.MANAGE_ACCOUNTS, Act.SECOND_FACTOR, subject, now) as transaction:
        target = accounts.by_id(transaction.cursor, target_id)
        if target is None or target.of_token:
            raise NotFound("Ce compte n'existe pas.")
        if account is not None and account.id == target_id:
            raise Refused("Retirez votre propre second facteur dans « Mon compte », par un code.")
        if not target.second_factor:
            raise Refused("Ce compte n'a pas de second facteur.")
        second_factor.remove(transaction, target_id)
        closed = sessions.close_sessions(transaction, target_id, now)
        after = {"action": "remove_by_administrator", "sessions_closed": closed}
        journal.record(transaction, Act.SECOND_FACTOR, account, subject, now, after=after)


@contextmanager
def _transaction(db: Database, account: Account, now: datetime) -> Iterator[Transaction]:
    """Yield the transaction of an action by a code. Raises `Refused` during the delay after wrong codes, before it is read."""
    with journal.authorized_transaction(
        db, account, Action.ENTER, Act.SECOND_FACTOR, f"account:{account.id}", now
    ) as transaction:
        if wait := attempts.wait_for_codes(transaction.cursor, account.id, now):
            raise Refused(f"Trop de codes faux. Attendez {format_wait(wait)} avant d'en taper un autre.")
        yield transaction


def _count(transaction: Transaction, account: Account, correct: bool, action: str, now: datetime) -> bool:
    """Journal the code typed for an action, and count it when it is wrong; return `correct`."""
    attempts.count_code(transaction, account.id, correct, now)
    outcome = Outcome.DONE if correct else Outcome.REFUSED
    subject = f"account:{account.id}"
    journal.record(transaction, Act.SECOND_FACTOR, account, subject, now, after={"action": action}, outcome=outcome)
    return correct


def _wrong_code() -> Refused:
    """Return the refusal of a wrong code, to raise after the transaction, which commits the count of wrong codes."""
    return Refused("Ce code n'est pas le bon, ou a déjà servi : tapez celui que votre application affiche maintenant.")


def _new_codes() -> list[str]:
    """Return recovery codes of 80 random bits, each in four groups of four."""
    codes = ("".join(secrets.choice(_ALPHABET) for _ in range(16)) for _ in range(RECOVERY_CODES))
    return ["-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in codes]


def verify(transaction: Transaction, account_id: str, code: str, now: datetime) -> bool:
    """Return whether the code, of the application or a recovery code, opens the account; a correct code is spent.

    Spaces, hyphens and case are ignored. Returns False for a text that is no code; never raises.
    """
    normalized = _normalized(code)
    if _TIME_CODE.fullmatch(normalized):
        return _verify_time_code(transaction, account_id, normalized, now)
    recovery_code = normalized.upper().translate(_LOOKALIKES)
    if not _RECOVERY_CODE.fullmatch(recovery_code):
        return False
    return second_factor.use_recovery_code(transaction, account_id, _hash(recovery_code))


def _normalized(code: str) -> str:
    """Return the code without separators, "" for a text that is too long."""
    return _SEPARATORS.sub("", code) if len(code) <= MAX_CODE_LENGTH else ""


def _verify_time_code(transaction: Transaction, account_id: str, code: str, now: datetime) -> bool:
    stored = second_factor.get(transaction.cursor, account_id)
    secret = _decrypted(account_id, stored[0]) if stored else None
    if stored is None or secret is None:
        return False
    step = _step_of(secret, code, now)
    if step is None or step <= stored[1] <= step + _WRONG_CLOCK:
        return False
    second_factor.set_last_step(transaction, account_id, step)
    return True


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step of the code, the present one or a neighbour since clocks differ; None when it has none."""
    if not _TIME_CODE.fullmatch(code):
        return None
    totp, present = pyotp.TOTP(secret, interval=STEP_SECONDS), int(now.timestamp()) // STEP_SECONDS
    steps = (step for step in (present + 1, present, present - 1) if hmac.compare_digest(totp.generate_otp(step), code))
    return next(steps, None)


def _hash(recovery_code: str) -> str:
    return hashlib.sha256(recovery_code.encode()).hexdigest()


def _cipher(account_id: str) -> Fernet:
    """Return the cipher of one account: a secret copied to another account cannot be decrypted."""
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"second factor of " + account_id.encode())
    return Fernet(base64.urlsafe_b64encode(kdf.derive(server_secret().encode())))


def _decrypted(account_id: str, encrypted: str) -> str | None:
    """Return the secret, None when it was encrypted with another secret of the server."""
    try:
        return _cipher(account_id).decrypt(encrypted.encode()).decode()
    except InvalidToken:
        return None
