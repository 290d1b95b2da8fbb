"""Unexpected errors: a sentence with a number on screen, the traceback in the log under the same number."""

import logging

import streamlit as st
from streamlit import config, logger

from ror import logs
from ror.errors import DatabaseError, PortError, RorError, SettingsError
from ror.web.markdown import literal

_FOR_OPERATORS = (DatabaseError, PortError, SettingsError)


def set_up() -> None:
    """Send Streamlit's log lines through our handler, and leave the errors of scripts to `show`.

    Streamlit would log each error a second time, also a rejection of ours, whose message may contain a name.
    """
    # Streamlit sets a handler on each of its loggers, also on those that it creates later.
    logger.setup_formatter = logs.propagate
    logger.update_formatter()
    config.set_option("logger.enableRich", False)
    logging.getLogger("streamlit.error_util").addFilter(_is_not_script_error)


def _is_not_script_error(record: logging.LogRecord) -> bool:
    return record.getMessage() != "Uncaught app execution"


def report(error: BaseException, place: str = "request") -> str:
    """Log an error under a new number, and return the sentence for the user that gives the number.

    `place` is the label of the metric: « rerun » or « request ».
    """
    number = logs.report(error, place)
    return f"Le service a rencontré une erreur (numéro {number}). Rechargez la page ; si elle revient, appelez le support."


def show(error: Exception) -> bool:
    """Show on screen why a script, a callback or a fragment failed: our own errors by their message, others by a number."""
    expected = isinstance(error, RorError) and not isinstance(error, _FOR_OPERATORS)
    st.error(literal(error.user_message) if expected and isinstance(error, RorError) else report(error, "rerun"))
    return True
