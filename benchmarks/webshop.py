"""What WebShop costs: steps of the built-in shop, and shops of any size on disk.

    python benchmarks/webshop.py [--products 1000 50000 1180000] [--json]

Steps are the expert's and random play's on the built-in test tasks; resets are not timed. For
each number of products a shop of that size is made on disk, as for upstream's full set, and
opened again in a fresh process, which is asked the instructions of the built-in tasks as they
stand. Its products are the built-in shop's, which go on for ever, with a few words each that
only some others have. Times of these are the processor's, so that what else runs counts little.
Memory is what the process has more after the queries than before the shop was opened; pages of
mapped files that were read are counted in it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

import agentrm_envs
from agentrm_envs.playing import at_random, planned
from agentrm_envs.task_lists import task_table
from agentrm_envs.webshop import assortment, designs
from agentrm_envs.webshop.prepared import Source, open_catalogue, prepare
from agentrm_envs.webshop.product import Product

EPISODES = 100
QUERIES = 200
FEW = 20_000
"""Products from which the time to make them all is reckoned."""
RARE_WORDS = 4
"""Words of each product's description that come from a vocabulary as large as the shop."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Raw)
    parser.add_argument("--products", type=int, nargs="*", default=[1_000, 50_000], metavar="N")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ask is not None:
        print(json.dumps(asked(arguments.ask)))
        return
    numbers = {"built-in shop": built_in()}
    for count in arguments.products:
        numbers[f"{count:,} products"] = on_disk(count)
    if arguments.json:
        print(json.dumps(numbers, sort_keys=True))
        return
    for name, measured in numbers.items():
        print(name)
        for what, number in measured.items():
            print(f"  {what:38} {number:12.3f}")


class Raw(argparse.RawDescriptionHelpFormatter):
    """Leaves the module's docstring as it is."""


def built_in() -> dict[str, float]:
    """Seconds to begin, and microseconds of a step, a snapshot and a restore."""
    began = time.perf_counter()
    index = assortment.build()
    built = time.perf_counter() - began
    code = (
        "import time; t = time.perf_counter(); import agentrm_envs; "
        "agentrm_envs.make('webshop').reset(seed=0); print(time.perf_counter() - t)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    begin = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    plan = agentrm_envs.expert("webshop")
    with closing(agentrm_envs.make("webshop")) as env:
        for task in env.tasks[:EPISODES]:
            env.reset(options={"task": task})
            plan(env)
        return {
            "products": float(len(index.ranks)),
            "build the index, s": built,
            "import, make and reset, index kept, s": float(begin.stdout),
            "step of the expert, us": _step(env, lambda env, n: planned(plan(env))),
            "step of random play, us": _step(env, lambda env, n: at_random(n)),
            "snapshot and restore, us": _rewind(env),
        }


def _step(env: agentrm_envs.TextEnv, player: Callable[..., Callable[..., str | None]]) -> float:
    """Microseconds of `step` alone, the mean over episodes."""
    spent, steps = 0.0, 0
    for number, task in enumerate(env.tasks[:EPISODES]):
        env.reset(options={"task": task})
        choose, over = player(env, number), False
        while not over and (action := choose(env)) is not None:
            began = time.perf_counter()
            _, _, terminated, truncated, _ = env.step(action)
            spent += time.perf_counter() - began
            steps += 1
            over = terminated or truncated
    return 1e6 * spent / steps


def _rewind(env: agentrm_envs.TextEnv) -> float:
    env.reset(options={"task": env.tasks[0]})
    env.step(env.valid_actions()[0])
    began = time.perf_counter()
    for _ in range(1_000):
        env.restore(env.snapshot())
    return 1e3 * (time.perf_counter() - began)


def on_disk(count: int) -> dict[str, float]:
    """What a shop of so many products costs: to make, on disk, to open and to ask."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        few = min(count, FEW)
        began = time.process_time()
        for _ in products(few):
            pass
        making = (time.process_time() - began) * count / few
        began = time.process_time()
        watched = tqdm(products(count), total=count, desc="on disk", mininterval=5)
        prepare(Source(watched, {}), shop)
        built = time.process_time() - began
        files = {file.name: file.stat().st_size for file in shop.iterdir()}
        command = [sys.executable, __file__, "--ask", str(shop)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
        texts = files.pop("products.json")
        return {
            "make the products, CPU s": making,
            "make them, store and index, CPU s": built,
            "products on disk, MB": texts / 1e6,
            "index on disk, MB": sum(files.values()) / 1e6,
            **json.loads(answer.stdout),
        }


def products(count: int) -> Iterator[Product]:
    """The built-in shop's products and those that would come after them."""
    for number in range(count):
        rng = random.Random(number)
        rare = " ".join(f"x{int(count * rng.random() ** 2)}" for _ in range(RARE_WORDS))
        product = assortment.make(number)
        yield replace(product, description=f"{product.description} {rare}")


def asked(shop: Path) -> dict[str, float]:
    """What a fresh process takes to open the shop and to answer queries."""
    queries = [task["instruction"] for task in task_table("webshop", "test").values()][:QUERIES]
    designs.family(0)
    before = _memory()
    began = time.perf_counter()
    catalogue = open_catalogue(shop)
    opened = time.perf_counter() - began
    spent = []
    for query in queries:
        began = time.process_time()
        catalogue.search(query)
        spent.append(1e3 * (time.process_time() - began))
    return {
        "open, s": opened,
        "query, CPU ms, median": statistics.median(spent),
        "query, CPU ms, 95 %": statistics.quantiles(spent, n=20)[-1],
        "memory after the queries, MB": _memory() - before,
    }


def _memory() -> float:
    """Megabytes that the process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
