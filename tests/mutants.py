"""A plugin of pytest for `make mutants`: each mutant begins without the values that the process it is forked from cached."""

import gc
import os
import sys

import pytest


def pytest_sessionstart() -> None:
    """Clear every cached function of the product: tests that name their cases by its values have filled some.

    What is imported by then is left out of the garbage collections of pytest, a quarter of a mutant's time.
    """
    gc.freeze()
    for name, module in tuple(sys.modules.items()):
        if name.startswith("ror."):
            for value in tuple(vars(module).values()):
                clear = getattr(value, "cache_clear", None)
                if callable(clear):
                    clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests of the file that has the name of the mutant's module: most mutants are killed there."""
    *_, module, _ = ("", "", *os.environ.get("MUTANT_UNDER_TEST", "").split("."))
    items.sort(key=lambda item: item.path.stem != f"test_{module}")
