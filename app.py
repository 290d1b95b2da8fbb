"""The composition root: screens, session routes, live events and what other systems ask for, in one process.

`uvicorn app:app` and `streamlit run app.py` serve the same thing; `python -m ror serve` is the usual way.
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route
from streamlit import config

from ror import control, logs
from ror.api import application, fhir, fhir_outcomes, problems
from ror.services import events
from ror.services.operations import demonstration, follow, production, retention, watch
from ror.settings import ROOT, secret, settings
from ror.store.engine.database import open_database
from ror.web import trouble
from ror.web.server import cookies, health, http, live_hub, oidc_routes, owners, uploads, widget_states
from ror.web.server.doors import Doors


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Open the database, play the demonstration's missed rhythm, then tell open pages of each commit.

    What is past its time is erased at once, then daily; what other replicas commit is learnt of all along.
    """
    logs.set_up()
    trouble.take_over()
    production.check()
    database = open_database()
    demonstration.start(database, datetime.now(UTC))
    live_hub.hub.start()
    stops = [events.subscribe(listener) for listener in (live_hub.hub.tell, watch.count)]
    health.readiness.begin(database)
    keeping = asyncio.create_task(retention.daily(database))
    learning = asyncio.create_task(follow.follow(database))
    gc.collect()
    gc.freeze()
    async with control.listening(database):
        yield {}
    health.readiness.end()
    keeping.cancel()
    learning.cancel()
    for stop in stops:
        stop()
    database.close()
    open_database.cache_clear()


# One secret for tickets and for Streamlit's own cookie; set before the application reads its options.
config.set_option("server.cookieSecret", secret())
owners.configure()
# A proxy may pass another host than the one that the pages come from: their connections are told by the public address.
if public := urlsplit(settings().public_url).hostname:
    config.set_option("browser.serverAddress", public)

app = st.App(
    str(ROOT / "ror/web/shell.py"),
    routes=[
        *(*http.ROUTES, *oidc_routes.ROUTES, *health.ROUTES),
        *(Route(address, RedirectResponse(first)) for address, first in http.FIRST.items()),
        *(Mount("/api", application.application()), Mount("/fhir", fhir.application())),
    ],
    middleware=[
        Middleware(cookies.HostNames),
        Middleware(Doors, tongues={"/api/": problems.render_rejection, "/fhir/": fhir_outcomes.render_rejection}),
        *(Middleware(inner) for inner in (owners.Owners, uploads.BoundedUploads, widget_states.KnownWidgets, http.French)),
    ],
    lifespan=lifespan,
    on_script_error=trouble.sorry,
)
