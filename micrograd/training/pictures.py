"""Pictures of a run: curves, the most confidently wrong digits, and the decision boundary of points of the plane.

They need matplotlib (``pip install 'micrograd-verified[train]'``); without it there are sparklines of text.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from micrograd.training.problems import Problem

BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int = 60) -> str:
    """Numbers as a line of blocks, the smallest lowest.

    >>> sparkline([0, 1, 2, 3])
    '▁▃▆█'
    """
    finite = [v for v in values if np.isfinite(v)]
    if not finite:
        return ""
    picked = [finite[i * len(finite) // min(width, len(finite))] for i in range(min(width, len(finite)))]
    picked[-1] = finite[-1]
    low, high = min(picked), max(picked)
    if low == high:
        return BLOCKS[0] * len(picked)
    return "".join(BLOCKS[round((v - low) / (high - low) * (len(BLOCKS) - 1))] for v in picked)


def available() -> bool:
    """Whether matplotlib is there."""
    return find_spec("matplotlib") is not None


def draw_all(problem: Problem, metrics: Sequence[dict[str, Any]], folder: Path) -> list[Path]:
    """All pictures that suit the run; none without matplotlib.

    Raises:
        OSError: the disk is full, or there is no permission.
    """
    if not available() or not metrics:
        return []
    drawn = [_curves(metrics, folder / "curves.png")]
    if problem.settings.planar:
        drawn.append(_boundary(problem, folder / "boundary.png"))
    else:
        wrong = _wrong(problem, folder / "wrong.png")
        drawn += [wrong] if wrong else []
    return drawn


def _figure(width: float, height: float) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _curves(metrics: Sequence[dict[str, Any]], path: Path) -> Path:
    """Loss and accuracy by epoch."""
    figure = _figure(9, 3.6)
    left, right = figure.subplots(1, 2)
    epochs = [entry["epoch"] for entry in metrics]
    left.plot(epochs, [entry["loss"] for entry in metrics], label="training")
    left.plot(epochs, [entry["test_loss"] for entry in metrics], label="test")
    positive = all(entry["loss"] > 0 and entry["test_loss"] > 0 for entry in metrics)
    left.set(xlabel="epoch", ylabel="cross-entropy", yscale="log" if positive else "linear")
    left.legend(frameon=False)
    accuracy = [100 * entry["accuracy"] for entry in metrics]
    right.plot(epochs, accuracy, color="tab:green")
    right.set(xlabel="epoch", ylabel="test accuracy, %")
    right.set_title(f"{accuracy[-1]:.2f} % at the end, best {max(accuracy):.2f} %", fontsize=10)
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        if len(epochs) <= 20:
            axes.set_xticks(epochs)
    figure.savefig(path, dpi=110)
    return path


def _wrong(problem: Problem, path: Path, rows: int = 5, columns: int = 8) -> Path | None:
    """The test digits that were taken for another one with most confidence."""
    probabilities = problem.probabilities(problem.inputs)
    guess = probabilities.argmax(1)
    confidence = probabilities.max(1)
    places = np.flatnonzero(guess != problem.labels)
    if not len(places):
        return None
    places = places[np.argsort(-confidence[places], kind="stable")][: rows * columns]
    figure = _figure(columns * 1.15, rows * 1.4)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    for axes, place in zip(grid, places, strict=False):
        axes.imshow(problem.inputs[place].reshape(28, 28), cmap="gray_r", interpolation="nearest")
        axes.set_title(f"{problem.labels[place]} → {guess[place]}  {100 * confidence[place]:.1f} %", fontsize=7)
    figure.suptitle("most confidently wrong: label → answer, confidence", fontsize=9)
    figure.savefig(path, dpi=130)
    return path


def _boundary(problem: Problem, path: Path) -> Path:
    """Classes and confidence over the plane, with the points."""
    points, labels = problem.inputs, problem.labels
    low, high = points.min(0), points.max(0)
    margin = 0.25 * (high - low).max()
    xs, ys = (np.linspace(low[i] - margin, high[i] + margin, 241) for i in (0, 1))
    grid = np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2).astype(problem.settings.dtype)
    scores = problem.probabilities(grid)
    figure = _figure(5.2, 4.6)
    axes = figure.subplots()
    answer = scores.argmax(1).reshape(len(ys), len(xs))
    classes = scores.shape[1]
    levels = np.arange(classes + 1) - 0.5
    colours = ["tab:blue", "tab:orange", "tab:green", "tab:red", "tab:purple"][:classes]
    axes.contourf(xs, ys, answer, levels=levels, colors=colours, alpha=0.25)
    for label in range(classes):
        chosen = points[labels == label]
        axes.scatter(chosen[:, 0], chosen[:, 1], s=22, color=colours[label], edgecolors="white", linewidths=0.5, label=str(label))
    axes.set(xlabel="x", ylabel="y", title=f"{problem.settings.task}: what the network answers")
    axes.legend(title="label", frameon=True, loc="upper right")
    axes.set_aspect("equal")
    figure.savefig(path, dpi=110)
    return path
