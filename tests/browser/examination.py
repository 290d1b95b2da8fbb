"""Faults of a drawn page against WCAG 2.2 A and AA that a program can find: axe, and what it leaves out (`examination.js`)."""

from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from scripts.browser import settle
from tests.browser import keyboard, streamlit_words

SCRIPT = Path(__file__).with_name("examination.js").read_text("utf-8")
QUIET = 200
"""Milliseconds without a change after which a page counts as drawn."""

WIDE, PHONE = (1440, 900), (390, 844)
ZOOMED = ((720, 450), (320, 256))
"""A window of 1440 x 900 at 200 %, and one of 1280 x 1024 at 400 %."""

PAUSES = (0, 500, 1500)
"""Milliseconds before each examination of a page that has a fault: it may still be drawing a map or a menu."""

_AXE = """
async () => {
    // Contrast under the header of a scrolled page cannot be judged.
    document.querySelectorAll('[data-testid="stMain"]').forEach((main) => main.scrollTo(0, 0));
    const {violations} = await axe.run({
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"],
        resultTypes: ["violations"],
        rules: {
            // It judges what a sticky foot leaves of a button; examination.js measures each target, without an exception.
            "target-size": {enabled: false},
            // Streamlit draws all that a page says inside its main content, the foot of the page too.
            "landmark-contentinfo-is-top-level": {enabled: false},
        },
    });
    // What opens over a screen, as a list, is drawn outside of its landmarks and belongs to the control that opened it.
    const over = ({target}) => document.getElementById("root") && !document.querySelector(target[0])?.closest("#root");
    return violations
        .map((one) => ({...one, nodes: one.id === "region" ? one.nodes.filter((node) => !over(node)) : one.nodes}))
        .filter(({nodes}) => nodes.length)
        .map((one) => `${one.id}, ${one.help}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}
"""


def problems(page: Page, *, in_english: bool = False) -> list[str]:
    """Return the faults of a page at its present size; `in_english` for a page that is in English on purpose."""
    _prepare(page)
    words = {"whole": [], "starts": []} if in_english else streamlit_words.words()
    found: list[str] = []
    for pause in PAUSES:
        page.wait_for_timeout(pause)
        found = page.evaluate(_AXE) + page.evaluate("(words) => examination.problems(words)", words)
        found += page.evaluate("examination.cut()")
        if not found:
            break
    return found


def problems_when_spaced(page: Page) -> list[str]:
    """Return what is cut off or overlaps other text, at the present size, with the text spacing of WCAG 1.4.12."""
    _prepare(page)
    usual = page.evaluate("examination.crowded()")
    page.evaluate("examination.space()")
    page.wait_for_timeout(QUIET)
    found = page.evaluate("[...examination.cut(), ...examination.crowded()]")
    page.evaluate("examination.unspace()")
    return [problem for problem in found if problem not in usual]


def plan_problems(page: Page) -> list[str]:
    """Return the faults for screen readers: titles out of order, and landmarks, charts, grids and tables without a name.

    A page without Streamlit has one landmark and one title: nothing is returned for it.
    """
    if not page.get_by_test_id("stApp").count():
        return []
    _prepare(page)
    found: list[str] = page.evaluate("examination.plan()")
    return found


def problems_at_every_size(page: Page, *, by_keyboard: bool = False) -> list[str]:
    """Return the faults of a page, wide and on a phone, with usual and wide text spacing, and what is cut off when zoomed.

    `by_keyboard` adds the faults of a walk with the Tab key.
    """
    examinations = [problems, problems_when_spaced, plan_problems, *([keyboard.problems] if by_keyboard else [])]
    found = []
    for size in (WIDE, PHONE):
        resize(page, size)
        found += [f"{size[0]}: {problem}" for examine in examinations for problem in examine(page)]
    found += page.evaluate("examination.moving()")
    for size in ZOOMED:
        resize(page, size)
        found += [f"{size[0]}: {problem}" for problem in page.evaluate("examination.cut()")]
    return found


def resize(page: Page, size: tuple[int, int]) -> None:
    """Give a page another size, and wait until it is drawn."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    if page.get_by_test_id("stApp").count():
        settle(page, QUIET)


def _prepare(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    if not page.evaluate("Boolean(window.axe && window.examination)"):
        page.evaluate(AXE_SCRIPT)
        page.evaluate(SCRIPT)
