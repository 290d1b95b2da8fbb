"""The hash of a password, and its verification."""

from functools import cache
from secrets import token_urlsafe

import bcrypt

from ror.settings import settings


def hashed(password: str) -> str:
    """The bcrypt hash of a password, of the cost in settings."""
    return _hashed(password, settings().bcrypt_cost)


def opens(password: str, password_hash: str) -> bool:
    """Whether the password is that of the hash: exactly one verification, also for the empty hash that nothing opens."""
    # Made before it is known whether it serves: the first attempt of all takes the same time for everybody.
    nobody = _nobody(settings().bcrypt_cost)
    right = bcrypt.checkpw(_bytes(password), (password_hash or nobody).encode())
    return right and bool(password_hash)


def outdated(password_hash: str) -> bool:
    """Whether the hash has another cost than the settings ask, and so takes another time to verify."""
    return password_hash.split("$")[2:3] != [f"{settings().bcrypt_cost:02}"]


@cache
def _nobody(cost: int) -> str:
    return _hashed(token_urlsafe(32), cost)


def _hashed(password: str, cost: int) -> str:
    return bcrypt.hashpw(_bytes(password), bcrypt.gensalt(cost)).decode()


def _bytes(password: str) -> bytes:
    # Half a pair of surrogates cannot be typed, but must not be an error either.
    return password.encode(errors="surrogatepass")
