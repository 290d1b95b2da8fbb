"""A plugin of pytest for `make mutants`: each mutant begins without the values that the process it is forked from cached."""

import sys


def pytest_sessionstart() -> None:
    """Clear every cached function of the product: tests that name their cases by its values have filled some."""
    for name, module in tuple(sys.modules.items()):
        if name.startswith("ror."):
            for value in tuple(vars(module).values()):
                clear = getattr(value, "cache_clear", None)
                if callable(clear):
                    clear()
