"""Errors that nobody foresaw: a sentence with a number on screen, the rest in the log under the same number."""

import logging
import secrets

import streamlit as st

from ror.errors import DatabaseError, PortError, RorError, SettingsError
from ror.web.words import literal

log = logging.getLogger(__name__)

_FOR_OPERATORS = (DatabaseError, PortError, SettingsError)


def noted(error: BaseException) -> str:
    """Put an error in the log under a new number; returns the sentence that gives the number."""
    number = secrets.token_hex(4)
    log.error("Error %s", number, exc_info=error)
    return f"Le service a rencontré une erreur (numéro {number}). Rechargez la page ; si elle revient, appelez le support."


def sorry(error: Exception) -> bool:
    """Say on screen that a script, a callback or a fragment failed: a refusal of ours in its own words."""
    foreseen = isinstance(error, RorError) and not isinstance(error, _FOR_OPERATORS)
    st.error(literal(error.message) if foreseen and isinstance(error, RorError) else noted(error))
    return True
