"""A plugin of pytest for `make mutants`: what one process cached hides no mutant of another."""

import gc
import os
import sys

import pytest


def pytest_sessionstart() -> None:
    """Forget what tests that name their cases by a cached function made it compute, before the mutant was chosen.

    What is imported by then is left out of the garbage collections of pytest, a quarter of a mutant's time.
    """
    gc.freeze()
    _clear_caches()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests of the file that has the name of the mutant's module: most mutants are killed there."""
    *_, module, _ = ("", "", *os.environ.get("MUTANT_UNDER_TEST", "").split("."))
    items.sort(key=lambda item: item.path.stem != f"test_{module}")


def pytest_runtest_setup() -> None:
    """While mutmut notes which tests call a function, let each of them call the cached ones again."""
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
