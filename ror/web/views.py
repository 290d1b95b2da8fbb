"""Views kept ready: the same board, filters and instant are computed once for every reader."""

from datetime import UTC, datetime

import streamlit as st

from ror.model.board import Filters
from ror.model.rights import Account
from ror.services import consult
from ror.services.consult import Board, View
from ror.web import session


def view(account: Account, filters: Filters | None = None) -> View:
    """The region as it stands now, to ten seconds, through the filters."""
    stand = consult.current(session.database(), account)
    now = datetime.now(UTC)
    return _view(stand.position, filters or Filters(), now.replace(second=now.second // 10 * 10, microsecond=0), stand)


@st.cache_resource(max_entries=64, show_spinner=False)
def _view(position: int, filters: Filters, at: datetime, _stand: Board) -> View:
    """Immutable, hence shared without a copy; the position stands for the board."""
    return consult.view(session.database(), _stand, filters, at)
