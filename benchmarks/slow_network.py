"""First load over a slow telephone network, 1.6 Mb/s and 150 ms for each request, in a real Chromium whose caches are empty.

The clock is the browser's own, from the navigation. Six visitors come one after another, each with a cache of its own.
Measured are the time of the first words on the screen, the time until the sign-in form accepts letters, and the bytes received
by then. After the time that a person takes to type, the form is sent, and the time until the first screen of a coordinator is
drawn is measured. The same is measured without the limits, which shows how much of it is due to the machine.

Run: PYTHONPATH=. python -m benchmarks.slow_network [--quick]
"""

import statistics
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.kit import region
from benchmarks.speed import product, spread, verdict
from ror.services.operations.demonstration import PASSWORD
from ror.web.server import prepared
from scripts.browser import launch, new_context

NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
"""A telephone with poor reception: bytes a second, milliseconds for each request."""

WORDS_MS, FORM_MS, SCREEN_MS, FORM_BYTES = 1000, 5000, 3000, 900_000
"""The bars, each for the median of the visitors."""

TYPING_MS = 8000
"""The time that a person takes to type a login and a password."""

_FORM = "() => document.querySelector('input[autocomplete=username]:enabled') && performance.now()"
_ANSWERS = "() => document.querySelector('.ror-row') && performance.now()"
"""A telephone shows the list first, the map once its button is pressed."""

_WORDS = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


@dataclass(slots=True)
class Visit:
    """Times that one visitor waited, in milliseconds, and the bytes and requests until the form accepted letters."""

    words: float = 0
    form: float = 0
    screen: float = 0
    bytes: int = 0
    requests: int = 0


@dataclass
class Traffic:
    """The requests of a page so far, and the bytes of their responses, headers included."""

    received: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    requests: int = 0

    def listen(self, devtools: CDPSession) -> None:
        """Count the requests and bytes that these developer tools report from now on."""
        devtools.send("Network.enable")
        devtools.on("Network.requestWillBeSent", self._count_request)
        devtools.on("Network.dataReceived", self._add_bytes)
        devtools.on("Network.loadingFinished", self._set_bytes)

    def _count_request(self, _: dict[str, Any]) -> None:
        self.requests += 1

    def _add_bytes(self, event: dict[str, Any]) -> None:
        self.received[event["requestId"]] += event["encodedDataLength"]

    def _set_bytes(self, event: dict[str, Any]) -> None:
        self.received[event["requestId"]] = int(event["encodedDataLength"])


def visit(browser: Browser, url: str, network: dict[str, Any] | None, typing_ms: float) -> Visit:
    """Visit for the first time, with empty caches, and sign in as a coordinator."""
    context = new_context(browser, 390, 844)
    page, traffic, result = context.new_page(), Traffic(), Visit()
    devtools = context.new_cdp_session(page)
    traffic.listen(devtools)
    if network:
        devtools.send("Network.emulateNetworkConditions", network)
    page.goto(url, wait_until="commit")
    result.form = _wait(page, _FORM)
    result.bytes, result.requests = sum(traffic.received.values()), traffic.requests
    result.words = _wait(page, _WORDS)
    page.wait_for_timeout(typing_ms)
    page.get_by_label("Identifiant", exact=True).fill("coordination")
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    # `performance.now()` starts again with the next page: with the origin added, it is comparable from one page to the next.
    pressed = page.evaluate("performance.timeOrigin + performance.now()")
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url("**/departements**", wait_until="commit")
    result.screen = _wait(page, _ANSWERS) + page.evaluate("performance.timeOrigin") - pressed
    context.close()
    return result


def _wait(page: Page, expression: str) -> float:
    """Wait until an expression is a number other than 0, and return it."""
    return float(page.wait_for_function(expression, polling="raf", timeout=90_000).json_value())


def print_visits(title: str, visits: list[Visit]) -> None:
    """Print the figures of some visitors: median, least and most."""
    figures: dict[str, Callable[[Visit], float]] = {
        "words": lambda one: one.words,
        "form": lambda one: one.form,
        "screen": lambda one: one.screen,
        "bytes": lambda one: one.bytes,
        "requests": lambda one: one.requests,
    }
    print(title, *(f"{name} {spread([figure(one) for one in visits])}" for name, figure in figures.items()), sep="; ")


def print_bars(visits: list[Visit]) -> None:
    """Print whether the product holds to the bars."""

    def bar(text: str, values: list[float], most: float, unit: str) -> None:
        verdict(f"at 1.6 Mb/s and 150 ms, {text} {most:.0f} {unit}", spread(values), statistics.median(values) <= most)

    bar("first words on the screen in", [one.words for one in visits], WORDS_MS, "ms")
    bar("sign-in form usable in", [one.form for one in visits], FORM_MS, "ms")
    bar("received before the form, at most", [one.bytes for one in visits], FORM_BYTES, "bytes")
    bar("first screen after « Se connecter » in", [one.screen for one in visits], SCREEN_MS, "ms")


def main() -> None:
    """Print the figures with and without the limits of the network, and the bars; the first visitor of each does not count."""
    count = 2 if "--quick" in sys.argv else 6
    prepared.PreparedFiles().prepare()
    ours = product(region.seed(), 1)
    with ours.server, sync_playwright() as playwright:
        browser = launch(playwright)
        near = [visit(browser, ours.server.url, None, 1500) for _ in range(count)]
        far = [visit(browser, ours.server.url, NETWORK, TYPING_MS) for _ in range(count)]
        browser.close()
    print_visits("without limits", near[1:])
    print_visits("at 1.6 Mb/s and 150 ms", far[1:])
    print_bars(far[1:])


if __name__ == "__main__":
    main()
