"""How long the main job takes in a real Chromium: declaring, and seeing it on somebody else's open consultation.

The reference is what a reader without live screens does: reload the consultation and wait until it is drawn.
Run: `python benchmarks/main_walk.py` (or `make bench`).
"""

import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from scripts.browser import launch, new_context, settle, sign_in
from tests.harness import Server

PASSWORD = "Demonstration-2026"
ROUNDS = 5


def declare(manager: Page, reader: Page) -> tuple[float, float]:
    """Seconds from the first key to the acknowledgement, and to the new total on the reader's screen."""
    totals = reader.locator(".ror-totals")
    before = totals.inner_text()
    field = manager.get_by_label(re.compile(r"^Nombre de (lits|places) disponibles"))
    number = int(field.input_value() or "0")
    began = time.perf_counter()
    field.fill(str(number + 1 if number < 3 else 0))
    manager.get_by_role("button", name="Enregistrer", exact=True).click()
    manager.get_by_text("enregistré à l'instant").wait_for()
    acknowledged = time.perf_counter() - began
    while totals.inner_text() == before:
        time.sleep(0.02)
    return acknowledged, time.perf_counter() - began


def reload(reader: Page) -> float:
    """Seconds to reload the consultation until its totals are there."""
    began = time.perf_counter()
    reader.reload()
    reader.locator(".ror-totals").wait_for()
    return time.perf_counter() - began


def main() -> None:
    """Several rounds on one server, then the medians and their ratios to the reference."""
    rounds = []
    with (
        TemporaryDirectory() as folder,
        Server(Path(folder) / "ror.duckdb", demo=True) as server,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        manager, reader = (new_context(browser, 1440, 900).new_page() for _ in range(2))
        sign_in(manager, server.url, "responsable", PASSWORD)
        sign_in(reader, f"{server.url}/departements", "coordination", PASSWORD)
        for _ in range(ROUNDS):
            rounds.append((*declare(manager, reader), reload(reader)))
            settle(reader)
            manager.reload()
            settle(manager)
        browser.close()
    acknowledged, shown, reloaded = (sorted(column)[ROUNDS // 2] for column in zip(*rounds, strict=True))
    print(f"medians of {ROUNDS} rounds")
    print(f"reloading the consultation (reference)       {reloaded:5.2f} s  1.0")
    print(f"declared, from the first key to « enregistré » {acknowledged:5.2f} s  {acknowledged / reloaded:.1f}")
    print(f"seen on somebody else's open consultation    {shown:5.2f} s  {shown / reloaded:.1f}")


if __name__ == "__main__":
    main()
