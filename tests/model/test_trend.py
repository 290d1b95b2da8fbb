"""The instants that a trend is sampled at."""

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from ror.model.territory import PARIS
from ror.model.trend import daily_instants


@example(now=datetime(2025, 10, 26, 1, tzinfo=UTC), days=0)
@given(now=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)), days=st.integers(0, 400))
def test_each_day_is_sampled_once_at_the_hour_that_it_is_in_paris(now, days):
    instants = daily_instants(now, days, PARIS)
    local = [at.astimezone(PARIS) for at in instants]
    assert len(instants) == days + 1
    assert now - timedelta(hours=1) < instants[-1] <= now
    assert [at.date() for at in local] == [local[-1].date() - timedelta(days=ago) for ago in range(days, -1, -1)]
    # When summer time begins an hour does not exist: the next one stands for it.
    assert {at.hour for at in local} <= {local[-1].hour, local[-1].hour + 1}
    assert sorted(instants) == list(instants)


def test_an_instant_keeps_its_hour_in_paris_when_the_clocks_change():
    instants = daily_instants(datetime(2026, 10, 26, 8, 30, tzinfo=UTC), 2, PARIS)
    assert [f"{at.astimezone(PARIS):%d %H:%M}" for at in instants] == ["24 09:00", "25 09:00", "26 09:00"]
    assert [at.hour for at in instants] == [7, 8, 8]
