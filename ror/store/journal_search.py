"""Search the lines of the journal by their fields, and by words of the units, structures and accounts that they name.

The words are searched in the names first (some 100,000 units and accounts), then lines are joined by id, so that the texts of
half a million lines need no folding. Only the page of lines that is shown leaves the database. The newest lines are searched
first, since they often fill the page: PostgreSQL then reads these alone, by the index of their numbers.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from ror.model.search import MAX_TERMS, folded, needle
from ror.store import chain, kinds
from ror.store.engine.database import BATCH, Cursor

RECENT = 25_000
"""How many of the newest lines are searched before the others."""


@dataclass(frozen=True, slots=True)
class JournalQuery:
    """Criteria of lines; an empty field matches every line.

    `text` matches when each of its words is in a name or an id of the subject of the line (a unit, its structure, an account)
    or of its author, accents and case ignored; or when the line itself has the text as it is, case ignored.
    """

    since: datetime | None = None
    until: datetime | None = None
    acts: tuple[str, ...] = ()
    outcome: str = ""
    account: str = ""
    text: str = ""


def _folded(text: str) -> str:
    """Return the SQL of `model.search.folded`, with a blank at both ends, for the SQL expression of a text."""
    words = f"' ' || regexp_replace(strip_accents(lower({text})), '[^a-z0-9]+', ' ', 'g') || ' '"
    return rf"regexp_replace({words}, ' st(e?s?) ', ' saint\1 ', 'g')"


_NAMED = f"""
    unit_name AS (
        SELECT name, {_folded("name")} AS words FROM (SELECT DISTINCT name FROM unit)
    ),
    place AS (
        SELECT finess, {_folded("concat_ws(' ', name, commune, finess)")} AS words FROM structure
    ),
    named AS (
        SELECT 'unit:' || unit.id AS subject, unit_name.words || place.words || replace(lower(unit.id), '-', ' ') AS words
        FROM unit JOIN unit_name USING (name) JOIN place ON place.finess = unit.structure
        UNION ALL SELECT 'structure:' || finess, words FROM place
        UNION ALL SELECT 'legal_entity:' || finess, {_folded("concat_ws(' ', name, finess)")} FROM legal_entity
        UNION ALL SELECT 'account:' || id, {_folded("concat_ws(' ', name, login)")} FROM account
    )
"""  # noqa: S608 - constants
"""The CTE `named`: the folded words of each possible subject. Each name is folded once: 150,000 units share a few hundred."""

_OTHER_SUBJECT = """
    CASE WHEN act = 'mask' THEN 'unit:' || json_extract_string(after, '$.unit')
         WHEN act = 'handover' AND actor = json_extract_string(after, '$.receiver')
             THEN 'account:' || json_extract_string(after, '$.giver')
         WHEN act = 'handover' THEN 'account:' || json_extract_string(after, '$.receiver') END
"""
"""The SQL of a second subject of a line: the unit of a masked comment, the other account of a handover."""


def lines(cursor: Cursor, query: JournalQuery, limit: int) -> pa.Table:
    """Return at most `limit` matching lines, newest first: the journal's columns without the hashes, with names and addresses.

    Columns: number, happened_at, act, outcome, actor, actor_name, address, subject, subject_name, structure_name and
    capacity_type (the structure of a line's unit, and what that counts now; "" and null for other subjects), before, after.
    """
    newest = chain.head(cursor).number - RECENT
    if newest > 0 and limit <= RECENT:
        page = _lines_after(cursor, query, limit, newest)
        if page.num_rows == limit:
            return page
    return _lines_after(cursor, query, limit, 0)


def _lines_after(cursor: Cursor, query: JournalQuery, limit: int, number: int) -> pa.Table:
    """Return the same as `lines`, restricted to the lines after a number."""
    parameters: dict[str, Any] = {"acts": list(query.acts), "limit": limit, "after": number}
    for name in ("since", "until", "outcome", "account"):
        parameters[name] = getattr(query, name)
    ctes, joins, condition = _search(query.text, parameters)
    kinds.register(cursor)
    return cursor.execute(
        f"""
        WITH {ctes} matches AS (
            SELECT journal.* FROM journal {joins}
            WHERE journal.number > $after
              AND ($since IS NULL OR happened_at >= $since) AND ($until IS NULL OR happened_at < $until)
              AND (len($acts) = 0 OR list_contains($acts, act))
              AND ($outcome = '' OR outcome = $outcome)
              AND ($account = '' OR actor = $account OR journal.subject = 'account:' || $account)
              AND {condition}
            ORDER BY number DESC LIMIT $limit
        )
        SELECT line.number, line.happened_at, line.act, line.outcome, line.actor, coalesce(actors.name, '') AS actor_name,
               coalesce(origin.address, '') AS address, line.subject,
               coalesce(subjects.name, unit.name, structure.name, legal_entity.name, '') AS subject_name,
               coalesce(place.name, '') AS structure_name, line.before, line.after, unit_kind.capacity_type
        FROM matches AS line
        LEFT JOIN account AS actors ON actors.id = line.actor
        LEFT JOIN account AS subjects ON 'account:' || subjects.id = line.subject
        LEFT JOIN unit ON 'unit:' || unit.id = line.subject
        LEFT JOIN unit_kind ON {kinds.OF_UNIT}
        LEFT JOIN structure ON 'structure:' || structure.finess = line.subject
        LEFT JOIN structure AS place ON place.finess = unit.structure
        LEFT JOIN legal_entity ON 'legal_entity:' || legal_entity.finess = line.subject
        LEFT JOIN origin ON origin.id = line.origin
        ORDER BY line.number DESC
        """,  # noqa: S608 - the words are parameters, the rest is ours
        parameters,
    ).to_arrow_table(BATCH)


def _search(text: str, parameters: dict[str, Any]) -> tuple[str, str, str]:
    """Return the CTEs, the joins and the condition of a search for a text; its parameters are added to `parameters`.

    The CTE `found` has for each subject a bit for each searched word that it has. A line matches when the bits of its subject,
    of its author and of its second subject together are all set.
    """
    if not text:
        return "", "", "true"
    parameters["text"] = text.lower()
    words = list(dict.fromkeys(folded(text).split()))[:MAX_TERMS]
    if not words:
        return "", "", _CONTAINS_TEXT
    bits = []
    for rank, word in enumerate(words):
        parameters[f"word{rank}"] = needle(word)
        bits.append(f"CASE WHEN contains(words, $word{rank}) THEN {1 << rank} ELSE 0 END")
    ctes = f"{_NAMED}, found AS MATERIALIZED (SELECT subject, {' + '.join(bits)} AS bits FROM named WHERE bits > 0),"  # noqa: S608 - markers of parameters
    joins = f"""
        LEFT JOIN found ON found.subject = journal.subject
        LEFT JOIN found AS author ON author.subject = 'account:' || journal.actor
        LEFT JOIN found AS other ON other.subject = {_OTHER_SUBJECT}
    """
    every = (1 << len(words)) - 1
    bits_of_line = "coalesce(found.bits, 0) | coalesce(author.bits, 0) | coalesce(other.bits, 0)"
    return ctes, joins, f"(({bits_of_line}) = {every} OR {_CONTAINS_TEXT})"


_CONTAINS_TEXT = "contains(lower(concat_ws(' ', journal.subject, before, after)), $text)"
