"""A run as one HTML page that needs no server and no network: its results and search trees.

Texts of a run come from models and environments and may hold anything. Python escapes what
it writes as HTML; the trees travel as JSON in which no `<` is left, and the script shows them
as text; and the page's policy forbids every script but its own.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from agentrm_envs import Node
from agentrm_envs.chat import completion
from agentrm_envs.record import Action
from harness.episode import Episode, read_episodes
from leaderboard import source
from leaderboard.entry import Entry, Result, replace_text
from leaderboard.errors import LeaderboardError
from leaderboard.table import short
from leaderboard.verify import marked, verify

_PLACE = re.compile(r"@([A-Z]+)@")


def write(run_dir: Path, out: Path, *, limit: int = 0, quiet: bool = True) -> int:
    """Write the page of a run, finished or not; return how many episodes it shows.

    The run is replayed, so that the page can say whether it is verified.
    """
    if limit < 0:
        raise LeaderboardError(f"--limit must not be negative: {limit}")
    found = source.read_run(run_dir, allow_incomplete=True)
    entry = marked(found.evidence, verify(found.evidence, found.trajectories, quiet=quiet)).entry
    wanted = {episode.task for episode in found.evidence.episodes}
    episodes = [episode for episode in read_episodes(run_dir) if episode.task in wanted]
    shown = episodes[: limit or None]
    replace_text(out, page(entry, shown, of=len(episodes)))
    return len(shown)


def page(entry: Entry, episodes: Sequence[Episode], *, of: int) -> str:
    """The whole page; `of` is how many episodes the run has."""
    style, script = _part("run.css"), _part("run.js")
    parts = {
        "TITLE": html.escape(entry.system),
        "FACTS": _facts(entry, len(episodes), of),
        "RESULTS": _results(entry),
        "COST": _cost(entry),
        "STYLE": style,
        "SCRIPT": script,
        "DATA": embedded(_data(episodes)),
        "POLICY": f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}",
    }
    # One pass: a text of the run that looks like a place of the template stays as it is.
    return _PLACE.sub(lambda found: parts[found[1]], _part("run.html"))


def embedded(data: Any) -> str:
    """JSON that cannot end the script element it stands in, nor open a comment there."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _data(episodes: Sequence[Episode]) -> dict[str, Any]:
    """Episodes as the script reads them; texts that recur in a tree are stored once."""
    texts: dict[str, int] = {}
    rows = [_episode(episode, texts) for episode in episodes]
    return {"episodes": rows, "texts": list(texts)}


def _episode(episode: Episode, texts: dict[str, int]) -> dict[str, Any]:
    error = episode.error
    return {
        "env": episode.task.env,
        "id": episode.task.id,
        "goal": episode.tree.goal,
        "score": episode.score,
        "success": episode.success,
        "error": f"{error.kind} error: {error.type}: {error.message}" if error else None,
        "chosen": episode.chosen,
        "seconds": episode.seconds,
        "policy_tokens": episode.usage.policy_tokens,
        "rm_tokens": episode.usage.rm_tokens,
        "nodes": [_node(node, texts) for node in episode.tree.nodes],
    }


def _node(node: Node, texts: dict[str, int]) -> list[Any]:
    """Parent, action, words, answer, reward, end, value, visits: as run.js numbers them."""
    step = node.step
    ends = [name for name in ("terminated", "truncated", "success") if getattr(step, name)]
    value = node.value if node.value is not None and math.isfinite(node.value) else None
    return [
        node.parent,
        _stored(step.action.text, texts),
        _stored(_words(step.action), texts),
        _stored(step.observation, texts),
        round(step.reward, 6),
        ", ".join(ends),
        None if value is None else round(value, 6),
        node.visits,
    ]


def _words(action: Action) -> str:
    """What the model said, where it is more than the action in its usual form."""
    plain = completion(Action(action.text))
    return action.completion if action.completion.strip() != plain.strip() else ""


def _stored(text: str, texts: dict[str, int]) -> int:
    return texts.setdefault(text, len(texts))


def _facts(entry: Entry, shown: int, of: int) -> str:
    kind, word = ("yes", "verified by replay") if entry.verified else ("no", "not verified")
    mark = f'<span class="badge {kind}">{word}</span>'
    params = ", ".join(f"{key} {value}" for key, value in sorted(entry.params.items()))
    words = [
        f"policy {entry.policy}",
        f"reward model {entry.reward_model}",
        f"{entry.method} ({params})",
        f"{entry.data} data",
        f"{shown} of {of} episodes shown",
    ]
    return " · ".join(map(html.escape, words)) + f" {mark}"


def _results(entry: Entry) -> str:
    rows = [_result(name, result) for name, result in sorted(entry.results.items())]
    overall = entry.overall
    total = sum(result.episodes for result in entry.results.values())
    errors = sum(result.errors for result in entry.results.values())
    rows.append(
        f'<tr class="overall"><td>mean over tasks<td><td class="n">{overall.mean_over_tasks:.3f} ± '
        f'{overall.stderr:.3f}<td><td class="n">{total}<td class="n">{errors}</tr>'
    )
    return "\n".join(rows)


def _result(name: str, result: Result) -> str:
    low, high = result.ci95
    bar = (
        f'<svg viewBox="0 0 100 12" preserveAspectRatio="none" role="img" '
        f'aria-label="{low:.3f} to {high:.3f}"><rect class="rail" y="5" width="100" height="2"/>'
        f'<rect class="range" x="{100 * low:.2f}" y="2" width="{100 * (high - low):.2f}" '
        f'height="8"/><rect class="mean" x="{99 * result.mean:.2f}" width="1" height="12"/></svg>'
    )
    errors = f'<b class="no">{result.errors}</b>' if result.errors else "0"
    return (
        f"<tr><td>{html.escape(name)}<td>{result.metric}"
        f'<td class="n">{result.mean:.3f} ± {result.stderr:.3f}<td>{bar}'
        f'<td class="n">{result.episodes}<td class="n">{errors}</tr>'
    )


def _cost(entry: Entry) -> str:
    cost = entry.cost
    counts: Mapping[str, float] = {
        "policy tokens": cost.policy_tokens,
        "reward model tokens": cost.rm_tokens,
        "environment steps": cost.env_steps,
        "seconds of episodes": cost.seconds,
    }
    return " · ".join(f"{short(count)} {name}" for name, count in counts.items())


def _part(name: str) -> str:
    return (resources.files("leaderboard.page") / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"
