"""People who look at pages."""

from tests.pages.conftest import new_visitor, visitor

__all__ = ["new_visitor", "visitor"]
