"""What the tests of the expert pages share."""

from tests.expertise.conftest import indexed

__all__ = ["indexed"]
