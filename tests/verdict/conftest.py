"""What the tests of the answers share."""

from collections.abc import Callable

import pytest

from keqiao.matching import index
from keqiao.registry.kinds import KINDS


@pytest.fixture
def indexed(db: None) -> Callable[[], None]:
    """Call it when the records are there: every index then holds its registry."""

    def bring_up() -> None:
        for kind in KINDS:
            index.rebuild(kind)

    return bring_up
