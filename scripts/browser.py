"""Drive the screens through a real Chromium: for the browser tests, the benchmarks and `scripts/screenshots.py`."""

import subprocess
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

ROOT = Path(__file__).resolve().parent.parent

# With these the browser sends no request in the background to any server but ours.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Fetched in the background, a module is compiled again whenever a page loads, whatever the cache of compiled scripts holds.
CACHING = ["--disable-features=BackgroundResourceFetch"]

FRANCE: dict[str, Any] = {"locale": "fr-FR", "timezone_id": "Europe/Paris"}

STILL: dict[str, Any] = {"reduced_motion": "reduce"}
"""A visitor who wants nothing to move: the skeletons of a page that loads are then not drawn sixty times a second."""

# Streamlit shows its status after half a second and marks what the running script has not redrawn yet: the page is
# settled when neither that nor a skeleton has been there for a while.
_BUSY = ", ".join(
    [
        '[data-testid="stStatusWidget"]',
        '[data-testid="stAppSkeleton"]',
        '[data-testid="stSkeleton"]',
        '[data-stale="true"]',
        '[data-test-script-state="initial"]',
        '[data-test-script-state="running"]',
        '[data-test-script-state="rerunRequested"]',
    ]
)
_QUIET = """
([busy, milliseconds]) => {
    const now = performance.now();
    const app = document.querySelector('[data-testid="stApp"]');
    if (!app || document.querySelector(busy)) {
        window.busyUntil = now;
        return false;
    }
    window.busyUntil ??= now;
    return now - window.busyUntil >= milliseconds;
}
"""


def chromium_path() -> str | None:
    """Return the path of the system's Chromium, or None: Playwright then starts its own."""
    search = subprocess.run(
        [str(ROOT / "scripts" / "ensure_chromium.sh"), "--find"], capture_output=True, text=True, check=True
    )
    return search.stdout.strip() or None


def launch(playwright: Playwright) -> Browser:
    """Start a headless Chromium."""
    return playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)


def launch_profile(playwright: Playwright, folder: Path) -> BrowserContext:
    """Start a headless Chromium whose cache of files and compiled scripts is in a folder, for one visitor at a time."""
    return playwright.chromium.launch_persistent_context(
        folder, executable_path=chromium_path(), args=[*ARGUMENTS, *CACHING], device_scale_factor=1, **FRANCE, **STILL
    )


def new_context(browser: Browser, width: int, height: int, **options: Any) -> BrowserContext:
    """Open a context for a new visitor in France, with cookies and storage of its own; `options` are those of Playwright."""
    return browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=1, **FRANCE, **options)


def settle(page: Page, quiet_ms: int = 500, timeout_ms: int = 30_000) -> None:
    """Wait until the page has been complete and unchanged for `quiet_ms`."""
    page.evaluate("delete window.busyUntil")
    page.wait_for_function(_QUIET, arg=[_BUSY, quiet_ms], polling=50, timeout=timeout_ms)
    page.evaluate("document.fonts.ready.then(() => true)")


def travel(page: Page, *addresses: str) -> None:
    """Open screens of the service one after the other in an open page, as « back » does: its scripts are not loaded anew."""
    page.evaluate(
        """(addresses) => addresses.forEach((address) => {
            history.pushState({}, "", address);
            dispatchEvent(new PopStateEvent("popstate", { state: {} }));
        })""",
        addresses,
    )


def fill_sign_in(page: Page, url: str, login: str, password: str) -> None:
    """Open the sign-in form, fill it and send it, without waiting for the result."""
    page.goto(url)
    settle(page)
    page.get_by_label("Identifiant", exact=True).fill(login)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter", exact=True).click()


def sign_in(page: Page, url: str, login: str, password: str) -> None:
    """Sign in through the form, and wait for the first screen."""
    fill_sign_in(page, url, login, password)
    page.get_by_role("button", name="Se connecter", exact=True).wait_for(state="detached")
    settle(page)
