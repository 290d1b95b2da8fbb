"""Views kept ready: the same board, filters and minute are computed once for every reader."""

from datetime import UTC, datetime

import streamlit as st

from ror.model.board import Filters
from ror.model.rights import Account
from ror.services import consult
from ror.services.consult import Board, View
from ror.web import session


def view(account: Account, filters: Filters | None = None) -> View:
    """The region as it stands now, to the minute, through the filters."""
    stand = consult.current(session.database(), account)
    return _view(stand.position, filters or Filters(), datetime.now(UTC).replace(second=0, microsecond=0), stand)


@st.cache_resource(max_entries=64, show_spinner=False)
def _view(position: int, filters: Filters, at: datetime, _stand: Board) -> View:
    """Immutable, hence shared without a copy; the position stands for the board."""
    return consult.view(session.database(), _stand, filters, at)
