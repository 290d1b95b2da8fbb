"""The hash chain: any line changed, removed, inserted or swapped is found; an unchanged chain holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model.journal import (
    START,
    Act,
    JournalBreak,
    JournalLine,
    JournalMark,
    Origin,
    Outcome,
    first_break,
    format_purge,
    parse_purge,
    to_json,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FIELDS = ("happened_at", "act", "outcome", "actor", "origin", "subject", "before", "after")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def chain(texts, start=None):
    """Build consecutive lines after a mark, each with the hash stored beside it."""
    lines, at = [], start or JournalMark()
    for text in texts:
        line = JournalLine(
            at.number + 1, NOW + timedelta(seconds=at.number), "declare", "done", text, "", "unit:1", "", text, at.hash
        )
        lines.append((line, line.hash))
        at = JournalMark(line.number, line.hash)
    return lines, at


def purged(lines, number, **changes):
    """Return a chain after a purge up to a line, with the line of the purge, then the checkpoint and the head."""
    checkpoint, last = JournalMark(number, lines[number - 1][1]), lines[-1][0]
    values = {"act": str(Act.JOURNAL), "after": to_json({"purged": number, **format_purge(checkpoint)})}
    purge_line = replace(last, number=last.number + 1, previous=last.hash, **{**values, **changes})
    return [*lines[number:], (purge_line, purge_line.hash)], checkpoint, JournalMark(purge_line.number, purge_line.hash)


def forged(line, **changes):
    """Return a changed line with its hash computed again."""
    other = replace(line, **changes)
    return other, other.hash


@given(st.lists(TEXT, max_size=12))
def test_an_unchanged_chain_holds(texts):
    lines, head = chain(texts)
    assert first_break(lines, (), head) is None
    for number, (line, _) in enumerate(lines):
        noted = JournalMark(line.number, line.hash)
        assert first_break(lines, (), head, noted) is None
        remaining, checkpoint, end = purged(lines, number + 1)
        assert first_break(remaining, [checkpoint], end, noted) is None, "from a checkpoint"


@given(st.lists(TEXT, min_size=1, max_size=12), st.data())
def test_a_line_changed_in_any_field_is_found(texts, data):
    lines, head = chain(texts)
    index = data.draw(st.integers(0, len(lines) - 1))
    name = data.draw(st.sampled_from(FIELDS))
    line, stored = lines[index]
    other = (
        NOW - timedelta(days=1) if name == "happened_at" else data.draw(TEXT.filter(lambda text: text != getattr(line, name)))
    )
    changed = replace(line, **{name: other})
    assert first_break([*lines[:index], (changed, stored), *lines[index + 1 :]], (), head) == JournalBreak(
        line.number, "changed"
    )
    assert first_break([*lines[:index], (changed, changed.hash), *lines[index + 1 :]], (), head) is not None, "hash redone"


@given(st.lists(TEXT, min_size=1, max_size=12), st.data())
def test_a_line_removed_is_found_even_when_those_after_are_numbered_again(texts, data):
    lines, head = chain(texts)
    index = data.draw(st.integers(0, len(lines) - 1))
    rest = [*lines[:index], *lines[index + 1 :]]
    assert first_break(rest, (), head) == JournalBreak(index + 1, "missing")
    closed_up = [*lines[:index], *(forged(line, number=line.number - 1) for line, _ in lines[index + 1 :])]
    assert first_break(closed_up, (), head) is not None


@given(st.lists(TEXT, min_size=1, max_size=12), TEXT, st.data())
def test_a_line_inserted_is_found(texts, text, data):
    lines, head = chain(texts)
    index = data.draw(st.integers(0, len(lines)))
    before = JournalMark(*((lines[index - 1][0].number, lines[index - 1][1]) if index else (0, START)))
    extra = chain([text], before)[0]
    first_fault = first_break([*lines[:index], *extra, *lines[index:]], (), head)
    assert first_fault is not None
    assert first_fault.number <= index + 2


def test_a_number_that_comes_again_is_an_inserted_line_and_one_left_out_a_missing_line():
    lines, head = chain(["a", "b", "c", "d"])
    assert first_break([*lines[:2], *lines[1:]], (), head) == JournalBreak(3, "inserted")
    assert first_break([*lines[:1], *lines[2:]], (), head) == JournalBreak(2, "missing")


@given(st.lists(TEXT, min_size=2, max_size=12, unique=True), st.data())
def test_two_lines_swapped_are_found(texts, data):
    lines, head = chain(texts)
    first = data.draw(st.integers(0, len(lines) - 2))
    second = data.draw(st.integers(first + 1, len(lines) - 1))
    swapped = list(lines)
    swapped[first], swapped[second] = lines[second], lines[first]
    assert first_break(swapped, (), head) is not None
    swapped[first] = forged(lines[second][0], number=first + 1)
    swapped[second] = forged(lines[first][0], number=second + 1)
    assert first_break(swapped, (), head) is not None, "numbers exchanged too"


@given(st.lists(TEXT, min_size=1, max_size=12), st.data())
def test_a_tail_cut_off_with_the_head_moved_back_is_found_by_a_noted_mark(texts, data):
    lines, head = chain(texts)
    remaining = lines[: data.draw(st.integers(0, len(lines) - 1))]
    end = JournalMark(remaining[-1][0].number, remaining[-1][1]) if remaining else JournalMark()
    assert first_break(remaining, (), head) == JournalBreak(len(remaining) + 1, "missing")
    assert first_break(remaining, (), end) is None, "nothing left in the database tells"
    assert first_break(remaining, (), end, head) == JournalBreak(end.number + 1, "missing")


def test_a_journal_written_again_from_the_start_is_found_by_a_noted_mark():
    _, head = chain("abc")
    others, other_head = chain("abd")
    assert first_break(others, (), other_head) is None
    assert first_break(others, (), other_head, head).reason == "is not the line that was noted elsewhere"


def test_a_noted_mark_of_the_last_purged_line_is_checked():
    remaining, checkpoint, head = purged(chain("abc")[0], 1)
    assert first_break(remaining, [checkpoint], head, checkpoint) is None
    other = JournalMark(1, "f" * 64)
    assert first_break(remaining, [checkpoint], head, other) == JournalBreak(1, "is not the line that was noted elsewhere")


NO_PURGE = "removed with those before it by no purge of the journal"


@given(st.lists(TEXT, min_size=2, max_size=12), st.data())
def test_the_oldest_lines_removed_with_a_forged_checkpoint_are_found(texts, data):
    lines, head = chain(texts)
    number = data.draw(st.integers(1, len(lines) - 1))
    forged_one = JournalMark(number, lines[number - 1][1])
    assert first_break(lines[number:], [forged_one], head, head) == JournalBreak(number, NO_PURGE)
    remaining, checkpoint, end = purged(lines, number)
    further = JournalMark(number + 1, remaining[0][1])
    assert first_break(remaining[1:], [further], end) == JournalBreak(number + 1, NO_PURGE), "in place of that of a purge"
    assert first_break(remaining[1:], [checkpoint, further], end) == JournalBreak(number + 1, NO_PURGE), (
        "beside that of a purge"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"act": "declare"},
        {"outcome": "refused"},
        {"after": '{"checkpoint": "1"}'},
        {"after": "checkpoint"},
        {"after": '["checkpoint"]'},
    ],
)
def test_no_other_line_is_that_of_a_purge(changes):
    remaining, checkpoint, head = purged(chain("abc")[0], 2, **changes)
    assert first_break(remaining, [checkpoint], head) == JournalBreak(2, NO_PURGE)
    assert parse_purge(remaining[-1][0]) is None


def test_the_hash_is_of_the_instant_whatever_its_zone():
    (line, stored), *_ = chain("a")[0]
    elsewhere = replace(line, happened_at=line.happened_at.astimezone(datetime.now().astimezone().tzinfo))
    assert elsewhere.hash == stored


def test_the_same_values_give_the_same_json_and_no_value_gives_an_empty_text():
    assert to_json({"b": 1, "a": "é"}) == to_json({"a": "é", "b": 1}) == '{"a": "é", "b": 1}'
    assert to_json(None) == to_json({}) == ""


@pytest.mark.parametrize("word", [*Act, *Outcome])
def test_every_act_and_outcome_has_french_words(word):
    assert word.label
    assert word.label != str(word)


def test_a_mark_is_read_as_it_was_printed_and_nothing_else_is_a_mark():
    mark = chain("ab")[1]
    assert JournalMark.read(f" {mark}\n") == mark
    for text in ("", "1", f"1:{'g' * 64}", f"-1:{START}", f"1:{START}0", f"²:{START}", "9" * 5000 + f":{START}"):
        assert JournalMark.read(text) is None


def test_every_origin_has_a_name_of_its_own():
    assert [origin.label for origin in Origin] == ["ligne de commande", "le service", "adresse inconnue"]
