"""Where elements stand on a page."""

import time

from playwright.sync_api import FloatRect, Locator

_SECONDS = 20


def rectangle(element: Locator) -> FloatRect:
    """Return the rectangle of an element in pixels of the window.

    A live update may replace the element between its search and its measure: it is then searched again.
    """
    end = time.monotonic() + _SECONDS
    while (found := element.bounding_box()) is None:
        assert time.monotonic() < end, f"{element} has no rectangle"
        element.page.wait_for_timeout(50)
    return found
