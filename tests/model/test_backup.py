"""The manifest of a backup, and the rotation of backups."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model.backup import Manifest, TableContent, backups_to_remove, file_name, manifest_name

NOW = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
MANIFEST = Manifest(
    NOW, "1.5.5", 41, "7:" + "a" * 64, {"unit": TableContent(12, "3f"), "journal": TableContent(0, "0")}, "b" * 64
)


def test_a_manifest_is_read_as_it_was_written():
    assert Manifest.read(MANIFEST.to_json()) == MANIFEST


@given(st.integers(0, len(MANIFEST.to_json()) - 2))
def test_a_truncated_manifest_is_refused(length):
    assert Manifest.read(MANIFEST.to_json()[:length]) is None


@pytest.mark.parametrize("text", ["[]", "3", "{}", '{"format": 2}', MANIFEST.to_json().replace('"format": 1', '"format": 2')])
def test_another_text_or_version_is_no_manifest(text):
    assert Manifest.read(text) is None


def names(count):
    """Return the names of one backup a day, oldest first."""
    return [file_name("ror", NOW + timedelta(days=day)) for day in range(count)]


def remaining(files, created, keep):
    beside = [*files, *map(manifest_name, files), "notes.txt", "ror-other.txt"]
    removed = backups_to_remove(beside, created, keep)
    return [name for name in files if name not in removed]


@given(st.integers(1, 8), st.integers(1, 10))
def test_the_newest_backups_stay(count, keep):
    files = names(count)
    assert remaining(files, files[-1], keep) == files[-keep:]


def test_the_one_just_created_stays_even_when_the_clock_jumped_back():
    files = names(4)
    assert remaining(files, files[0], 2) == [files[0], files[3]]
    assert remaining(files, files[0], 1) == [files[0]]


def test_those_of_a_clock_that_was_ahead_go_before_those_of_the_right_one():
    files = names(6)
    yesterday, today, *ahead = files
    assert remaining(files, today, 3) == [yesterday, today, ahead[-1]]
    assert remaining(files, today, 2) == [yesterday, today]


def test_those_of_another_database_stay_even_when_its_name_begins_alike():
    mine, *others = (file_name(name, NOW) for name in ("region", "region-est", "ror", "autre-region"))
    created = file_name("region", NOW + timedelta(days=1))
    assert backups_to_remove([*map(manifest_name, (mine, created, *others)), mine, created, *others], created, 1) == [mine]


def test_a_hyphen_in_the_name_of_a_database_makes_it_another_one():
    ror, north = names(2), [name.replace("ror-", "ror-nord-", 1) for name in names(2)]
    folder = [*ror, *north, *map(manifest_name, (*ror, *north))]
    assert backups_to_remove(folder, north[1], 1) == north[:1]
    assert backups_to_remove(folder, ror[1], 1) == ror[:1]


def test_a_file_without_manifest_is_not_counted_as_a_backup():
    old, cut_off, created = names(3)
    assert backups_to_remove([old, manifest_name(old), cut_off, created, manifest_name(created)], created, 2) == []
