"""The SQL of a search: the condition of the terms of `model.search` on the texts of a table."""

from collections.abc import Sequence
from typing import Any

from ror.model.search import Term, needle


def condition(terms: Sequence[Term], parameters: dict[str, Any], *, words: str, numbers: str, department: str = "") -> str:
    """Return the SQL condition that a row meets every term, `true` without terms; its values are added to `parameters`.

    `words` and `numbers` are the names of columns of `searchable` and `searchable_numbers` texts, `department` that of a column
    of codes, "" for none.
    """

    def bound(value: str) -> str:
        name = f"search{len(parameters)}"
        parameters[name] = value
        return f"${name}"

    conditions = []
    for term in terms:
        alternatives = [" AND ".join(f"contains({words}, {bound(needle(word))})" for word in phrase) for phrase in term.phrases]
        alternatives += [f"contains({numbers}, {bound(f' {number}')})" for number in term.numbers]
        alternatives += [f"{department} = {bound(code)}" for code in term.departments if department]
        conditions.append(" OR ".join(f"({alternative})" for alternative in alternatives))
    return " AND ".join(f"({one})" for one in conditions) or "true"
