"""ToolQuery's golden transcript: the expert in each application, then clumsy calls, as text.

`python -m tests.agentrm_envs.tool_query_transcript` rewrites it; read the difference before you
commit it.
"""

from __future__ import annotations

from pathlib import Path

import agentrm_envs
from tests.agentrm_envs.transcripts import episode

GOLDEN = Path(__file__).parents[1] / "golden" / "tool_query.txt"
NEW_YORK = '"latitude": 40.71427, "longitude": -74.00597'
CLUMSY = {
    "academia/test-000": (
        'neighbourCheck with Action Input: {"graph": "PaperNet", "node": "Ada"}',
        'neighbourCheck with Action Input: {"graph": "papers", "node": "Ada"}',
        "loadPaperNet with Action Input: {}",
        'paperNodeCheck with Action Input: {"node": "Ada"}',
        'authorEdgeCheck with Action Input: {"node1": "Ada", "node2": "Bob"}',
        "loadAuthorNet with Action Input: {}",
        'authorEdgeCheck with Action Input: {"node1": "Ada", "node2": "Bob"}',
        "check_valid_actions with Action Input: {}",
        "finish with Action Input: {'answer': ['b', 'a']}",
    ),
    "movie/test-000": (
        "search for a film",
        'get_search_film with Action Input: {"movie_name": "Kite"}',
        'get_search_movie with Action Input: {"movie_name": "no film is called so"}',
        'get_search_person with Action Input: {"person_name": "Nobody"}',
        'get_movie_cast with Action Input: {"movie_id": 1}',
        'get_movie_cast with Action Input: {"movie_id": "Kite"}',
        'get_movie_cast with Action Input: {"film": "Kite", "n": [1}',
        'get_movie_cast with Action Input: {"film": "Kite"}',
        "get_movie_cast with Action Input: __import__('os').getcwd()",
        'Thought: done.\nAction: finish with Action Input: {"answer": ["Kite", 1]}',
        'Action: finish with Action Input: {"answer": null, "why": "unknown"}',
    ),
    "weather/test-000": (
        'get_latitude_longitude with Action Input: {"name": "Atlantis Beneath"}',
        "get_current_temp with Action Input: {}",
        f'get_current_temp with Action Input: {{{NEW_YORK}, "current_date": "today"}}',
        'get_elevation with Action Input: {"latitude": 91, "longitude": "far"}',
        f'get_historical_rain with Action Input: {{{NEW_YORK}, "start_date": "2000-01-01", '
        '"end_date": "2000-02-01"}',
        f'get_historical_rain with Action Input: {{{NEW_YORK}, "start_date": "2100-01-01", '
        '"end_date": "2100-01-01"}',
        f'get_historical_rain with Action Input: {{{NEW_YORK}, "start_date": "last week", '
        '"end_date": "2000-01-01"}',
        f'get_rain_forecast with Action Input: {{{NEW_YORK}, "start_date": "2000-01-01", '
        '"end_date": "2000-01-01"}',
        'get_air_quality_level with Action Input: {"air_quality_index": "20.5"}',
        'finish with Action Input: {"answer": "I do not know"}',
    ),
}


def transcript() -> str:
    env = agentrm_envs.make("tool_query")
    told = []
    for task, clumsy in CLUMSY.items():
        env.reset(options={"task": task})
        told.append(episode(env, task, agentrm_envs.expert("tool_query")(env)))
        told.append(episode(env, task, clumsy))
    return "\n".join(told)


if __name__ == "__main__":
    GOLDEN.write_text(transcript(), encoding="utf-8")
    print(f"wrote {GOLDEN}")
