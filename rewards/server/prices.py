"""What tokens cost at a server, from a table that the user gives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from agentrm_envs.complaint import complaint
from rewards.errors import BadData, MissingData
from rewards.server.completion import Completion

_Amount = Annotated[float, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class Price:
    """Of a million tokens, in whatever currency the table is in."""

    prompt: _Amount = 0.0
    written: _Amount = 0.0
    cached: _Amount | None = None
    """Of prompt tokens that the server had cached; None: as the others."""

    def micros(self, completion: Completion) -> int:
        """What a completion costs, in millionths of the currency's unit."""
        cached = self.prompt if self.cached is None else self.cached
        fresh = completion.prompt - completion.cached
        return round(
            fresh * self.prompt + completion.cached * cached + completion.written * self.written
        )


FREE = Price()
_TABLE = TypeAdapter(dict[str, Price])


def price_of(model: str, table: Path) -> Price:
    """The price of a model by a JSON file `{"MODEL": {"prompt": ..., "written": ...}}`."""
    try:
        prices = _TABLE.validate_json(table.read_bytes())
    except OSError as error:
        raise MissingData(f"the price table {table} cannot be read: {error}") from error
    except ValidationError as error:
        raise BadData(f"{table} is not a price table: {complaint(error)}") from error
    if model not in prices:
        raise MissingData(f"{table} has no price of {model!r}; it has {sorted(prices)}")
    return prices[model]
