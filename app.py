"""The composition root: screens, session routes, live updates and the interfaces for other systems, in one process.

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
from ror.web import unexpected_errors
from ror.web.server import cookies, health, http, live_hub, oidc_routes, session_owners, static_files, uploads, widget_states
from ror.web.server.guard import Guard


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Open the database, add the demonstration's missed declarations, then notify open pages of each commit.

    Expired data are erased at once, then daily; the commits of other replicas are followed all along.
    """
    logs.set_up()
    unexpected_errors.set_up()
    production.check()
    database = open_database()
    demonstration.start(database, datetime.now(UTC))
    static_files.prepared.start()
    live_hub.hub.start()
    unsubscribers = [events.subscribe(listener) for listener in (live_hub.hub.notify, watch.count)]
    health.readiness.begin(database)
    retaining = asyncio.create_task(retention.daily(database))
    following = asyncio.create_task(follow.follow(database))
    gc.collect()
    gc.freeze()
    async with control.listening(database):
        yield {}
    health.readiness.end()
    retaining.cancel()
    following.cancel()
    for unsubscribe in unsubscribers:
        unsubscribe()
    database.close()
    open_database.cache_clear()


# One secret for tickets and for Streamlit's own cookie; set before the application reads its options.
config.set_option("server.cookieSecret", secret())
session_owners.configure()
# A proxy may pass another Host than that of the pages: Streamlit then recognizes their connections by the public address.
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
        Middleware(cookies.CookiePrefixes),
        Middleware(Guard, renderers={"/api/": problems.render_rejection, "/fhir/": fhir_outcomes.render_rejection}),
        *(
            Middleware(inner)
            for inner in (
                static_files.StaticFiles,
                session_owners.SessionOwners,
                uploads.UploadLimits,
                widget_states.WidgetStateFilter,
                http.HtmlPatch,
            )
        ),
    ],
    lifespan=lifespan,
    on_script_error=unexpected_errors.show,
)
