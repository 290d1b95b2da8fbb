"""The composition root: screens, session routes and live events in one process.

`uvicorn app:app` and `streamlit run app.py` serve the same thing; `python -m ror serve` is the usual way.
"""

import gc
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

from ror.services import demonstration, events
from ror.settings import ROOT, secret
from ror.store.database import open_database
from ror.web import http, live

log = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Open the database, play the demonstration's missed rhythm, then tell open pages of each commit."""
    database = open_database()
    demonstration.start(database, datetime.now(UTC))
    live.hub.start()
    stop = events.subscribe(live.hub.tell)
    gc.collect()
    gc.freeze()
    yield {}
    stop()
    database.close()
    open_database.cache_clear()


def sorry(error: Exception) -> bool:
    """An error that nobody foresaw: a sentence on screen, the rest in the log under the number that the sentence gives."""
    number = secrets.token_hex(4)
    log.error("Screen error %s", number, exc_info=error)
    st.error(f"Le service a rencontré une erreur (numéro {number}). Rechargez la page ; si elle revient, appelez le support.")
    return True


# One secret for tickets and for Streamlit's own cookie; set before the application reads its options.
config.set_option("server.cookieSecret", secret())

app = st.App(
    str(ROOT / "ror/web/shell.py"),
    routes=http.ROUTES,
    middleware=[Middleware(http.French)],
    lifespan=lifespan,
    on_script_error=sorry,
)
