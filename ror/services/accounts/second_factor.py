"""The second factor of an account: a code of six digits that changes every 30 s (TOTP), or a recovery code that serves once.

The secret that makes the codes is stored sealed by the secret of the server: the database read without that secret gives no
code. The other side of it: once the server's secret has changed, second factors cannot be used any more (their recovery
codes still are) and an administrator removes them.
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
from typing import NoReturn

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
"""A last step so far ahead was noted while the server's clock was wrong: it must not refuse the codes of years."""
LONGEST_CODE = 64
"""What is typed beyond is no code: it is not even read."""

RECOVERY_CODES = 10

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_CODE = re.compile(r"[0-9]{6}")
_SECRET = re.compile(r"[A-Z2-7]{32}")
_RECOVERY_CODE = re.compile(rf"[{_ALPHABET}]{{16}}")
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015]")
# Letters that are read for a digit, which the alphabet leaves out.
_LOOKALIKES = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A new secret (32 characters of base32), not in use yet: as an `otpauth:` address, and that as a picture to scan.

    `qr` is an SVG in a `data:` address.
    """

    secret: str
    uri: str
    qr: str


def propose(account: Account) -> Proposal:
    """A secret for the account's application to make codes from; nothing is stored."""
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    uri = pyotp.TOTP(secret, name=account.login, issuer=settings().service_name).provisioning_uri()
    return Proposal(secret, uri, segno.make(uri, error="m").svg_data_uri(scale=4))


def required(account: Account) -> bool:
    """Whether a setting asks a second factor of this account: one that administers."""
    return settings().administrator_second_factor and Role.ADMINISTRATOR in account.roles


def codes_left(db: Database, account: Account) -> int:
    """How many recovery codes the account has not used yet."""
    with db.reader() as cursor:
        return second_factor.codes_left(cursor, account.id)


def enrol(db: Database, account: Account, secret: str, code: str, now: datetime) -> list[str]:
    """Put a proposed secret in use, proved by a code of it; returns the recovery codes, which are never shown again.

    By the account itself. Raises `Forbidden`, and `Refused` for a wrong code or when a second factor is in use already.
    """
    step = _step_of(secret, _typed(code), now) if _SECRET.fullmatch(secret) else None
    codes = _new_codes()
    with _gesture(db, account, now) as transaction:
        if second_factor.of(transaction.cursor, account.id):
            raise Refused("Un second facteur est déjà actif : retirez-le avant d'en activer un autre.")
        _counted(transaction, account, step is not None, "enrol", now)
        if step is not None:
            sealed = _seal(account.id).encrypt(secret.encode()).decode()
            second_factor.set_up(transaction, account.id, sealed, step, [_hash(_typed(one)) for one in codes])
    return codes if step is not None else _refuse()


def remove(db: Database, account: Account, code: str, now: datetime) -> None:
    """Put the account's own second factor out of use, by a last code of it. Raises `Forbidden` and `Refused`."""
    if required(account):
        raise Refused("L'administration demande un second facteur : vous ne pouvez pas retirer le vôtre.")
    with _gesture(db, account, now) as transaction:
        if right := _counted(transaction, account, verify(transaction, account.id, code, now), "remove", now):
            second_factor.remove(transaction, account.id)
    if not right:
        _refuse()


def renew_codes(db: Database, account: Account, code: str, now: datetime) -> list[str]:
    """New recovery codes for the account itself, in place of those before. Raises `Forbidden` and `Refused`."""
    codes = _new_codes()
    with _gesture(db, account, now) as transaction:
        if right := _counted(transaction, account, verify(transaction, account.id, code, now), "renew_codes", now):
            second_factor.renew_codes(transaction, account.id, [_hash(_typed(one)) for one in codes])
    return codes if right else _refuse()


def remove_by_administrator(db: Database, actor: Account | None, account_id: str, now: datetime) -> None:
    """Put the second factor of somebody who lost it out of use, and close that account's sessions.

    Raises `Forbidden`, journalled, `NotFound`, and `Refused` when there is none, or for one's own.
    """
    subject = f"account:{account_id}"
    with journal.authorized_transaction(db, actor, Action.MANAGE_ACCOUNTS, Act.SECOND_FACTOR, subject, now) as transaction:
        account = accounts.by_id(transaction.cursor, account_id)
        if account is None or account.of_token:
            raise NotFound("Ce compte n'existe pas.")
        if actor is not None and actor.id == account_id:
            raise Refused("Retirez votre propre second facteur dans « Mon compte », par un code.")
        if not account.second_factor:
            raise Refused("Ce compte n'a pas de second facteur.")
        second_factor.remove(transaction, account_id)
        closed = sessions.close_sessions(transaction, account_id, now)
        after = {"gesture": "remove_by_administrator", "sessions_closed": closed}
        journal.record(transaction, Act.SECOND_FACTOR, actor, subject, now, after=after)


@contextmanager
def _gesture(db: Database, account: Account, now: datetime) -> Iterator[Transaction]:
    """The transaction of a gesture by a code; raises `Refused` during the delay that wrong ones ask, before any is read."""
    with journal.authorized_transaction(
        db, account, Action.ENTER, Act.SECOND_FACTOR, f"account:{account.id}", now
    ) as transaction:
        if wait := attempts.wait_for_codes(transaction.cursor, account.id, now):
            raise Refused(f"Trop de codes faux. Attendez {format_wait(wait)} avant d'en taper un autre.")
        yield transaction


def _counted(transaction: Transaction, account: Account, right: bool, gesture: str, now: datetime) -> bool:
    """Journal the code of a gesture, right or wrong, and count the wrong ones."""
    attempts.code_was(transaction, account.id, right, now)
    outcome = Outcome.DONE if right else Outcome.REFUSED
    subject = f"account:{account.id}"
    journal.record(transaction, Act.SECOND_FACTOR, account, subject, now, after={"gesture": gesture}, outcome=outcome)
    return right


def _refuse() -> NoReturn:
    """Outside of the transaction, which keeps the count of wrong codes."""
    raise Refused("Ce code n'est pas le bon, ou a déjà servi : tapez celui que votre application affiche maintenant.")


def _new_codes() -> list[str]:
    """Recovery codes of 80 random bits, in four groups of four."""
    codes = ("".join(secrets.choice(_ALPHABET) for _ in range(16)) for _ in range(RECOVERY_CODES))
    return ["-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in codes]


def verify(transaction: Transaction, account_id: str, code: str, now: datetime) -> bool:
    """Whether the code opens the account, by its application or its recovery codes; a right one is spent.

    Spaces, hyphens and case do not count. Anything else than a code is False, never an error.
    """
    typed = _typed(code)
    if _TIME_CODE.fullmatch(typed):
        return _verify_time_code(transaction, account_id, typed, now)
    recovery_code = typed.upper().translate(_LOOKALIKES)
    if not _RECOVERY_CODE.fullmatch(recovery_code):
        return False
    return second_factor.use_recovery_code(transaction, account_id, _hash(recovery_code))


def _typed(code: str) -> str:
    """What was typed without separators; what is too long to be a code is none."""
    return _SEPARATORS.sub("", code) if len(code) <= LONGEST_CODE else ""


def _verify_time_code(transaction: Transaction, account_id: str, code: str, now: datetime) -> bool:
    found = second_factor.of(transaction.cursor, account_id)
    secret = _opened(account_id, found[0]) if found else None
    if found is None or secret is None:
        return False
    step = _step_of(secret, code, now)
    if step is None or step <= found[1] <= step + _WRONG_CLOCK:
        return False
    second_factor.used(transaction, account_id, step)
    return True


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step that the code is of, the present one or a neighbour (clocks differ); None when it is of none."""
    if not _TIME_CODE.fullmatch(code):
        return None
    totp, present = pyotp.TOTP(secret, interval=STEP_SECONDS), int(now.timestamp()) // STEP_SECONDS
    steps = (step for step in (present + 1, present, present - 1) if hmac.compare_digest(totp.generate_otp(step), code))
    return next(steps, None)


def _hash(recovery_code: str) -> str:
    return hashlib.sha256(recovery_code.encode()).hexdigest()


def _seal(account_id: str) -> Fernet:
    """The seal of one account: a sealed secret copied under another account does not open."""
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"second factor of " + account_id.encode())
    return Fernet(base64.urlsafe_b64encode(kdf.derive(server_secret().encode())))


def _opened(account_id: str, sealed: str) -> str | None:
    """The secret inside the seal, None when another secret of the server sealed it."""
    try:
        return _seal(account_id).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None
