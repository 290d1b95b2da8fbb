"""A plugin of pytest for `make mutants`: clears what was cached before a mutant was chosen, which would hide the mutant."""

import gc
import os
import sys

import pytest


def pytest_sessionstart() -> None:
    """Clear the caches filled during collection, before the mutant was chosen, by cases that come from a cached function.

    Objects imported by then are left out of garbage collections, which take a quarter of the time of a mutant.
    """
    gc.freeze()
    _clear_caches()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests of the file that has the name of the mutant's module: most mutants are killed there."""
    *_, module, _ = ("", "", *os.environ.get("MUTANT_UNDER_TEST", "").split("."))
    items.sort(key=lambda item: item.path.stem != f"test_{module}")


def pytest_runtest_setup() -> None:
    """While mutmut records which tests call which function, clear the caches so that each test calls the cached ones too."""
    if os.environ.get("MUTANT_UNDER_TEST") == "stats":
        _clear_caches()


def _clear_caches() -> None:
    """Clear every cached function of the product."""
    for name, module in tuple(sys.modules.items()):
        if name.startswith("ror."):
            for value in tuple(vars(module).values()):
                clear = getattr(value, "cache_clear", None)
                if callable(clear):
                    clear()
