#!/bin/sh
# Install a Chromium for the browser tests if there is none.
#
#   scripts/ensure_chromium.sh          find one, else install one
#   scripts/ensure_chromium.sh --find   print the path of the system's one; print nothing if there is none
set -eu

cd "$(dirname "$0")/.."

# The shell comes first: without a window to draw, it saves the browser tests a sixth of their processor time.
# A name on the path is not enough: some distributions ship a stub that only prints how to install the browser.
find_chromium() {
    for name in "${CHROMIUM:-}" chromium-headless-shell chromium chromium-browser google-chrome; do
        [ -n "$name" ] || continue
        path=$(command -v "$name") || continue
        if "$path" --version >/dev/null 2>&1 </dev/null; then
            echo "$path"
            return 0
        fi
    done
    return 1
}

if [ "${1:-}" = --find ]; then
    find_chromium || true
    exit 0
fi

if find_chromium >/dev/null; then
    exit 0
fi

# Playwright's own browser, from an earlier run.
own=$(.venv/bin/python - <<'PYTHON' 2>/dev/null || true
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
PYTHON
)
if [ -n "$own" ] && [ -x "$own" ]; then
    exit 0
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Not every distribution has the shell. Without a font a machine draws the shapes of the legend as empty boxes.
with_apt() {
    # The lists of packages may be old, or absent from a container.
    "$@" apt-get update >>"$log" 2>&1 </dev/null || return 1
    for package in chromium-headless-shell chromium; do
        "$@" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" fonts-dejavu-core \
            >>"$log" 2>&1 </dev/null && return 0
    done
    return 1
}

echo "Installing Chromium for the browser tests (once)"
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        with_apt env || true
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        with_apt sudo -n || true
    fi
fi

if find_chromium >/dev/null || .venv/bin/python -m playwright install chromium >>"$log" 2>&1 </dev/null; then
    exit 0
fi

tail -n 15 "$log" >&2
echo "No Chromium was found and none could be installed: install it, or set CHROMIUM to its path, then run make again." >&2
exit 1
