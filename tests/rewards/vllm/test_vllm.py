"""vLLM itself, with a tiny random model, beside the engine of this project.

It needs vLLM (`agentrm[vllm]`, or scripts/install_vllm_cpu.sh); each engine takes from seconds
to a minute to start, so `pytest -m soak tests/rewards/vllm` runs it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import time
import warnings
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed: scripts/install_vllm_cpu.sh")
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from agentrm_envs import tasks  # noqa: E402
from agentrm_envs.chat import render, render_scored  # noqa: E402
from harness.episode import read_episodes  # noqa: E402
from rewards import chat_registry, explicit, registry  # noqa: E402
from rewards.backbone.beginning import with_lora  # noqa: E402
from rewards.backbone.continuations import TOP_K  # noqa: E402
from rewards.backbone.training import Recipe  # noqa: E402
from rewards.factories import ModelRequest  # noqa: E402
from rewards.metering import metered  # noqa: E402
from tests.rewards.walks import walk  # noqa: E402
from tests.tiny_model import tiny_base  # noqa: E402

with warnings.catch_warnings():
    # torch's own, which it gives when the first of vLLM's functions is marked to be compiled.
    warnings.filterwarnings("ignore", "`torch.jit.script_method` is deprecated")
    from vllm import SamplingParams

    from rewards.vllm.engine import PromptTooLong, policy_engine, reward_engine

pytestmark = [
    pytest.mark.soak,
    # vLLM 0.32 closes its sockets, but not what they are made in.
    pytest.mark.filterwarnings("ignore:Unclosed context <zmq:ResourceWarning"),
]
ROOT = Path(__file__).parents[3]
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny_base(tmp_path_factory.mktemp("base"), head_width=32)  # vLLM has no narrower one


@pytest.fixture(scope="module")
def reward(base, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reward")
    torch.manual_seed(1)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(base, num_labels=1)
    model.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(base).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def adapter(base, tmp_path_factory):
    """A policy of 40 tokens a reply at most: a whole model that never says the end would fill
    the 4096 tokens that it can read before an episode is over."""
    folder = tmp_path_factory.mktemp("adapter")
    whole = transformers.AutoModelForCausalLM.from_pretrained(base)
    with_lora(whole, Recipe(rank=2), task_type="CAUSAL_LM").save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def chat(base):
    yield chat_registry.load(f"vllm:{base}")
    end(policy_engine, base)


@pytest.fixture(scope="module")
def judged(reward):
    yield registry.load(f"vllm:{reward}")
    end(reward_engine, reward)


def end(start, folder):
    start(folder).close()
    start.cache_clear()
    gc.collect()  # here, where vLLM's warning is expected


@pytest.fixture(scope="module")
def walks():
    """Prefixes of walks through two mazes, of every length."""
    return [prefix for task in tasks("maze")[:2] for prefix in walk(task, 6)]


def together(chat, conversations, seeds, temperature=1.0, limit=16):
    async def all_at_once():
        return await asyncio.gather(
            *[chat.reply(c, seeds, temperature=temperature, limit=limit) for c in conversations]
        )

    return asyncio.run(all_at_once())


def scores(model, trajectories):
    return asyncio.run(model.score(trajectories))


def test_the_likeliest_replies_are_those_of_the_same_model_in_this_process(chat, base, walks):
    conversations = [render(trajectory) for trajectory in walks]
    there = together(chat, conversations, [1, 2], temperature=0.0, limit=24)
    here = together(chat_registry.load(f"hf:{base}"), conversations, [1, 2], 0.0, 24)
    assert [replies.texts for replies in there] == [replies.texts for replies in here]
    assert len({replies.texts[0] for replies in there}) > 1, "a constant would pass this test"
    assert [replies.written for replies in there] == [replies.written for replies in here]
    assert chat.checksum == chat_registry.load(f"hf:{base}").checksum


def test_reading_is_counted_as_in_this_process(base, chat, walks):
    chat = chat_registry.load(f"vllm:{base}")  # over the engine that the others use
    local = chat_registry.load(f"hf:{base}")
    conversations = [render(trajectory, examples=1) for trajectory in walks]
    for number in (2, 3, 10, 3):
        [there], [here] = (
            together(model, [conversations[number]], [1], 0.0) for model in (chat, local)
        )
        assert there.read == here.read


def test_a_seed_draws_the_same_reply_alone_and_in_company(chat, walks):
    conversations = [render(trajectory) for trajectory in walks]
    seeds = [3, 2**63 + 5, 7]
    company = together(chat, conversations, seeds)
    alone = [together(chat, [c], [seed])[0] for c in conversations[:4] for seed in seeds]
    assert [r.texts[0] for r in alone] == [text for r in company[:4] for text in r.texts]
    assert len({text for replies in company for text in replies.texts}) > len(seeds)


def test_draws_are_among_as_many_tokens_as_in_this_process(base, chat, walks):
    """Tokens are counted, not texts: half of them are bytes, which are no text on their own."""
    model = transformers.AutoModelForCausalLM.from_pretrained(base).eval()
    prompt = [t for segment in chat._conversation.reply_path(render(walks[3])) for t in segment]
    with torch.no_grad():
        likely = model(input_ids=torch.tensor([prompt])).logits[0, -1].topk(TOP_K).indices.tolist()

    async def drawn():
        return await asyncio.gather(*[chat._continued(prompt, i, 2.0, 1) for i in range(200)])

    tokens = {token for reply in asyncio.run(drawn()) for token in reply}
    assert tokens <= set(likely)
    assert len(tokens) > 0.8 * TOP_K, "by chance 48 of 50"


def test_a_prompt_that_was_read_is_taken_from_the_cache(base, chat):
    engine = policy_engine(base)
    ids = [5 + i % 90 for i in range(200)]

    async def cached():
        answer = await engine.continued(ids, SamplingParams(max_tokens=1, detokenize=False))
        return answer.num_cached_tokens

    assert asyncio.run(cached()) == 0
    assert asyncio.run(cached()) >= 128


def test_a_conversation_that_is_too_long_is_an_error(chat):
    with pytest.raises(PromptTooLong, match=r"holds less than 4096.*AGENTRM_VLLM_MAX_TOKENS"):
        together(chat, [[{"role": "user", "content": "walk on " * 3000}]], [1])


def test_values_are_those_of_the_explicit_reward_model(judged, reward, walks):
    there = scores(judged, walks)
    here = scores(explicit.load(ModelRequest(str(reward))), walks)
    print("largest difference:", max(abs(a - b) for a, b in zip(there, here, strict=True)))
    assert there == pytest.approx(here, abs=TOLERANCE)
    assert max(there) - min(there) > 1e-3, "a constant would pass this test"
    assert max(map(abs, there)) > 1 or min(there) < 0, "an activation would pass this test"


def test_values_do_not_depend_on_what_is_scored_beside_them(judged, walks):
    one_by_one = [scores(judged, [trajectory])[0] for trajectory in walks]
    assert one_by_one == pytest.approx(scores(judged, walks), abs=TOLERANCE)
    assert scores(judged, []) == []


def test_a_prefix_that_was_scored_is_not_read_again(judged, reward, walks):
    short, long = (
        [t for s in judged._conversation.read_path(render_scored(walk)) for t in s]
        for walk in (walks[5], walks[6])
    )
    engine = reward_engine(reward)

    async def cached(ids):
        return (await engine.pooled(ids)).num_cached_tokens

    asyncio.run(cached(short))
    assert asyncio.run(cached(long)) >= len(short) // 32 * 32 - 32 > 0


def test_the_reward_model_s_reading_is_counted_as_in_this_process(judged, reward, walks):
    there, here = registry.load(f"vllm:{reward}"), explicit.load(ModelRequest(str(reward)))
    for some in (walks[3:4], walks[4:6], walks[3:6]):
        with metered() as one:
            scores(there, some)
        with metered() as other:
            scores(here, some)
        assert (one.rm_calls, one.rm_tokens) == (other.rm_calls, other.rm_tokens)


def test_a_whole_run_with_two_engines(adapter, reward, tmp_path, monkeypatch):
    monkeypatch.setenv("AGENTRM_CACHE", str(tmp_path / "cache"))
    run = tmp_path / "run"
    models = ["--policy", f"vllm:{adapter}", "--rm", f"vllm:{reward}"]
    search = ["--method", "beam", "--width", "2", "--branch", "2"]
    tasks = ["--tasks", "maze", "--limit", "1", "--out", str(run), "--json"]
    command = [sys.executable, "-m", "harness", *models, *search, *tasks]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    json.loads(done.stdout)  # nothing of vLLM's is among it
    [episode] = read_episodes(run)
    assert episode.usage.policy_tokens > 0 < episode.usage.rm_tokens
    assert any(node.value for node in episode.tree.nodes[1:])
    assert "vllm" in json.loads((run / "run.json").read_text())["versions"]


def test_a_killed_run_leaves_no_engine_behind(adapter, tmp_path, monkeypatch):
    monkeypatch.setenv("AGENTRM_CACHE", str(tmp_path / "cache"))
    models = ["--policy", f"vllm:{adapter}", "--rm", "none", "--method", "greedy"]
    command = [sys.executable, "-m", "harness", *models, "--tasks", "maze"]
    command += ["--out", str(tmp_path / "run")]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as run:
        while not (started := [pid for pid, parent in engines() if parent == run.pid]):
            assert run.poll() is None, "it ended before it had an engine"
            time.sleep(0.1)
        time.sleep(2)  # the guard looks around now and then
        run.kill()
    deadline = time.monotonic() + 120
    while (left := set(started) & {pid for pid, _ in engines()}) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left


def engines():
    """The processes of engines that run on this machine, and their parents."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, rest = path.read_text().rpartition(") ")
            state, parent = rest.split()[:2]
            if "VLLM::Engine" in name and state != "Z":
                found.append((int(path.parent.name), int(parent)))
    return found
