"""Import a package without what it would import on the side."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(name: str) -> Iterator[None]:
    """Make a module seem not to be installed while others are imported, unless it was imported before.

    Args:
        name: of the module, which the others must be able to do without.
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # so Python raises ImportError
    try:
        yield
    finally:
        del sys.modules[name]
