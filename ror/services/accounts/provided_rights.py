"""Narrow the rights of an account by the claims of an identity provider, in the session that they open.

An administrator decides what an account may do; the claims that the settings name can only take rights away. The account keeps
a role when the claim has a value that stands for it, and a unit when the claim has the FINESS number of its structure or of its
legal entity. When a claim that the settings name is missing, the account keeps nothing.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ror.exchange.finess import FINESS_NUMBER
from ror.model.rights import Narrowing
from ror.settings import settings

MAX_NUMBERS = 500
"""The most FINESS numbers of a session: they are read at every interaction."""

_BETWEEN = re.compile(r"[\s,;|]+")

log = logging.getLogger(__name__)


def claim_names() -> list[str]:
    """Return the names of the claims that the settings read rights from."""
    return [name for name in (settings().oidc_role_claim, settings().oidc_perimeter_claim) if name]


def has_claim(claims: Mapping[str, Any], name: str) -> bool:
    """Return whether the claims have one of this name, or of its part before the first dot."""
    return name in claims or name.partition(".")[0] in claims


def narrowing_of(claims: Mapping[str, Any]) -> Narrowing | None:
    """Return what the claims leave of the rights of any account, None when the settings name no claim."""
    config = settings()
    if not claim_names():
        return None
    roles = finess = None
    if config.oidc_role_claim:
        values = set(_texts(claims, config.oidc_role_claim))
        # Some providers send one text with several values. In a list the group « Ex admin » is not the group « admin ».
        values.update(part for text in _texts(claims, config.oidc_role_claim, listed=False) for part in _BETWEEN.split(text))
        roles = frozenset(role for value, role in config.oidc_roles if value in values)
    if config.oidc_perimeter_claim:
        parts = [part.upper() for text in _texts(claims, config.oidc_perimeter_claim) for part in _BETWEEN.split(text)]
        numbers = sorted({part for part in parts if FINESS_NUMBER.fullmatch(part)})
        if len(numbers) > MAX_NUMBERS:
            log.warning("Single sign-on: %d FINESS numbers, of which the first %d count", len(numbers), MAX_NUMBERS)
        finess = frozenset(numbers[:MAX_NUMBERS])
    return Narrowing(roles, finess)


def _texts(claims: Mapping[str, Any], name: str, *, listed: bool = True) -> list[str]:
    """Return the texts of a claim; the parts of a dotted name are keys of nested objects, looked up in each item of a list.

    Without `listed` lists are passed over.
    """
    value, path = (claims[name], []) if name in claims else (claims, name.split("."))
    return list(_leaves(value, path, listed))


def _leaves(value: Any, path: list[str], listed: bool) -> Iterator[str]:
    if isinstance(value, list):
        for item in value if listed else ():
            yield from _leaves(item, path, listed)
    elif path:
        if isinstance(value, Mapping) and path[0] in value:
            yield from _leaves(value[path[0]], path[1:], listed)
    elif isinstance(value, (str, int)) and not isinstance(value, bool):
        yield str(value).strip()
