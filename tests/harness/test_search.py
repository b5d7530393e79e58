"""Greedy, best-of-N and beam search, and what all searches have in common."""

import asyncio
from collections import Counter
from contextlib import closing
from statistics import mean

import pytest

from agentrm_envs import Action, Step, Task, Tree, make, tasks
from harness.policy.random import RandomPolicy
from harness.search import MCTS, BeamSearch, BestOfN, Greedy
from harness.search.best_of_n import choose
from harness.search.rollout import rollouts
from harness.simulator import Simulator
from rewards.baselines import NoReward, RandomReward
from rewards.metering import metered
from tests.harness import golden_trees
from tests.harness.playing import ABBA, Asked, Scored, play, spelled
from tests.toy_env.env import ToyEnv
from tests.toys import CoinPolicy, LikesB, ReplayingToyEnv, UnscoredToyEnv

SMALL = [Greedy(), BestOfN(8), BeamSearch(2, 4), MCTS(16, 2), MCTS(8, 2, rollouts=3)]


@pytest.mark.parametrize("name", golden_trees.TREES)
def test_a_search_grows_its_golden_tree(name):
    recorded = golden_trees.path(name).read_text(encoding="utf-8")
    assert golden_trees.grown(name) == recorded, (
        "if this is meant, run `python -m tests.harness.golden_trees` and review the diff"
    )


def test_greedy_takes_the_likeliest_action():
    tree, chosen = play(Greedy(), policy=CoinPolicy())
    assert spelled(tree, chosen) == "aaaa"
    assert tree.trajectory(chosen).score == 0.25


@pytest.mark.parametrize("search", [BestOfN(64), BeamSearch(2, 8), MCTS(32, 8)], ids=repr)
def test_search_with_the_oracle_solves_the_toy(search):
    tree, chosen = play(search)
    assert tree.trajectory(chosen).score == 1.0


@pytest.mark.parametrize("search", SMALL, ids=repr)
def test_restoring_by_load_and_by_replay_give_the_same_tree(search):
    replaying = ReplayingToyEnv("toy", 4)
    with metered() as usage:
        assert play(search) == play(search, replaying)
    assert replaying.starts == 1 + usage.restores / 2
    assert isinstance(search, Greedy) or usage.restores


@pytest.mark.parametrize("search", SMALL, ids=repr)
def test_search_does_not_look_at_the_score(search):
    def actions(env):
        tree, chosen = play(search, env, LikesB())
        return chosen, [(node.step.action.text, node.value, node.visits) for node in tree.nodes]

    assert actions(ToyEnv("toy", 4)) == actions(UnscoredToyEnv("toy", 4))


@pytest.mark.parametrize("search", SMALL, ids=repr)
@pytest.mark.parametrize("reward_model", [NoReward(), LikesB(), RandomReward(3)])
def test_a_search_chooses_a_finished_leaf(search, reward_model):
    tree, chosen = play(search, reward_model=reward_model)
    assert tree.nodes[chosen].step.done
    assert chosen in tree.leaves()


@pytest.mark.parametrize("search", SMALL, ids=repr)
def test_no_node_has_two_children_of_the_same_action(search):
    tree, _ = play(search)
    edges = Counter((node.parent, node.step.action.text) for node in tree.nodes)
    assert max(edges.values()) == 1


def test_rollouts_at_the_same_node_are_one_question():
    asked = Asked(RandomPolicy())
    tree, _ = play(BestOfN(6), policy=asked)
    assert asked.calls[0] == ("", 6)
    prefixes = [letters for letters, _ in asked.calls]
    assert len(prefixes) == len(set(prefixes))
    live = Counter(len(letters) for letters, n in asked.calls for _ in range(n))
    assert live[0] == live[1] == 6
    assert len(tree.leaves()) > 1


def test_rollouts_pass_over_the_proposals_that_were_used_before():
    class Counting:
        """Proposes its index."""

        async def propose(self, trajectory, n, *, temperature=None):
            return [Action(f"{i}{'x' * len(trajectory.steps)}") for i in range(n)]

    async def go():
        simulator, drawn = Simulator(ToyEnv("toy", 1), ABBA), Counter()
        ends = [
            await rollouts(simulator, Counting(), [Tree.ROOT] * 2, temperature=None, drawn=drawn)
            for _ in range(2)
        ]
        return [[spelled(simulator.tree, end) for end in each] for each in ends]

    assert asyncio.run(go()) == [["0", "1"], ["2", "3"]]


def test_of_equals_best_of_n_takes_each_as_often_as_it_was_drawn():
    taken = Counter()
    for number in range(400):
        tree = Tree.rooted(Task("toy", str(number)), "", "")
        leaves = [tree.add(Tree.ROOT, Step(Action(letter), "")) for letter in "ab"]
        for leaf, visits in zip(leaves, (1, 3), strict=True):
            tree.nodes[leaf].visits = visits
        taken[asyncio.run(choose(tree, leaves, NoReward()))] += 1
    assert 250 <= taken[2] <= 350  # three of four, give or take more than five deviations


def test_best_of_n_without_a_reward_model_scores_what_the_draws_do_on_average():
    """The first leaf in the tree is the one that ended first, as a rule by reaching the goal."""
    chosen, drawn, first = [], [], []
    for task in tasks("maze")[:40]:
        with closing(make("maze")) as env:
            simulator = Simulator(env, task)
            leaf = asyncio.run(BestOfN(5)(simulator, RandomPolicy(0), NoReward()))
        tree = simulator.tree
        scores = {end: tree.trajectory(end).score for end in tree.leaves()}
        chosen.append(scores[leaf])
        drawn.append(sum(tree.nodes[end].visits * scores[end] for end in scores) / 5)
        first.append(scores[min(scores)])
    assert abs(mean(chosen) - mean(drawn)) < 0.1 < mean(first) - mean(drawn)


def test_beam_without_a_reward_model_keeps_the_first_proposals():
    """Also where a beam further back has finished."""
    tree, chosen = play(BeamSearch(2, 2), Short("toy", 3), NoReward(), ByLetters("ba"))
    assert spelled(tree, chosen) == "bbb"
    tree, chosen = play(BeamSearch(2, 2), Short("toy", 3), NoReward(), ByLetters("ab"))
    assert spelled(tree, chosen) == "a"


def test_best_of_n_counts_how_often_each_trajectory_was_drawn():
    tree, _ = play(BestOfN(n=40))
    counts = [tree.nodes[leaf].visits for leaf in tree.leaves()]
    assert sum(counts) == 40
    assert max(counts) > 1
    assert all(node.visits == 0 for node in tree.nodes if not node.step.done)


def test_best_of_n_scores_each_trajectory_once():
    scored = Scored(LikesB())
    tree, chosen = play(BestOfN(64), reward_model=scored)
    assert sorted(scored.given) == sorted({spelled(tree, leaf) for leaf in tree.leaves()})
    assert tree.nodes[chosen].value == 4.0


def test_beam_draws_width_times_branch_at_the_root_and_branch_afterwards():
    asked = Asked(CoinPolicy(3))
    play(BeamSearch(width=2, branch=3), policy=asked)
    assert asked.calls[0] == ("", 6)
    assert {n for letters, n in asked.calls if letters} == {3}
    assert max(Counter(len(letters) for letters, _ in asked.calls).values()) == 2


def test_beam_scores_each_node_once():
    scored = Scored(LikesB())
    tree, _ = play(BeamSearch(2, 4), reward_model=scored)
    assert sorted(scored.given) == sorted(spelled(tree, i) for i in range(1, len(tree.nodes)))


class ByLetters:
    """Proposes some letters in turn."""

    def __init__(self, letters="ab"):
        self.letters = letters

    async def propose(self, trajectory, n, *, temperature=None):
        return [Action(letter) for letter in (self.letters * n)[:n]]


class Short(ToyEnv):
    """The word is `a`, which ends at once."""

    def _start(self, task):
        return super()._start({"word": "a"})


def test_a_finished_beam_stays_with_its_value_while_others_go_on():
    class Likes:
        async def score(self, trajectories):
            values = {"a": 0.5, "b": 0.9, "ba": 0.2, "bb": 0.8, "bba": 0.1, "bbb": 0.3}
            return [values["".join(s.action.text for s in t.steps)] for t in trajectories]

    tree, chosen = play(BeamSearch(2, 2), Short("toy", 3), Likes(), ByLetters())
    assert spelled(tree, chosen) == "a"
    assert sorted(spelled(tree, leaf) for leaf in tree.leaves()) == ["a", "ba", "bba", "bbb"]


def test_a_finished_beam_is_compared_with_what_the_others_grow():
    class Names:
        """Names the best candidate of a call: its numbers of two calls do not compare."""

        async def score(self, trajectories):
            letters = ["".join(step.action.text for step in t.steps) for t in trajectories]
            best = max(letters, key=["b", "ba", "bba", "a", "bb", "bbb"].index)
            return [float(each == best) for each in letters]

    tree, chosen = play(BeamSearch(2, 2), Short("toy", 3), Names(), ByLetters())
    assert tree.nodes[1].step.done, "it was the best at first"
    assert spelled(tree, chosen) == "bbb"
