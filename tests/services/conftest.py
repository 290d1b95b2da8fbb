"""The fixtures of `tests.region`, for every test of this folder, and those of published changes and of a mail server."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from ror.services import events
from tests import mailbox
from tests.region import db, own_settings, region, region_file, region_on_postgresql

__all__ = ["db", "own_settings", "region", "region_file", "region_on_postgresql"]


@pytest.fixture
def published_changes() -> Iterator[list[events.CommitEvent]]:
    """Return the list that collects each published change."""
    changes: list[events.CommitEvent] = []
    stop = events.subscribe(changes.append)
    yield changes
    stop()


@pytest.fixture
def use_mail_server(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return the function that names the mail server of a port in the settings."""
    return partial(mailbox.use, monkeypatch)


@pytest.fixture
def box(use_mail_server: Callable[[int], None]) -> Iterator[mailbox.Mailbox]:
    """Yield a mail server that the settings name."""
    with mailbox.opened() as opened:
        use_mail_server(opened.port)
        yield opened
