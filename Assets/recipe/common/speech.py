"""Utterances and the tables of numbers that belong to them.

Speech lies in parts: SPEECH/<speaker>/0007.bin (int16) and 0007.jsonl, one utterance a line: text, voice, source, first
(sample), count (samples), and for questions reply, key, topic. The features of a part lie in FEATURES/<speaker>/ as
0007.<table>.npy and 0007.jsonl (the same lines with codes = length in codes and row = first code). Speakers: `user`, `assistant`.
"""
import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from recipe.common import held_out
from recipe.common.places import FEATURES

RATE = dict(user=16000, assistant=24000)
SAMPLES_A_CODE = dict(user=1280, assistant=1920)


def read_lines(path: Path) -> list[dict]:
    """The lines of a .jsonl file; a cut last line is left out."""
    rows = []
    for line in path.read_text().splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            break
    return rows


def write_lines(path: Path, rows: Iterable[dict]) -> None:
    """Writes all lines or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix('.part')
    part.write_text(''.join(json.dumps(r) + '\n' for r in rows))
    part.replace(path)


def utterances(speaker: str) -> list[dict]:
    """All utterances with features, in the order of the tables; row counts codes over all parts."""
    found, offset = [], 0
    for path in sorted((FEATURES / speaker).glob('*.jsonl')):
        lines = read_lines(path)
        found += [dict(u, row=u['row'] + offset) for u in lines]
        offset += sum(u['codes'] for u in lines)
    return found


def training_and_tests(speaker: str, keep: Callable[[dict], bool] = lambda u: True) -> tuple[list[dict], list[dict]]:
    """The only way from the tables to a trainer: -> admitted utterances, our own test utterances."""
    training, tests = held_out.divide(filter(keep, utterances(speaker)), speaker)
    return held_out.admit(training, speaker), tests


class Table:
    """A table of numbers over all parts, `per_code` rows a code: on disk for a CPU, in memory of the accelerator otherwise."""
    def __init__(self, speaker: str, name: str, per_code: int, device: torch.device) -> None:
        self.per_code, self.device = per_code, device
        indices = sorted((FEATURES / speaker).glob('*.jsonl'))
        lengths = [per_code * sum(u['codes'] for u in read_lines(p)) for p in indices]
        self.starts = np.cumsum([0] + lengths)
        self.parts = [self._part(p.with_suffix(f'.{name}.npy'), n) for p, n in zip(indices, lengths)]

    def _part(self, path: Path, rows: int) -> torch.Tensor | np.ndarray | None:
        """A part's numbers, None if they have not been made."""
        if not path.exists():
            return None
        numbers = np.load(path, mmap_mode='r')
        if len(numbers) != rows:
            raise SystemExit(f'{path} has {len(numbers)} rows, not {rows}: make it again')
        return torch.from_numpy(np.array(numbers)).to(self.device) if self.device.type == 'cuda' else numbers

    def _part_of(self, first: int) -> int:
        return int(np.searchsorted(self.starts, first, 'right')) - 1

    def has(self, u: dict) -> bool:
        """Whether the utterance's numbers have been made."""
        return self.parts[self._part_of(u['row'] * self.per_code)] is not None

    def rows(self, first: int, count: int) -> torch.Tensor:
        """`count` rows from row `first` on, which lie in one part."""
        part = self._part_of(first)
        start = first - int(self.starts[part])
        found = self.parts[part][start:start + count]
        return found if torch.is_tensor(found) else torch.from_numpy(np.array(found))

    def of(self, u: dict, first: int = 0, codes: int | None = None) -> torch.Tensor:
        """The rows of an utterance, or of `codes` codes from its code `first` on."""
        n = u['codes'] - first if codes is None else codes
        return self.rows((u['row'] + first) * self.per_code, n * self.per_code)

    def padded(self, batch: Sequence[dict], dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """-> [batch, longest · per_code, ...], zeros behind the end."""
        pieces = [self.of(u) for u in batch]
        longest = max(len(p) for p in pieces)
        out = torch.zeros(len(pieces), longest, *pieces[0].shape[1:], dtype=dtype, device=self.device)
        for row, piece in zip(out, pieces):
            row[:len(piece)] = piece.to(dtype)
        return out


def codes_of(batch: Sequence[dict], device: torch.device) -> torch.Tensor:
    """Lengths of utterances in codes."""
    return torch.tensor([u['codes'] for u in batch], device=device)


def batches_by_length(items: Sequence, most: int, length: Callable, rng: random.Random) -> list[list]:
    """Shuffled batches of items of similar length, at most `most` long together with their padding."""
    out, batch = [], []
    for item in sorted(items, key=lambda i: length(i) // 4 + rng.random()):
        if batch and max(length(item), *map(length, batch[-3:])) * (len(batch) + 1) > most:
            out.append(batch)
            batch = []
        batch.append(item)
    if batch:
        out.append(batch)
    rng.shuffle(out)
    return out


def endless(epoch: Callable[[], list]) -> Iterator:
    """Batches of one epoch after another."""
    while True:
        batches = epoch()
        if not batches:
            raise SystemExit('there is nothing to train on: run the data stages first')
        yield from batches
