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
from ror.services.alerts import evaluation as alert_evaluation
from ror.services.alerts import mails as alert_mails
from ror.services.availability.trust import learning
from ror.services.coordination import daily_report_rounds
from ror.services.operations import follow, live_demonstration, production, renewal, retention, time_zone_check, watch
from ror.services.reminders import send as reminders
from ror.settings import PACKAGE, secret, settings
from ror.store.engine.database import open_database
from ror.web import unexpected_errors
from ror.web.server import (
    cookies,
    health,
    http,
    live_hub,
    message_cache,
    oidc_routes,
    reminder_routes,
    session_owners,
    static_files,
    streamlit_options,
    unsent_messages,
    uploads,
    wall_routes,
    widget_states,
)
from ror.web.server.guard import Guard


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Open the database, add the demonstration's missed declarations, then notify open pages of each commit.

    Expired data are erased at once, then daily; reminders and reports are sent, alerts evaluated, the commits of other replicas
    are followed, how likely numbers still hold is learnt and a demonstration goes on declaring all along.
    """
    logs.set_up()
    unexpected_errors.set_up()
    production.check()
    database = renewal.open_started(datetime.now(UTC))
    time_zone_check.warn(database, datetime.now(UTC))
    static_files.prepared.start()
    live_hub.hub.start()
    unsubscribers = [events.subscribe(listener) for listener in (live_hub.hub.notify, watch.count)]
    health.readiness.begin(database)
    tasks = [
        asyncio.create_task(task)
        for task in (
            retention.daily(database),
            follow.follow(database),
            reminders.run_periodically(database),
            daily_report_rounds.run_periodically(database),
            live_demonstration.play(database, lambda: live_hub.hub.count),
            learning.run_periodically(database),
            alert_evaluation.run_periodically(database),
            alert_mails.run_periodically(database),
        )
    ]
    gc.collect()
    gc.freeze()
    async with control.listening(database):
        yield {}
    health.readiness.end()
    for task in tasks:
        task.cancel()
    for unsubscribe in unsubscribers:
        unsubscribe()
    database.close()
    open_database.cache_clear()


streamlit_options.apply()
unsent_messages.apply()
# One secret for tickets and for Streamlit's own cookie; set before the application reads its options.
config.set_option("server.cookieSecret", secret())
session_owners.configure()
# A proxy may pass another Host than that of the pages: Streamlit then recognizes their connections by the public address.
if public := urlsplit(settings().public_url).hostname:
    config.set_option("browser.serverAddress", public)

app = st.App(
    str(PACKAGE / "web/shell.py"),
    routes=[
        *(*http.ROUTES, *oidc_routes.ROUTES, *reminder_routes.ROUTES, *wall_routes.ROUTES, *health.ROUTES),
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
                message_cache.MessageCache,
                http.HtmlPatch,
            )
        ),
    ],
    lifespan=lifespan,
    on_script_error=unexpected_errors.show,
)
