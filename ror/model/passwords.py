"""Password rules: long enough, not a common one, not made of the names of the account.

Any character is allowed. No password expires: its owner changes it at will, or after losing it.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache

from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from ror.errors import Refused

MAX_BYTES = 72
"""bcrypt reads no more bytes: a longer password would be cut silently, so it is refused."""

MIN_LENGTH, MIN_LENGTH_OF_ANY, MIN_ADMINISTRATOR_LENGTH = 12, 14, 16
PHRASE_WORDS = 7

DEMONSTRATION_PASSWORD = "Demonstration-2026"
"""The password of the accounts of the demonstration, which is public."""

RULES = (
    f"{MIN_LENGTH} caractères au moins, avec minuscules, majuscules, chiffres et autres signes ; ou "
    f"{MIN_LENGTH_OF_ANY} caractères ; ou une phrase de {PHRASE_WORDS} mots"
)
"""The rule on length for users, without a point at the end."""

RULE_OF_ADMINISTRATORS = f"{MIN_ADMINISTRATOR_LENGTH} caractères au moins"

_MIN_NAME_LENGTH = 4
_GOOD_SCORE = 3
_RATED = 28
"""Characters given to zxcvbn: it takes seconds for 72 digits and signs, and a password is no weaker than its start."""

_CLASSES = (str.islower, str.isupper, str.isdigit)
_LEET = str.maketrans("@4830157$!|", "aabeoistsil")
_rating_lock = threading.Lock()


def check_password(password: str, names: Iterable[str] = (), *, administrator: bool = False) -> None:
    """Check a new password. Raises `Refused` with a message that says what to do.

    `names` are those of the account: login, name, mail.
    """
    _check_characters(password)
    _check_length(password, administrator)
    own_names = sorted(_parts(names), key=len, reverse=True)
    for name in own_names:
        if name in _readings(password):
            raise Refused(
                f"Le mot de passe contient « {name} », qui vient de l'identifiant, du nom ou du courriel du compte : "
                "choisissez-en un autre."
            )
    if _is_common(password) or _score(password, own_names) < _GOOD_SCORE:
        raise Refused(
            "Ce mot de passe est trop courant ou trop facile à deviner : évitez les mots connus, les suites et les répétitions."
        )


def _check_characters(password: str) -> None:
    try:
        size = len(password.encode())
    except UnicodeEncodeError as error:
        raise Refused("Le mot de passe contient un caractère incomplet : tapez-le de nouveau.") from error
    if "\0" in password:
        raise Refused("Le mot de passe contient un caractère nul, qui ne se tape pas : tapez-le de nouveau.")
    if size > MAX_BYTES:
        raise Refused(
            f"Le mot de passe compte {size} octets, pour {MAX_BYTES} au plus (une lettre accentuée en compte 2) : "
            "raccourcissez-le."
        )


def _check_length(password: str, administrator: bool) -> None:
    if administrator and len(password) < MIN_ADMINISTRATOR_LENGTH:
        raise Refused(f"Choisissez un mot de passe d'au moins {MIN_ADMINISTRATOR_LENGTH} caractères : ce compte administre.")
    classes = sum(any(map(belongs, password)) for belongs in _CLASSES)
    classes += any(not any(belongs(character) for belongs in _CLASSES) for character in password)
    long = len(password) >= MIN_LENGTH_OF_ANY or (len(password) >= MIN_LENGTH and classes == len(_CLASSES) + 1)
    if not long and len(re.findall(r"[^\W\d_]+", password)) < PHRASE_WORDS:
        raise Refused(f"Choisissez un mot de passe plus long : {RULES}.")


def _folded(text: str) -> str:
    """Return the text without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _parts(names: Iterable[str]) -> set[str]:
    """Return the words of names, folded, without the top-level domain of a mail."""
    without_domain = (re.sub(r"(@.*)\.[^.@]*$", r"\1", name) for name in names)
    return {part for name in without_domain for part in re.findall(r"[^\W_]+", _folded(name)) if len(part) >= _MIN_NAME_LENGTH}


def _readings(password: str) -> str:
    """Return the readings of a password, one a line: folded, digits and signs read as letters, forwards and backwards."""
    folded = _folded(password)
    readings = (folded, folded.translate(_LEET))
    return "\n".join((*readings, *(reading[::-1] for reading in readings)))


@cache
def _common_passwords() -> frozenset[str]:
    published = (DEMONSTRATION_PASSWORD, _stem(DEMONSTRATION_PASSWORD))
    return frozenset(_folded(password) for password in (*FREQUENCY_LISTS["passwords"], *published))


def _stem(password: str) -> str:
    """Return the password without the digits and signs around it."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", password)


def _is_common(password: str) -> bool:
    """Return whether a password is a common one, possibly with digits and signs around it."""
    folded = _folded(password)
    return not _common_passwords().isdisjoint((folded, _stem(folded)))


def _score(password: str, names: list[str]) -> int:
    """Rate a password from 0 (guessed at once) to 4. The lock is there because zxcvbn puts the names in a global table."""
    with _rating_lock:
        return int(zxcvbn(password[:_RATED], user_inputs=names)["score"])
