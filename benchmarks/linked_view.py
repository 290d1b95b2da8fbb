"""Time from a press or a turn of the wheel on the linked view until it is repainted, in a real Chromium, without a server.

The clock is the browser's own: from the press to the second animation frame after the view has computed itself. A probe,
ten million additions, says how loaded the machine is: on an idle one it takes 5 ms.

Run: PYTHONPATH=. python -m benchmarks.linked_view [--quick]
"""

import statistics
import sys

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.kit import region
from benchmarks.speed import product, spread, verdict
from scripts.browser import launch, new_context, settle
from tests.browser.vega_view import VegaView

PRESS_MS = 150
CODES = ("75", "77", "78", "91", "92", "93", "94", "95")

_ARM = """
(kind) => {
    const canvas = document.querySelector('[data-testid=stVegaLiteChart] canvas');
    window.painted = new Promise((done) => canvas.addEventListener(kind, () => {
        const began = performance.now();
        setTimeout(() => window.vegaView.runAsync().then(() =>
            requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)))));
    }, { capture: true, once: true }));
}
"""
_PROBE = """
() => {
    const began = performance.now();
    let sum = 0;
    for (let number = 0; number < 1e7; number++) sum += number;
    return sum ? performance.now() - began : 0;
}
"""


def press(page: Page, view: VegaView, code: str) -> float:
    """Return the milliseconds from a press on the row of a département until the view is repainted."""
    page.evaluate(_ARM, "click")
    view.press("department_rows", department=code)
    return float(page.evaluate("() => window.painted"))


def wheel(page: Page, view: VegaView, distance: int) -> float:
    """Return the milliseconds from a step of the wheel over the map until the view is repainted."""
    view.point_at(300, 150)
    page.evaluate(_ARM, "wheel")
    page.mouse.wheel(0, distance)
    return float(page.evaluate("() => window.painted"))


def open_board(browser: Browser, url: str, cookie: str) -> Page:
    """Open the board for the session of a cookie, and wait until it is drawn."""
    context = new_context(browser, 1440, 1300)
    name, _, value = cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": url}])
    page = context.new_page()
    page.goto(f"{url}/departements")
    settle(page)
    return page


def measure(page: Page, rounds: int) -> tuple[list[float], list[float], list[float]]:
    """Return the milliseconds of presses on each département in turn, of as many wheels, and of the probe."""
    view = VegaView(page)
    presses, wheels, probes = [], [], []
    for _ in range(rounds):
        for number, code in enumerate(CODES):
            presses.append(press(page, view, code))
            wheels.append(wheel(page, view, 100 if number % 2 else -100))
            settle(page)
            probes.append(float(page.evaluate(_PROBE)))
    return presses, wheels, probes


def main() -> None:
    """Print the times and the bar; the first round does not count."""
    ours = product(region.seed(), 1)
    with ours.server, sync_playwright() as playwright:
        browser = launch(playwright)
        page = open_board(browser, ours.server.url, ours.cookies["coordination"][0])
        results = measure(page, 2 if "--quick" in sys.argv else 5)
        browser.close()
    presses, wheels, probes = (times[len(CODES) :] for times in results)
    print(f"wheel to pixels, ms: {spread(wheels)}; the probe, ms: {spread(probes)}")
    bar = f"a press on the linked view is painted in at most {PRESS_MS} ms"
    verdict(bar, spread(presses), statistics.median(presses) <= PRESS_MS)


if __name__ == "__main__":
    main()
