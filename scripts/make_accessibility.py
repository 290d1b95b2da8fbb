"""Write docs/accessibility.md from data/rgaa.csv. To run after a change of that file: a test fails until it is.

Run: PYTHONPATH=. python scripts/make_accessibility.py
"""

from collections import Counter
from itertools import groupby
from pathlib import Path

from ror.model.accessibility import ASSESSED_ON, Criterion, State, conformity, criteria

TARGET = Path(__file__).resolve().parent.parent / "docs/accessibility.md"
_WORDS = {State.CONFORM: "conform", State.NOT_CONFORM: "**not conform**", State.NOT_APPLICABLE: "not applicable"}
_INTRODUCTION = """\
# Accessibility

Written by `python scripts/make_accessibility.py` from `data/rgaa.csv`, from which the statement in the footer of every screen
is made too: change that file, not this page.

The reference is RGAA 4.1, the French application of WCAG 2.1 AA; the tests hold WCAG 2.2 AA beside it. The subjects are in
words of ours: the [reference](https://accessibilite.numerique.gouv.fr/methode/criteres-et-tests/) alone is binding.

## How it was checked

- axe on every screen of every role and state, at 1440 x 900 and 390 x 844, with 0 violations:
  `tests/browser/test_accessibility.py`.
- What axe cannot see has tests of its own in `tests/browser/`: titles, contrast of borders, French names of controls, zoom at
  200 and 400 %, reduced motion, size of targets, visible and lasting focus, the main jobs by keyboard alone, charts and maps
  said in words.
- The rest was judged by eye from the screens and their templates, on {day}.
- Not done: an audit by a third party, and a session with a screen reader and its users. Texts
  on canvas (tables, charts) have no contrast measured by a test.

## Result

{conform} of the {applicable} criteria that apply are met ({percentage} %). By theme:

| Theme | Conform | Not conform | Not applicable |
|---|---|---|---|
{themes}

## The 106 criteria
"""


def page(found: tuple[Criterion, ...]) -> str:
    """Return the page: what was checked, the result, then a table of the criteria of each theme."""
    by_theme = {theme: list(group) for theme, group in groupby(found, key=lambda one: one.theme)}
    counts = {theme: Counter(one.state for one in group) for theme, group in by_theme.items()}
    lines = "\n".join(f"| {theme} | {' | '.join(str(count[state]) for state in State)} |" for theme, count in counts.items())
    result = conformity(found)
    introduction = _INTRODUCTION.format(
        day=ASSESSED_ON, conform=result.conform, applicable=result.applicable, percentage=result.percentage, themes=lines
    )
    return "\n".join((introduction, *(_table(theme, group) for theme, group in by_theme.items())))


def _table(theme: str, group: list[Criterion]) -> str:
    rows = "\n".join(
        f"| {one.number} | {one.subject} | {_WORDS[one.state]} | {one.how}{f' ({one.barrier})' if one.barrier else ''} |"
        for one in group
    )
    return f"### {theme}\n\n| | Asks | Found | How checked, or why not |\n|---|---|---|---|\n{rows}\n"


if __name__ == "__main__":
    TARGET.write_text(page(criteria()), encoding="utf-8")
