"""The instants of files: each is parsed, or refused with its reason."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.errors import Refused
from ror.exchange.instants import read_instant
from ror.model.territory import PARIS, time_zone

EIGHT_IN_PARIS = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-05-04T06:00:00Z", "2026-05-04 08:00:00+02", "2026-05-04T08:00:00+02:00", "2026-05-04T08:00", "2026-05-04 08:00",
     "20260504T0800", "2026/05/04 08:00", "2026-05-04 08:00:00.000", "04/05/2026 08:00", "4/5/2026 8:00", "04/05/26 08:00",
     "04/05/2026 08:00:00", "04-05-2026 08:00", "04.05.2026 08:00", "04/05/2026 à 08h00", "04/05/2026 08h", "04/05/2026 8 h 00",
     "04/05/2026\u00a008:00", "04/05/2026, 08:00", "4 mai 2026 08:00", "lundi 4 mai 2026 à 8h00", "Lundi 04/05/2026 08:00"],
)  # fmt: skip
def test_one_instant_in_the_ways_that_it_is_typed(text):
    assert read_instant(text, PARIS) == (EIGHT_IN_PARIS, "")


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "ne se lit pas"), ("hier", "ne se lit pas"), ("04/05/2026", "n'a pas d'heure"), ("2026-05-04", "n'a pas d'heure"),
     ("4 mai 2026", "n'a pas d'heure"), ("1777874400", "est un nombre seul"), ("46146,333", "est un nombre seul"),
     ("2026-13-04 08:00", "n'existe pas"), ("31/02/2026 08:00", "n'existe pas"), ("04/05/2026 25:00", "n'existe pas"),
     ("0000-01-01 08:00", "n'existe pas"), ("04/05/2026 8:00 PM", "ne se lit pas"), ("26-05-04 08:00", "ne se lit pas"),
     ("4 floréal 2026 08:00", "n'existe pas"), ("1999-12-31 08:00", "d'avant 2000"), ("x" * 10_000, "ne se lit pas")],
)  # fmt: skip
def test_an_invalid_instant_is_refused_with_its_reason(text, why):
    with pytest.raises(Refused, match=why) as refusal:
        read_instant(text, PARIS)
    assert len(refusal.value.user_message) < 300


@pytest.mark.parametrize("text", ["29/03/2026 02:30", "2026-03-29T02:00", "28/03/2027 02h59"])
def test_an_hour_that_does_not_exist_in_paris_is_refused(text):
    with pytest.raises(Refused, match="cette heure n'existe pas"):
        read_instant(text, PARIS)


def test_an_hour_that_exists_twice_is_the_first_one_with_a_remark():
    instant, remark = read_instant("25/10/2026 02:30", PARIS)
    assert instant == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert "existe deux fois" in remark
    assert "la première est prise" in remark
    assert read_instant("2026-10-25T02:30:00+01:00", PARIS) == (instant + timedelta(hours=1), "")


def test_an_hour_is_read_in_the_zone_that_is_given_with_its_own_summer_time_or_none():
    for code, day, hour in (("974", 24, 22), ("972", 25, 6), ("75", 25, 0)):
        instant, remark = read_instant("25/10/2026 02:30", time_zone(code))
        assert instant == datetime(2026, 10, day, hour, 30, tzinfo=UTC)
        assert bool(remark) is (code == "75")
    # Saint-Pierre-et-Miquelon changes with the continent: on 8 March and 1 November.
    assert "existe deux fois à Saint-Pierre-et-Miquelon" in read_instant("01/11/2026 01:30", time_zone("975"))[1]
    with pytest.raises(Refused, match="Saint-Pierre-et-Miquelon passe alors à l'heure d'été"):
        read_instant("08/03/2026 02:30", time_zone("975"))
    with pytest.raises(Refused, match="heure de La Réunion"):
        read_instant("hier", time_zone("974"))


@given(st.datetimes(datetime(2000, 1, 2), datetime(2090, 1, 1)).map(lambda at: at.replace(second=0, microsecond=0)))
def test_every_minute_of_paris_is_read_as_itself_or_does_not_exist(at):
    try:
        instant, remark = read_instant(f"{at:%d/%m/%Y %H:%M}", PARIS)
    except Refused:
        there_and_back = at.replace(tzinfo=PARIS).astimezone(UTC).astimezone(PARIS)
        assert there_and_back.replace(tzinfo=None) != at
        return
    assert instant.astimezone(PARIS).replace(tzinfo=None) == at
    assert bool(remark) == (at.replace(tzinfo=PARIS).utcoffset() != at.replace(tzinfo=PARIS, fold=1).utcoffset())


@given(st.one_of(st.text(), st.text(alphabet="0123456789/-:. hTZ+é", max_size=30)))
def test_any_text_is_an_instant_with_a_zone_or_refused(text):
    try:
        instant, _ = read_instant(text, PARIS)
    except Refused:
        return
    assert instant.tzinfo is not None
