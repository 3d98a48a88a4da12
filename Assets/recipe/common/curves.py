"""The curves of a stage's losses as a picture: LOG/<stage>.jsonl -> LOG/<stage>.svg, one small plot a number."""
import json
import math
import sys

from recipe.common.places import LOG

WIDTH, HEIGHT, GAP = 420, 150, 46
NOT_DRAWN = ('step', 'seconds', 'event')


def series(stage: str) -> dict[str, list[tuple[float, float]]]:
    """name -> (minutes, value); numbers of tests are named `test name`."""
    found: dict[str, list[tuple[float, float]]] = {}
    for line in open(LOG / f'{stage}.jsonl'):
        numbers = json.loads(line)
        for name, value in numbers.items():
            if name not in NOT_DRAWN and isinstance(value, (int, float)) and math.isfinite(value):
                name = f'test {name}' if numbers.get('event') == 'test' else name
                found.setdefault(name, []).append((numbers['seconds'] / 60, value))
    return found


def plot(name: str, points: list[tuple[float, float]], top: int) -> str:
    """One plot as SVG."""
    xs, ys = zip(*points)
    ordered = sorted(ys)
    top_rank = len(ys) - 1 if len(ys) < 30 else int(.98 * len(ys))  # a start that is far off is cut
    low, high = ordered[0], max(ordered[top_rank], ordered[0] + 1e-9)
    right = max(xs) or 1e-9

    def place(x: float, y: float) -> str:
        return f'{50 + x / right * WIDTH:.1f},{top + HEIGHT - (min(y, high) - low) / (high - low) * HEIGHT:.1f}'

    line = ' '.join(place(x, y) for x, y in points[::max(1, len(points) // 800)] + points[-1:])
    marks = ''.join(
        f'<circle cx="{p.split(",")[0]}" cy="{p.split(",")[1]}" r="2"/>' for p in line.split()) if len(points) < 30 else ''
    return (f'<rect x="50" y="{top}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#ccc"/>'
            f'<polyline points="{line}" fill="none" stroke="#1565c0"/>{marks}'
            f'<text x="50" y="{top - 6}">{name}: last {ys[-1]:.4g}</text>'
            f'<text x="46" y="{top + 10}" text-anchor="end">{high:.3g}</text>'
            f'<text x="46" y="{top + HEIGHT}" text-anchor="end">{low:.3g}</text>'
            f'<text x="{50 + WIDTH}" y="{top + HEIGHT + 14}" text-anchor="end">{right:.1f} min</text>')


def draw(stage: str) -> None:
    """Draws all numbers of a stage below one another."""
    plots = [plot(n, p, 30 + i * (HEIGHT + GAP)) for i, (n, p) in enumerate(series(stage).items())]
    height = 30 + len(plots) * (HEIGHT + GAP)
    (LOG / f'{stage}.svg').write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + 70}" height="{height}" font-family="sans-serif" font-size="11">'
        f'<rect width="100%" height="100%" fill="white"/>{"".join(plots)}</svg>')


if __name__ == '__main__':
    for each in sys.argv[1:]:
        draw(each)
