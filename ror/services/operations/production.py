"""Check, in production mode, that a server does not start with unsafe settings, files or accounts."""

import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from ror.errors import DatabaseError, SettingsError
from ror.services.accounts import hashing
from ror.services.operations.demonstration import PASSWORD, SIGN_INS
from ror.settings import ENV_FILE, database_file, secret_file, settings
from ror.store import accounts, registry_changes
from ror.store.engine.database import Database, open_database

MIN_SECRET_LENGTH = 32
"""Bytes: 256 bits when they are random."""

FEWEST_CHARACTERS = 8
"""Distinct characters of a secret: a random one of `MIN_SECRET_LENGTH` bytes has more."""

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def check() -> None:
    """Raise `SettingsError` or `DatabaseError`, in production mode, when the service would not be safe.

    Must run before the database is opened: opening restricts the mode of the file, which hides that others could read it.
    """
    if not settings().production:
        return
    if refusal := next(_refusals(), ""):
        raise SettingsError(refusal)
    for path in _private_files():
        _check_private(path)
    _check_contents(open_database())


def _refusals() -> Iterator[str]:
    """Yield a sentence for each unsafe setting, with the remedy."""
    config = settings()
    if config.demo:
        yield "ROR_PRODUCTION=1 does not go with ROR_DEMO=1: a demonstration shows its password to everybody."
    public = urlsplit(config.public_url)
    if public.scheme != "https" or not public.hostname:
        yield (
            "ROR_PRODUCTION=1 needs ROR_PUBLIC_URL, the address that users type, and it must begin with https:// "
            "(as https://lits.example.fr): sign-in is not safe otherwise."
        )
    if "*" in config.allowed_hosts:
        yield (
            "ROR_ALLOWED_HOSTS=* answers to any name, also one that somebody else points at this machine: "
            "name the hosts, separated by commas, or leave it empty."
        )
    if config.oidc_discovery and urlsplit(config.oidc_discovery).scheme != "https":
        yield (
            "ROR_OIDC_DISCOVERY must begin with https://: anybody on the network between could decide who signs in. "
            "Give the provider's https address, or leave it empty to do without single sign-on."
        )
    if config.smtp_host and config.smtp_security == "none" and config.smtp_host.lower() not in _THIS_MACHINE:
        yield (
            f"ROR_SMTP_SECURITY=none would send one-time links in clear to {config.smtp_host}: "
            "set it to starttls or tls, or use a mail server on this machine (ROR_SMTP_HOST=localhost)."
        )
    yield from _unsafe_notices()
    yield from _weaknesses_of_the_secret()


def _unsafe_notices() -> Iterator[str]:
    config = settings()
    if not config.notify_url:
        return
    address = urlsplit(config.notify_url)
    if address.scheme != "https" or not address.hostname:
        yield (
            "ROR_NOTIFY_URL must begin with https://: anybody on the network between could read which units are late. "
            "Give an https address, or leave it empty."
        )
    if len(config.notify_secret.encode()) < MIN_SECRET_LENGTH:
        yield (
            f"ROR_NOTIFY_SECRET signs what is posted to ROR_NOTIFY_URL and needs {MIN_SECRET_LENGTH} bytes: "
            "put there what `openssl rand -hex 32` prints."
        )


def _weaknesses_of_the_secret() -> Iterator[str]:
    if database_file() is None and not settings().secret:
        yield (
            "Replicas on one PostgreSQL must share their secret: give all of them the same ROR_SECRET, "
            "what `openssl rand -hex 32` prints."
        )
    file = secret_file()
    secret = settings().secret.encode() or (file.read_bytes().strip() if file.is_file() else b"")
    where = "ROR_SECRET" if settings().secret else str(file)
    remedy = "put there what `openssl rand -hex 32` prints, or remove it and one will be created."
    if secret and len(secret) < MIN_SECRET_LENGTH:
        yield f"The secret in {where} has {len(secret)} bytes, {MIN_SECRET_LENGTH} are needed: {remedy}"
    if secret and len(set(secret)) < FEWEST_CHARACTERS:
        yield (
            f"The secret in {where} is made of {len(set(secret))} different characters, {FEWEST_CHARACTERS} are needed "
            f"for it not to be guessed: {remedy}"
        )


def _private_files() -> Iterator[Path]:
    """Yield the files that hold secrets, whether or not they exist."""
    database = settings().database
    if "://" not in database:
        path = Path(database).expanduser()
        yield from (path, path.with_name(f"{path.name}.wal"))
    yield from (secret_file(), ENV_FILE.expanduser())


def _check_private(path: Path) -> None:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise DatabaseError(
            f"{path} can be read by others than its owner (mode {mode:o}): run `chmod 600 {path}`, "
            "then consider what it holds as known to them."
        )


def _check_contents(db: Database) -> None:
    with db.reader() as cursor:
        if registry_changes.DEMONSTRATION in registry_changes.changes(cursor):
            raise DatabaseError(
                "ROR_PRODUCTION=1, and this database holds the demonstration: name another file by ROR_DATABASE."
            )
        for login in SIGN_INS:
            row = accounts.by_login(cursor, login)
            if row and not row[0].disabled and hashing.verify_password(PASSWORD, row[1]):
                raise DatabaseError(
                    f"The account {login} opens with the password of the demonstration, which everybody knows: "
                    "start once with ROR_PRODUCTION=0, on this machine alone, and change that password or disable the account."
                )
