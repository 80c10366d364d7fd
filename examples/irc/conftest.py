"""What the test of the example shares with others."""

from tests.conftest import home, node_peers, project

__all__ = ["home", "node_peers", "project"]
