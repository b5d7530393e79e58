"""A picture as SVG: panels side by side, the same bytes for the same numbers."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from rewards.errors import MissingDependency

PANEL = (3.6, 3.2)
"""Width and height of a panel, in inches."""


def require_plots() -> None:
    """Raise MissingDependency where there is nothing to draw with."""
    try:
        import matplotlib  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingDependency(
            f"plots need {error.name}, which is not installed; run `pip install 'agentrm[train]'`"
        ) from error


def panels(
    names: Sequence[str],
    draw: Callable[[Any, str], None],
    title: str,
    size: tuple[float, float] = PANEL,
) -> bytes:
    """A panel for each name, on whose axes `draw(axes, name)` draws."""
    require_plots()
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    # Without a fixed salt and date the same numbers would give other bytes each time.
    with matplotlib.rc_context({"svg.hashsalt": "agentrm", "svg.fonttype": "none"}):
        figure = Figure(figsize=(size[0] * max(len(names), 1), size[1]), layout="constrained")
        FigureCanvasSVG(figure)
        for index, name in enumerate(names):
            axes = figure.add_subplot(1, len(names), index + 1)
            axes.set_title(name)
            draw(axes, name)
        figure.suptitle(title)
        data = io.BytesIO()
        figure.savefig(data, format="svg", metadata={"Date": None})
    return data.getvalue()
