"""Monte Carlo tree search."""

import math

import pytest

from agentrm_envs import Action, Step, Task, Tree
from harness.policy.random import RandomPolicy
from harness.search import MCTS
from harness.search.mcts import uct
from rewards.baselines import OracleReward, RandomReward
from rewards.metering import metered
from tests.harness.playing import Asked, Both, Scored, play, spelled
from tests.toys import CoinPolicy, LikesB

SEARCHES = [MCTS(1, 2), MCTS(12, 2), MCTS(6, 2, rollouts=2), MCTS(9, 3, rollouts=5)]


def below(tree: Tree, node: int) -> list[int]:
    """The leaves under a node."""
    return [leaf for leaf in tree.leaves() if node in tree.path(leaf)]


@pytest.mark.parametrize("search", SEARCHES, ids=repr)
@pytest.mark.parametrize("policy", [RandomPolicy(1), CoinPolicy(2)])
def test_every_value_is_the_mean_of_the_returns_of_the_rollouts_through_the_node(search, policy):
    tree, _ = play(search, policy=policy)
    for i, node in enumerate(tree.nodes):
        leaves = below(tree, i)
        ended = sum(tree.nodes[leaf].visits for leaf in leaves)
        returned = math.fsum(
            tree.nodes[leaf].visits * tree.trajectory(leaf).score for leaf in leaves
        )
        assert node.visits == ended > 0
        assert node.value == pytest.approx(returned / ended)


def test_each_new_child_gets_its_rollouts():
    tree, _ = play(MCTS(1, branch=2, rollouts=3))
    children = tree.children(Tree.ROOT)
    assert [tree.nodes[child].visits for child in children] == [3] * len(children)


def test_rollouts_that_went_through_a_child_before_count_as_its_own():
    with metered() as usage:
        tree, _ = play(MCTS(2, branch=2, rollouts=1), policy=Both())
    assert usage.env_steps == len(tree.nodes) - 1
    expanded = [i for i in range(len(tree.nodes)) if len(tree.children(i)) == 2]
    assert len(expanded) == 2
    assert tree.nodes[Tree.ROOT].visits == 3


def test_a_trajectory_is_scored_once_however_often_it_is_visited():
    scored = Scored(OracleReward())
    tree, _ = play(MCTS(60, 2), reward_model=scored)
    assert len(scored.given) == len(set(scored.given))
    assert max(tree.nodes[leaf].visits for leaf in tree.leaves()) > 1


def test_without_rollouts_a_child_has_the_reward_models_value():
    tree, _ = play(MCTS(1, 2, rollouts=0), reward_model=RandomReward(5), policy=Both())
    first = {spelled(tree, child): tree.nodes[child].value for child in tree.children(Tree.ROOT)}
    assert set(first) == {"a", "b"}
    assert first["a"] != first["b"]
    assert tree.nodes[Tree.ROOT].value == pytest.approx(sum(first.values()) / 2)


def test_without_rollouts_the_chosen_path_is_followed_to_its_end():
    asked = Asked(RandomPolicy())
    tree, chosen = play(MCTS(1, 2, rollouts=0), reward_model=LikesB(), policy=asked)
    assert tree.nodes[chosen].step.done
    assert [len(letters) for letters, _ in asked.calls] == [0, 1, 2, 3]


def test_uct_is_the_formula_of_rest_mcts():
    tree = Tree.rooted(Task("toy", "abba"), "", "")
    child = tree.add(Tree.ROOT, Step(Action("a"), ""))
    tree.nodes[Tree.ROOT].visits = 10
    assert uct(tree, child, 0.7) == math.inf
    tree.nodes[child].visits, tree.nodes[child].value = 4, 0.25
    assert uct(tree, child, 0.7) == pytest.approx(0.25 + 0.7 * math.sqrt(2 * math.log(10) / 4))


def test_exploration_spreads_the_visits():
    def least(exploration):
        tree, _ = play(MCTS(40, 2, exploration=exploration), policy=Both())
        return min(tree.nodes[child].visits for child in tree.children(Tree.ROOT))

    assert least(10.0) > least(0.0)
