"""Search methods: ways to spend inference on choosing a trajectory."""

from harness.search.beam import BeamSearch
from harness.search.best_of_n import BestOfN
from harness.search.core import Search
from harness.search.greedy import Greedy
from harness.search.mcts import MCTS

__all__ = ["MCTS", "BeamSearch", "BestOfN", "Greedy", "Search"]
