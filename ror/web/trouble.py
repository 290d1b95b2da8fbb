"""Errors that nobody foresaw: a sentence with a number on screen, the rest in the log under the same number."""

import logging

import streamlit as st
from streamlit import config, logger

from ror import logs
from ror.errors import DatabaseError, PortError, RorError, SettingsError
from ror.web.words import literal

_FOR_OPERATORS = (DatabaseError, PortError, SettingsError)


def take_over() -> None:
    """Have Streamlit's lines go where ours go, and leave the errors of scripts to `sorry`.

    Streamlit would print each of them a second time, also a refusal of ours, whose words may hold a name.
    """
    # It gives a handler of its own to each of its loggers, also to those that it makes later.
    logger.setup_formatter = logs.pass_on
    logger.update_formatter()
    config.set_option("logger.enableRich", False)
    logging.getLogger("streamlit.error_util").addFilter(_not_a_script)


def _not_a_script(record: logging.LogRecord) -> bool:
    return record.getMessage() != "Uncaught app execution"


def noted(error: BaseException, place: str = "request") -> str:
    """Put an error in the log under a new number; returns the sentence that gives the number.

    `place`: where it happened, « rerun » or « request », as it is counted.
    """
    number = logs.incident(error, place)
    return f"Le service a rencontré une erreur (numéro {number}). Rechargez la page ; si elle revient, appelez le support."


def sorry(error: Exception) -> bool:
    """Say on screen that a script, a callback or a fragment failed: a refusal of ours in its own words."""
    foreseen = isinstance(error, RorError) and not isinstance(error, _FOR_OPERATORS)
    st.error(literal(error.message) if foreseen and isinstance(error, RorError) else noted(error, "rerun"))
    return True
