"""Mels that the detokenizer makes from the codes of training utterances: what the vocoder will really be given.

in : PARTS/detokenizer.pt, FEATURES/assistant code;  out: FEATURES/assistant/NNNN.made.npy f16 [4 codes, 80]
usage: python -m recipe.detokenizer.mels [--parts 2] [--points 11] [--noise .4]
"""
import argparse
import random

import numpy as np
import torch

from recipe.common.places import FEATURES
from recipe.common.speech import Table, batches_by_length, codes_of, read_lines
from recipe.common.training import device, half
from recipe.detokenizer.model import FlowMatching, load

BATCH = dict(cpu=600, cuda=20000)  # codes


@torch.no_grad()
def made_mels(model: FlowMatching, codes: torch.Tensor, lengths: torch.Tensor, points: int, noise: float) -> torch.Tensor:
    """codes [b, t] -> normalised mel [b, 4t, 80]: whole utterances at once."""
    valid = torch.arange(codes.shape[1], device=codes.device)[None] < lengths[:, None]
    mask = torch.zeros(codes.shape, device=codes.device).masked_fill(~valid, -1e4).repeat_interleave(4, 1)[:, None,
                                                                                                           None].bfloat16()
    codes = codes.masked_fill(~valid, model.config['semantic_vocab'])
    x = torch.randn(len(codes), 4 * codes.shape[1], model.config['mels'], device=codes.device) * noise
    for k in range(points - 1):
        with half(codes.device):
            x = x + model(x, torch.full(codes.shape, int(1000 * k /
                                                         (points - 1)), device=codes.device), codes, 0, mask)[0] / (points - 1)
    return x


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--parts', type=int, default=2)
    parser.add_argument('--points', type=int, default=11)
    parser.add_argument('--noise', type=float, default=.4)
    a = parser.parse_args()
    where = device()
    torch.manual_seed(0)
    model, about = load()
    model.to(where)
    code, offset = Table('assistant', 'code', 1, where), 0
    for n, path in enumerate(sorted((FEATURES / 'assistant').glob('*.jsonl'))):
        items = [dict(u, row=u['row'] + offset) for u in read_lines(path)]
        total = sum(u['codes'] for u in items)
        if n < a.parts:
            out = np.zeros((4 * total, 80), np.float16)
            for batch in batches_by_length(items, BATCH[where.type], lambda u: u['codes'], random.Random(0)):
                made = made_mels(model, code.padded(batch, torch.long), codes_of(batch, where), a.points, a.noise)
                for u, mel in zip(batch, (made * about['std'] + about['mean']).half().cpu().numpy()):
                    first = 4 * (u['row'] - offset)
                    out[first:first + 4 * u['codes']] = mel[:4 * u['codes']]
            np.save(path.with_suffix('.made.npy'), out)
            print(f'part {path.stem}: {total * .08 / 60:.0f} min of mels', flush=True)
        offset += total


if __name__ == '__main__':
    main()
