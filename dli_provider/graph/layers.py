"""Where the boxes of a graph stand: in layers, so that rows flow from left to right, with few lines that cross.

Sugiyama's way: circles cut open, layers by the longest way, long lines led through places of their own, orders within
the layers improved by turns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Line = tuple[str, str]
"""From a box to a box, by key."""
_TURNS = 8
"""So often the layers are gone through; more changes nothing that one would see."""


@dataclass(frozen=True)
class Place:
    """The middle of a box, or a point that a line goes through."""

    x: float
    y: float


@dataclass(frozen=True)
class Placed:
    """Where every box stands, through which points each line goes (its ends are boxes), and how large all is."""

    places: Mapping[str, Place]
    ways: Mapping[Line, tuple[Place, ...]]
    width: float
    height: float


@dataclass
class _Grid:
    layers: list[list[str]]
    before: dict[str, list[str]] = field(default_factory=dict)
    after: dict[str, list[str]] = field(default_factory=dict)


def laid_out(sizes: Mapping[str, tuple[float, float]], lines: Mapping[Line, float], *, gap: float) -> Placed:
    """The layout of boxes of these sizes, with a `gap` between two above each other; each line has a least length."""
    drawn = [*lines]
    forward = _forward(sizes, drawn)
    layer = _layers(sizes, forward)
    grid, bends = _grid(sizes, forward, layer)
    for turn in range(_TURNS):
        _sort(grid, backwards=turn % 2 == 1)
    high = {key: sizes[key][1] if key in sizes else 0.0 for held in grid.layers for key in held}
    ys = _heights(grid, high, gap)
    apart = [0.0] * max(len(grid.layers), 1)
    for (source, target), least in lines.items():
        for each in range(*sorted((layer[source], layer[target]))):
            apart[each] = max(apart[each], least)
    xs, width = _widths(grid, sizes, apart)
    top = min((ys[key] - high[key] / 2 for key in ys), default=0.0)
    places = {
        key: Place(xs[layer_of], ys[key] - top) for layer_of, held in enumerate(grid.layers) for key in held
    }
    ways = {}
    for line in drawn:
        turned = line if line in bends else (line[1], line[0])
        through = tuple(places[key] for key in bends.get(turned, ()))
        ways[line] = through if turned == line else through[::-1]
    bottom = max((ys[key] + high[key] / 2 for key in ys), default=0.0)
    return Placed({key: places[key] for key in sizes}, ways, width, bottom - top)


def _forward(boxes: Iterable[str], lines: Sequence[Line]) -> list[Line]:
    """The lines without circles: one that leads back is turned round. Boxes that only send come first."""
    out: dict[str, list[str]] = {}
    for source, target in lines:
        out.setdefault(source, []).append(target)
    fed = {target for _, target in lines}
    done: set[str] = set()
    under_way: dict[str, None] = {}
    turned: set[Line] = set()
    for start in sorted(boxes, key=lambda box: (box in fed, box)):
        # With a stack of our own: a chain of a thousand jobs is deeper than Python's calls may be.
        stack = [(start, iter(out.get(start, ())))] if start not in done else []
        under_way = dict.fromkeys([start])
        while stack:
            box, ahead = stack[-1]
            following = next((each for each in ahead if each not in done), None)
            if following is None:
                done.add(box)
                under_way.pop(box, None)
                stack.pop()
            elif following in under_way:
                turned.add((box, following))
            else:
                under_way[following] = None
                stack.append((following, iter(out.get(following, ()))))
    one_way = {(b, a) if (a, b) in turned else (a, b) for a, b in lines if a != b}
    return sorted(one_way)


def _layers(boxes: Iterable[str], forward: Sequence[Line]) -> dict[str, int]:
    """The layer of each box: one after the last that feeds it; what nothing feeds stands close to its first reader."""
    feeds: dict[str, list[str]] = {box: [] for box in boxes}
    missing = dict.fromkeys(feeds, 0)
    for source, target in forward:
        feeds[source].append(target)
        missing[target] += 1
    fed = {target for _, target in forward}
    layer = dict.fromkeys(feeds, 0)
    ready = [box for box, count in missing.items() if not count]
    while ready:
        box = ready.pop()
        for target in feeds[box]:
            layer[target] = max(layer[target], layer[box] + 1)
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    for box, targets in feeds.items():
        if targets and box not in fed:
            layer[box] = min(layer[target] for target in targets) - 1
    return layer


def _grid(
    boxes: Iterable[str], forward: Sequence[Line], layer: Mapping[str, int]
) -> tuple[_Grid, dict[Line, tuple[str, ...]]]:
    """The layers with their boxes, and with a place for each line that passes through one."""
    grid = _Grid([[] for _ in range(max(layer.values(), default=-1) + 1)])
    for box in boxes:
        grid.layers[layer[box]].append(box)
    bends = {}
    for source, target in forward:
        passed = []
        for each in range(layer[source] + 1, layer[target]):
            # Of boxes only keys are known, so a key that no box has is made of both.
            passed.append(f"{source}>{target}@{each}")
            grid.layers[each].append(passed[-1])
        bends[source, target] = tuple(passed)
        stops = [source, *passed, target]
        for one, then in pairwise(stops):
            grid.after.setdefault(one, []).append(then)
            grid.before.setdefault(then, []).append(one)
    return grid, bends


def _sort(grid: _Grid, *, backwards: bool) -> None:
    """Every layer by where those stand to which its boxes are connected."""
    connected = grid.after if backwards else grid.before
    for index in range(len(grid.layers) - 2, -1, -1) if backwards else range(1, len(grid.layers)):
        nearby = grid.layers[index + 1 if backwards else index - 1]
        at = {key: number for number, key in enumerate(nearby)}
        wanted = {}
        for now, key in enumerate(grid.layers[index]):
            found = [at[each] for each in connected.get(key, ()) if each in at]
            wanted[key] = sum(found) / len(found) if found else float(now)
        grid.layers[index].sort(key=wanted.__getitem__)


def _heights(grid: _Grid, high: Mapping[str, float], gap: float) -> dict[str, float]:
    """How far down the middle of each box is: as near to its neighbours as the boxes above it allow."""
    ys: dict[str, float] = {}
    for held in grid.layers:
        down = 0.0
        for key in held:
            ys[key] = down + high[key] / 2
            down += high[key] + gap
    for turn in range(_TURNS):
        for held in grid.layers if turn % 2 == 0 else reversed(grid.layers):
            wanted = []
            for key in held:
                near = [ys[each] for each in (*grid.before.get(key, ()), *grid.after.get(key, ()))]
                wanted.append(sum(near) / len(near) if near else ys[key])
            placed: list[float] = []
            for key, wish in zip(held, wanted, strict=True):
                above = held[len(placed) - 1] if placed else None
                least = placed[-1] + (high[above] + high[key]) / 2 + gap if above is not None else wish
                placed.append(max(wish, least))
            # Boxes are only ever pushed down, so the layer as a whole is lifted by what that comes to.
            lift = sum(map(float.__sub__, placed, wanted)) / len(placed) if placed else 0.0
            ys |= {key: y - lift for key, y in zip(held, placed, strict=True)}
    return ys


def _widths(
    grid: _Grid, sizes: Mapping[str, tuple[float, float]], apart: Sequence[float]
) -> tuple[list[float], float]:
    """The middle of each layer, and how wide all are together."""
    xs, right = [], 0.0
    for number, held in enumerate(grid.layers):
        wide = max((sizes[key][0] for key in held if key in sizes), default=0.0)
        xs.append(right + wide / 2)
        right += wide + apart[number]
    return xs, right
