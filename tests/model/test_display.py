"""Displays: when they end, and how long their link is valid."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ror.model.display import LINK_VALIDITY, Display, Theme, generate_id, generate_secret
from ror.model.tokens import TokenState

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
DISPLAY = Display("mur-1", "Salle", Theme.DARK, "coralie", NOW, NOW + 30 * DAY, link_created_at=NOW)


def test_a_display_is_in_use_until_its_expiry_or_its_revocation():
    assert DISPLAY.state(NOW + 30 * DAY - MOMENT) is TokenState.ACTIVE
    assert DISPLAY.state(NOW + 30 * DAY) is TokenState.EXPIRED
    assert replace(DISPLAY, revoked_at=NOW).state(NOW + 40 * DAY) is TokenState.REVOKED


def test_it_ends_at_its_revocation_or_at_its_expiry_whichever_is_first():
    assert DISPLAY.ended_at == NOW + 30 * DAY
    assert replace(DISPLAY, revoked_at=NOW + DAY).ended_at == NOW + DAY
    assert replace(DISPLAY, revoked_at=NOW + 40 * DAY).ended_at == NOW + 30 * DAY


def test_a_link_lives_seven_days_and_never_longer_than_its_display():
    assert DISPLAY.link_lives(NOW + LINK_VALIDITY - MOMENT)
    assert not DISPLAY.link_lives(NOW + LINK_VALIDITY)
    short = replace(DISPLAY, expires_at=NOW + DAY)
    assert short.link_lives(NOW + DAY - MOMENT)
    assert not short.link_lives(NOW + DAY)
    assert short.link_ends_at == NOW + DAY


def test_a_link_that_was_opened_or_whose_display_is_revoked_lives_no_more():
    assert not replace(DISPLAY, opened_at=NOW).link_lives(NOW)
    assert not replace(DISPLAY, revoked_at=NOW).link_lives(NOW)


def test_secrets_are_256_random_bits_and_ids_are_short():
    assert len({generate_secret() for _ in range(50)}) == 50
    assert all(len(generate_secret()) == 43 for _ in range(50))
    assert generate_id().startswith("mur-")
    assert [theme.label for theme in Theme] == ["Sombre", "Clair"]
