"""The warning to an administrator that no structure is in the time zone of the region."""

from datetime import UTC, datetime

import streamlit as st

from ror.services.operations import time_zone_check
from ror.services.region_time import region_words
from ror.web import session
from ror.web.markdown import literal


def render_time_zone_warning() -> None:
    """Render a warning with both times when no structure is in the time zone of the region; else nothing."""
    if places := time_zone_check.other_times(session.database(), datetime.now(UTC)):
        st.warning(
            literal(
                f"Aucune structure n'est à l'heure de la région ({region_words()}), celle des écrans, des rapports et des "
                f"courriels : elles sont à celle de ces territoires : {', '.join(places)}. Demandez à qui exploite le serveur "
                "de régler ROR_REGION (le nom du territoire) ou ROR_TIME_ZONE."
            ),
            icon=":material/schedule:",
        )
