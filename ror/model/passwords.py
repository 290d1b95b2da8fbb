"""What a password must be: long enough, not a common one, not made of the account's own names.

Any character serves. Nothing is asked to be renewed: a password is changed when its owner wants, or has lost it.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache

from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from ror.errors import Refused

MOST_BYTES = 72
"""bcrypt reads no further: a longer password would be cut in silence, so it is refused in words."""

SHORTEST, SHORTEST_OF_ANY, SHORTEST_ADMINISTRATOR = 12, 14, 16
PHRASE_WORDS = 7

DEMONSTRATION_PASSWORD = "Demonstration-2026"
"""The password of the demonstration's accounts, which everybody can read."""

RULES = (
    f"{SHORTEST} caractères au moins, avec minuscules, majuscules, chiffres et autres signes ; ou "
    f"{SHORTEST_OF_ANY} caractères ; ou une phrase de {PHRASE_WORDS} mots"
)
"""How long a password must be, without a point at the end."""

RULE_OF_ADMINISTRATORS = f"{SHORTEST_ADMINISTRATOR} caractères au moins"

_SHORTEST_NAME = 4
_GOOD_SCORE = 3
_RATED = 28
"""Characters that are rated: the rating takes seconds on 72 digits and signs, and a password is no weaker than its start."""

_CLASSES = (str.islower, str.isupper, str.isdigit)
_LEET = str.maketrans("@4830157$!|", "aabeoistsil")
_rating = threading.Lock()


def check_password(password: str, names: Iterable[str] = (), *, administrator: bool = False) -> None:
    """Raises `Refused`, with one sentence that says what to do, when the password may not be chosen.

    `names` are the account's own: login, name, mail.
    """
    _check_characters(password)
    _check_length(password, administrator)
    own = sorted(_parts(names), key=len, reverse=True)
    for name in own:
        if name in _looks(password):
            raise Refused(
                f"Le mot de passe contient « {name} », qui vient de l'identifiant, du nom ou du courriel du compte : "
                "choisissez-en un autre."
            )
    if _common(password) or _score(password, own) < _GOOD_SCORE:
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
    if size > MOST_BYTES:
        raise Refused(
            f"Le mot de passe compte {size} octets, pour {MOST_BYTES} au plus (une lettre accentuée en compte 2) : "
            "raccourcissez-le."
        )


def _check_length(password: str, administrator: bool) -> None:
    if administrator and len(password) < SHORTEST_ADMINISTRATOR:
        raise Refused(f"Choisissez un mot de passe d'au moins {SHORTEST_ADMINISTRATOR} caractères : ce compte administre.")
    classes = sum(any(map(belongs, password)) for belongs in _CLASSES)
    classes += any(not any(belongs(one) for belongs in _CLASSES) for one in password)
    long = len(password) >= SHORTEST_OF_ANY or (len(password) >= SHORTEST and classes == len(_CLASSES) + 1)
    if not long and len(re.findall(r"[^\W\d_]+", password)) < PHRASE_WORDS:
        raise Refused(f"Choisissez un mot de passe plus long : {RULES}.")


def _folded(text: str) -> str:
    """Without case nor accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _parts(names: Iterable[str]) -> set[str]:
    """The words of names, folded; the ending of a mail's host is no name."""
    hostless = (re.sub(r"(@.*)\.[^.@]*$", r"\1", name) for name in names)
    return {part for name in hostless for part in re.findall(r"[^\W_]+", _folded(name)) if len(part) >= _SHORTEST_NAME}


def _looks(password: str) -> str:
    """The password as it may be read: folded, its digits and signs read for letters, forwards and backwards."""
    folded = _folded(password)
    readings = (folded, folded.translate(_LEET))
    return "\n".join((*readings, *(reading[::-1] for reading in readings)))


@cache
def _common_passwords() -> frozenset[str]:
    published = (DEMONSTRATION_PASSWORD, _stem(DEMONSTRATION_PASSWORD))
    return frozenset(_folded(password) for password in (*FREQUENCY_LISTS["passwords"], *published))


def _stem(password: str) -> str:
    """The password without the digits and signs around it."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", password)


def _common(password: str) -> bool:
    """Whether it is a common password, or one with digits and signs around it."""
    folded = _folded(password)
    return not _common_passwords().isdisjoint((folded, _stem(folded)))


def _score(password: str, names: list[str]) -> int:
    """0 (guessed at once) to 4; zxcvbn keeps the names in a table of its module, so one password is rated at a time."""
    with _rating:
        return int(zxcvbn(password[:_RATED], user_inputs=names)["score"])
