"""Counting errors: the least number of edits between two sequences, and word error rates."""
from collections.abc import Sequence

from recipe.common.held_out import plain


def edits(wanted: Sequence, found: Sequence) -> int:
    """Insertions, deletions and substitutions that turn one into the other."""
    row = list(range(len(found) + 1))
    for i, a in enumerate(wanted, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(found, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


def error_rate(wanted: Sequence[Sequence], found: Sequence[Sequence]) -> float:
    """Edits over all pairs, to each symbol that was wanted."""
    return sum(map(edits, wanted, found)) / max(1, sum(map(len, wanted)))


def word_error(texts: Sequence[str], heard: Sequence[str]) -> float:
    """Word error rate of normalised texts."""
    return error_rate([plain(t).split() for t in texts], [plain(h).split() for h in heard])
