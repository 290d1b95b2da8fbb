"""Hash and verify passwords."""

from functools import cache
from secrets import token_urlsafe

import bcrypt

from ror.settings import settings


def hash_password(password: str) -> str:
    """Return the bcrypt hash of a password, with the cost of the settings."""
    return _hash(password, settings().bcrypt_cost)


def verify_password(password: str, password_hash: str) -> bool:
    """Return whether the password matches the hash; no password matches an empty hash.

    Always takes the time of one verification, so that an account without a password cannot be distinguished from another.
    """
    # Created even when it is not used: the first attempt after a start takes the same time for every account.
    unknown = _unknown_hash(settings().bcrypt_cost)
    correct = bcrypt.checkpw(_bytes(password), (password_hash or unknown).encode())
    return correct and bool(password_hash)


def needs_rehash(password_hash: str) -> bool:
    """Return whether the cost of the hash differs from that of the settings: its verification takes another time."""
    return password_hash.split("$")[2:3] != [f"{settings().bcrypt_cost:02}"]


@cache
def _unknown_hash(cost: int) -> str:
    """Return the hash of a random password that nobody knows."""
    return _hash(token_urlsafe(32), cost)


def _hash(password: str, cost: int) -> str:
    return bcrypt.hashpw(_bytes(password), bcrypt.gensalt(cost)).decode()


def _bytes(password: str) -> bytes:
    # A lone surrogate cannot be typed, but must not raise an error either.
    return password.encode(errors="surrogatepass")
