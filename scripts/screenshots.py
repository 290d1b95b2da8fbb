"""Take the pictures of docs/images from a server in demonstration mode, on a wide screen and on a telephone."""

import io
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.browser import launch, new_context, settle, sign_in  # noqa: E402
from tests.harness import Server  # noqa: E402

IMAGES = ROOT / "docs" / "images"
PASSWORD = "Demonstration-2026"
MAX_HEIGHT = 2400


class Format(NamedTuple):
    """A size of screen, and the suffix of the names of its pictures."""

    suffix: str
    width: int
    height: int


class Shot(NamedTuple):
    """A screen, its address, and the account that is signed in (none: before signing in)."""

    name: str
    path: str
    account: str | None


FORMATS = [Format("", 1440, 900), Format("-telephone", 390, 844)]
SHOTS = [
    Shot("connexion", "", None),
    Shot("mise-a-jour", "mise-a-jour", "responsable"),
    Shot("departements", "departements?besoin=SMR&pres=commune:94028", "coordination"),
    Shot("structures", "structures?structure=999410001", "coordination"),
    Shot("tendances", "tendances?periode=90+jours", "coordination"),
    Shot("coordination", "coordination", "coordination"),
    Shot("administration", "administration", "admin"),
    Shot("mon-compte", "mon-compte", "responsable"),
    Shot("aide", "aide", "coordination"),
]


def grow(page: Page, shape: Format) -> None:
    """Make the window as high as the page: the page scrolls inside an element, which a full-page picture would cut."""
    height = page.evaluate(
        """() => Math.max(...['stMain', 'stSidebarContent'].map((name) => {
            const element = document.querySelector(`[data-testid="${name}"]`);
            const visible = element && element.getBoundingClientRect().right > 0;
            return visible ? element.scrollHeight + element.getBoundingClientRect().top : 0;
        }))"""
    )
    page.set_viewport_size({"width": shape.width, "height": min(max(int(height), shape.height), MAX_HEIGHT)})
    settle(page)


def save(picture: bytes, path: Path) -> None:
    """Write a PNG of its 256 most frequent colours, the others as the nearest of these: small, and exact where it matters.

    Pillow's own palettes average colours, which turns white into grey.
    """
    with Image.open(io.BytesIO(picture)) as image:
        pixels = np.asarray(image.convert("RGB")).astype(np.int32)
    packed = pixels @ np.array([65_536, 256, 1])
    values, indices, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = np.stack([values >> 16, values >> 8 & 255, values & 255], axis=1)
    palette = colours[np.argsort(-counts)[:256]]
    nearest = np.array([((palette - colour) ** 2).sum(axis=1).argmin() for colour in colours], dtype=np.uint8)
    indexed = Image.fromarray(nearest[indices].reshape(packed.shape))
    indexed.putpalette(palette.astype(np.uint8).tobytes())
    indexed.save(path, optimize=True)


def take(browser: Browser, server: Server, shape: Format) -> None:
    """Take every screen at one size."""
    pages: dict[str | None, Page] = {}
    for shot in SHOTS:
        if shot.account not in pages:
            pages[shot.account] = new_context(browser, shape.width, shape.height).new_page()
            if shot.account is not None:
                sign_in(pages[shot.account], server.url, shot.account, PASSWORD)
        page = pages[shot.account]
        page.set_viewport_size({"width": shape.width, "height": shape.height})
        page.goto(f"{server.url}/{shot.path}")
        settle(page)
        grow(page, shape)
        target = IMAGES / f"{shot.name}{shape.suffix}.png"
        save(page.screenshot(), target)
        print(f"{target.relative_to(ROOT)}  {target.stat().st_size // 1024} KiB")
    for page in pages.values():
        page.context.close()


def take_wall(browser: Browser, server: Server) -> None:
    """Take the wall of a crisis room, as a coordinator sees it, at the size of its screen."""
    page = new_context(browser, 1920, 1080).new_page()
    sign_in(page, server.url, "coordination", PASSWORD)
    page.goto(f"{server.url}/mur")
    page.locator("#wall .symbols path").first.wait_for()
    target = IMAGES / "mur.png"
    save(page.screenshot(), target)
    print(f"{target.relative_to(ROOT)}  {target.stat().st_size // 1024} KiB")
    page.context.close()


def main() -> None:
    """Take all the pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with Server(demo=True) as server, sync_playwright() as playwright:
        browser = launch(playwright)
        for shape in FORMATS:
            take(browser, server, shape)
        take_wall(browser, server)
        browser.close()


if __name__ == "__main__":
    main()
