"""The implicit reward model: its numbers, what it reads, and what it refuses."""

from __future__ import annotations

import asyncio
import json
import math
import shutil

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("peft")

from agentrm_envs import Action, Step, Trajectory, tasks  # noqa: E402
from agentrm_envs.chat import render_scored  # noqa: E402
from harness.policy.local import ADAPTER as POLICY_ADAPTER  # noqa: E402
from rewards import registry  # noqa: E402
from rewards.backbone.adapters import (  # noqa: E402
    BASE,
    CONFIG_FILE,
    WEIGHTS_FILE,
    read_adapter,
)
from rewards.backbone.base import MissingBase  # noqa: E402
from rewards.backbone.beginning import with_lora  # noqa: E402
from rewards.backbone.conversation import ConversationTokens  # noqa: E402
from rewards.backbone.language_model import LanguageModel  # noqa: E402
from rewards.backbone.training import TRAINING_FILE, Recipe, sha256_of  # noqa: E402
from rewards.errors import BadModel  # noqa: E402
from rewards.implicit import (  # noqa: E402
    ADAPTER,
    SETTINGS_FILE,
    ImplicitReward,
    Settings,
    settings_of,
)
from rewards.metering import metered  # noqa: E402
from rewards.settings import write_settings  # noqa: E402
from tests.rewards.walks import walk  # noqa: E402
from tests.tiny_model import STOP, tiny_base, tiny_tokenizer  # noqa: E402

# Said by peft of transformers' next version, once a process.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing.:FutureWarning")

BETA = 0.2


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def adapters(base, tmp_path_factory):
    """The folders of two adapters that differ from the base and from each other."""
    return [adapter(base, tmp_path_factory.mktemp("adapter"), seed) for seed in (1, 2)]


@pytest.fixture(scope="module")
def walks():
    """Prefixes of walks through two mazes, of every length."""
    return [prefix for task in tasks("maze")[:2] for prefix in walk(task, 6)]


def adapter(base, folder, seed, std=0.2):
    causal = transformers.AutoModelForCausalLM.from_pretrained(base)
    trained = with_lora(causal, Recipe(rank=2), task_type="CAUSAL_LM")
    generator = torch.Generator().manual_seed(seed)
    for parameter in trained.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=std, generator=generator)
    trained.save_pretrained(folder)
    return folder


def exact(base, folder, reference=None, score="sum"):
    """The reward model over a float32 base, with which naive numbers can be compared."""
    causal = transformers.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    model = LanguageModel(causal, transformers.AutoTokenizer.from_pretrained(base))
    found = [read_adapter(each) for each in (folder, reference) if each]
    for each in found:
        model.add(each)
    other = found[1].name if reference else BASE
    return ImplicitReward(model, found[0].name, other, Settings(BETA, None, score), "x")


@pytest.fixture
def checkpoint(adapters, tmp_path):
    """A folder that `implicit:PATH` loads."""
    folder = shutil.copytree(adapters[0], tmp_path / "checkpoint")
    shutil.copytree(adapters[1], folder / "reference")
    write_settings(folder / SETTINGS_FILE, Settings(BETA, "reference"))
    return folder


def scores(model, trajectories):
    return asyncio.run(model.score(trajectories))


def naive(base, folder, trajectories):
    """Each action's log-probability by transformers and PEFT, each trajectory read anew."""
    from peft import PeftModel

    model = transformers.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    model = PeftModel.from_pretrained(model, folder).eval() if folder else model.eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(base)

    def encoded(messages, **options):
        messages = [dict(message) for message in messages]
        text = tokenizer.apply_chat_template(messages, tokenize=False, **options)
        return tokenizer(text, add_special_tokens=False).input_ids

    def log_prob(messages):
        before = encoded(messages[:-1], add_generation_prompt=True)
        ids = encoded(messages)
        assert ids[: len(before)] == before
        said = ids[len(before) : ids.index(tokenizer.eos_token_id, len(before)) + 1]
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([before + said])).logits[0]
        log_probs = logits.log_softmax(-1)[len(before) - 1 : -1]
        return sum(log_probs[i, token].item() for i, token in enumerate(said))

    found = []
    for trajectory in trajectories:
        messages = render_scored(trajectory)
        replies = [i for i, m in enumerate(messages) if m["role"] == "assistant"]
        found.append([log_prob(messages[: i + 1]) for i in replies])
    return found


@pytest.mark.parametrize("over", ["base", "adapter"])
def test_a_reward_is_beta_times_the_log_ratio_that_transformers_and_peft_find(
    over, base, adapters, walks
):
    reference = adapters[1] if over == "adapter" else None
    some = walks[1:5]
    got = asyncio.run(exact(base, adapters[0], reference).step_rewards(some))
    own, other = naive(base, adapters[0], some), naive(base, reference, some)
    for rewards, *pair in zip(got, own, other, strict=True):
        expected = [BETA * (a - b) for a, b in zip(*pair, strict=True)]
        assert rewards == pytest.approx(expected, abs=1e-4)
        assert max(map(abs, rewards)) > 0.01, "zeros would pass this test"


def test_what_counts_is_what_the_policy_said_and_its_end():
    tokenizer = tiny_tokenizer()
    conversation = ConversationTokens(tokenizer)
    messages = render_scored(walk(tasks("maze")[0], 2)[-1])
    path, said = conversation.read_path(messages), conversation.said(messages)
    texts = [
        tokenizer.decode(segment[places.start : places.stop])
        for segment, places in zip(path, said, strict=True)
    ]
    assert texts == ["", "", f"Action: move up{STOP}", "", f"Action: move left{STOP}"]


def test_a_template_that_rewrites_earlier_messages_is_refused(base, walks):
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = "{{ messages|length }}: {{ messages[-1]['content'] }}"
    with pytest.raises(BadModel, match="rewrites earlier messages"):
        ConversationTokens(tokenizer).said(render_scored(walks[2]))


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ("sum", math.fsum),
        ("last", lambda rewards: rewards[-1]),
        ("mean", lambda rewards: sum(rewards) / len(rewards)),
        ("min", min),
    ],
)
def test_a_score_is_made_of_the_actions_rewards(score, expected, base, adapters, walks):
    model = exact(base, *adapters, score=score)
    steps = asyncio.run(model.step_rewards(walks))
    wanted = [expected(rewards) if rewards else 0.0 for rewards in steps]
    assert scores(model, walks) == pytest.approx(wanted, abs=1e-9)
    assert wanted[0] == 0 == len(walks[0].steps)
    assert all(len(r) == len(w.steps) for r, w in zip(steps, walks, strict=True))


def test_batched_single_and_cached_scores_agree(base, adapters, walks):
    together = scores(exact(base, *adapters), walks)
    growing = exact(base, *adapters)
    one_by_one = [scores(growing, [trajectory])[0] for trajectory in walks]
    assert one_by_one == pytest.approx(together, abs=1e-4)
    assert scores(growing, walks) == one_by_one
    assert max(together) - min(together) > 1e-2, "a constant would pass this test"


def test_a_score_has_the_same_bits_whatever_other_tasks_are_scored_beside_it(base, adapters, walks):
    of_task = [trajectory for trajectory in walks if trajectory.task == walks[-1].task]
    alone = scores(exact(base, *adapters), of_task)
    beside = scores(exact(base, *adapters), walks)
    assert beside[-len(of_task) :] == alone


def test_a_prefix_that_was_scored_is_not_read_again(base, adapters, walks):
    model = exact(base, *adapters)
    short, long = walks[3], walks[4]
    with metered() as first:
        scores(model, [short])
    with metered() as second:
        scores(model, [long])
    with metered() as third:
        scores(model, [short, long])
    assert first.rm_tokens > second.rm_tokens > 0 == third.rm_tokens
    new = sum(len(s) for s in model._model.conversation.read_path(render_scored(long))[-2:])
    assert second.rm_tokens == 2 * new, "each policy reads the last answer and the last action"


def test_log_probabilities_are_worked_out_once_a_message(base, adapters, walks, monkeypatch):
    from rewards.backbone import likelihood

    rows = []
    log_probs = likelihood.token_logprobs
    monkeypatch.setattr(
        likelihood,
        "token_logprobs",
        lambda head, hidden, ids: rows.append(len(ids)) or log_probs(head, hidden, ids),
    )
    model = exact(base, *adapters)
    scores(model, walks[:4])
    assert len(rows) == 2, "a pass of each policy"
    scores(model, walks[:4])
    assert len(rows) == 2


def test_a_copy_of_the_policy_s_adapter_as_reference_shares_what_the_policy_read(
    base, adapters, tmp_path, walks
):
    copy = shutil.copytree(adapters[1], tmp_path / "copy")
    reward_model = exact(base, adapters[0], copy)
    model, policy = reward_model._model, read_adapter(adapters[1]).name
    path = model.conversation.read_path(render_scored(walks[4]))
    model.compute(policy, lambda engine: engine.read([[path[:-1]]]))
    with metered() as counts:
        scores(reward_model, [walks[4]])
    assert counts.rm_tokens == sum(map(len, path[1:])) + len(path[-1])


def test_the_answer_to_the_last_action_is_not_read(base, adapters, walks):
    model = exact(base, *adapters)
    last = walks[4]
    told = Step(last.steps[-1].action, "Success, the score is 1.0!", 1.0, True, False, True)
    other = Trajectory(last.task, last.goal, last.observation, (*last.steps[:-1], told))
    assert scores(model, [last]) == scores(model, [other])


def test_a_thought_counts_as_much_as_the_action(base, adapters, walks):
    last = walks[1]
    thought = Step(Action("move up", "I try. Action: move up"), last.steps[0].observation)
    other = Trajectory(last.task, last.goal, last.observation, (thought,))
    one, two = scores(exact(base, *adapters), [last, other])
    assert one != two


def test_a_policy_that_is_its_own_reference_finds_every_reward_zero(base, adapters, walks):
    assert set(scores(exact(base, adapters[0], adapters[0]), walks)) == {0.0}


def test_no_trajectories_have_no_scores(base, adapters):
    assert scores(exact(base, *adapters), []) == []


def test_a_checkpoint_is_loaded_by_name_and_its_score_may_be_chosen(checkpoint, walks):
    model = registry.load(f"implicit:{checkpoint}")
    steps = asyncio.run(model.step_rewards(walks[:4]))
    assert scores(model, walks[:4]) == [math.fsum(rewards) for rewards in steps]
    lowest = registry.load(f"implicit:{checkpoint}?score=min")
    assert scores(lowest, walks[1:4]) == [min(rewards) for rewards in steps[1:]]
    settings = json.loads((checkpoint / SETTINGS_FILE).read_text())
    (checkpoint / SETTINGS_FILE).write_text(json.dumps({**settings, "score": "last"}))
    last = registry.load(f"implicit:{checkpoint}")
    assert scores(last, walks[1:4]) == [rewards[-1] for rewards in steps[1:]]


def test_the_checksum_names_the_policy_and_its_reference(checkpoint):
    before = registry.load(f"implicit:{checkpoint}").checksum
    config = checkpoint / "reference" / CONFIG_FILE
    config.write_text(config.read_text() + "\n")
    assert registry.load(f"implicit:{checkpoint}").checksum != before


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"beta": 0, "reference": None}, "greater than 0"),
        ({"beta": 0.1}, "reference"),
        ({"beta": 0.1, "reference": None, "score": "best"}, "score"),
        ({"beta": 0.1, "reference": "elsewhere"}, "elsewhere holds no adapter"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, said, checkpoint):
    (checkpoint / SETTINGS_FILE).write_text(json.dumps(settings))
    with pytest.raises(BadModel, match=said):
        registry.load(f"implicit:{checkpoint}")


def test_what_is_no_checkpoint_is_refused(checkpoint, tmp_path):
    for reference, said in {
        f"implicit:{tmp_path / 'none'}": "needs the folder",
        f"implicit:{tmp_path}": "holds no adapter",
        f"implicit:{checkpoint / 'reference'}": f"has no {SETTINGS_FILE}",
        f"implicit:{checkpoint}?score=best": "sum, last, mean, min, not 'best'",
    }.items():
        with pytest.raises(BadModel, match=said.replace("?", r"\?")):
            registry.load(reference)


def test_the_embedded_ones_reference_is_the_embedded_policy():
    reference = settings_of(ADAPTER).reference
    assert reference is not None
    assert (ADAPTER / reference).resolve() == POLICY_ADAPTER
    started_at = json.loads((ADAPTER / TRAINING_FILE).read_text())["start_sha256"]
    assert started_at == sha256_of([POLICY_ADAPTER / WEIGHTS_FILE])


@pytest.mark.slow
def test_the_embedded_one_is_loaded_without_a_path(walks):
    try:
        sums, lowest = (registry.load(name) for name in ("implicit", "implicit:?score=min"))
    except MissingBase as error:
        pytest.skip(str(error))
    steps = asyncio.run(sums.step_rewards(walks[1:4]))
    assert scores(sums, walks[1:4]) == [math.fsum(rewards) for rewards in steps]
    assert scores(lowest, walks[1:4]) == [min(rewards) for rewards in steps]
    assert len({reward for rewards in steps for reward in rewards}) > 1
