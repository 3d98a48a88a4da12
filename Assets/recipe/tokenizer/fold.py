"""From the trained quantiser to the code book that ships, and the codes of all speech.

Training compares in z = W h + b; the engine compares h itself with plain rows c: argmin ‖c‖² − 2 h·c. The trained rule
argmax 2 ζ·(W h + b) − ‖ζ‖² is linear in h, with w = s Wᵀζ and a bias; a direction u with u·h = 1 for nearly every h
carries the bias: c = w + x u, where x solves ‖c‖² − 2x = bias + constant. Rows are rounded to half precision, as they ship.

in : PARTS/tokenizer.pt, FEATURES/*/lower
out: PARTS/codebook.pt (rows, and embedding: what stands for every code in the language model)
     FEATURES/*/NNNN.code.npy int16 [codes]
usage: python -m recipe.tokenizer.fold [--codes-only | --missing]      --codes-only: with the book there is (parts from elsewhere)
"""
import argparse
import hashlib
import random

import numpy as np
import torch

from recipe.common import whisper
from recipe.common.places import FEATURES
from recipe.common.speech import Table, batches_by_length, codes_of, read_lines, training_and_tests
from recipe.common.training import checkpoint, device, half, save_checkpoint
from recipe.tokenizer.model import CODES, OwnLayers, Quantiser, nearest_row

SAMPLE = 3000  # utterances
EMBEDDING_WIDTH, EMBEDDING_SPREAD = 576, .04


class TrainedTokenizer:
    """Own layers and quantiser as they were trained; one adopted from a model has no quantiser, its book stands for that."""
    def __init__(self) -> None:
        self.where = device()
        saved = checkpoint('tokenizer')
        self.own, self.quantiser = OwnLayers(whisper.load()), Quantiser()
        self.own.load_state_dict(saved['modules']['own'])
        self.is_adopted = 'quantiser' not in saved['modules']
        if not self.is_adopted:
            self.quantiser.load_state_dict(saved['modules']['quantiser'])
        self.own.to(self.where).eval(), self.quantiser.to(self.where).eval()

    @torch.no_grad()
    def states(self, table: Table, batch: list[dict]) -> list[torch.Tensor]:
        """Pooled states [codes, 512] of every utterance."""
        lower = table.padded(batch, torch.bfloat16)
        with half(self.where):
            h = self.own(lower, torch.tensor([u['samples'] for u in batch], device=self.where))
        return [x[:n] for x, n in zip(h.float(), codes_of(batch, self.where))]


def fold(states: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, zeta: torch.Tensor) -> torch.Tensor:
    """states [n, 512] of speech, projection, rows in z -> rows in the space of the states."""
    h, w0 = states.double(), zeta.double() @ weight.double()
    mean = h.mean(0)
    c = (h - mean).T @ (h - mean) / len(h)
    u = torch.linalg.solve(c + 1e-6 * torch.diag(c.diagonal() + 1e-6), mean)
    u = u / (u @ mean)  # u·h has mean 1 and the least variance
    wanted = (zeta.double()**2).sum(1) - 2 * zeta.double() @ bias.double()  # ‖w‖² that a row without x would need
    square = (w0**2).sum(1)
    s = ((square - square.mean()) @ (wanted - wanted.mean()) / ((square - square.mean())**2).sum()).clamp(min=1e-4)
    w, wanted = s * w0, s * wanted
    constant = ((w**2).sum(1) - wanted).median()  # any will do: keeps x near 0
    p, q = w @ u - 1, (w**2).sum(1) - wanted - constant
    x = (-p - torch.sqrt((p**2 - (u @ u) * q).clamp(min=0))) / (u @ u)
    print(
        f'fold: spread of u·h {float((h @ u).std()):.4f}, scale {float(s):.3g}, largest entry {float((w + x[:, None] * u).abs().max()):.3g}'
    )
    return (w + x[:, None] * u).float()


def embedding_rows(centroid: torch.Tensor) -> torch.Tensor:
    """A fixed random projection of the mean states, evened out first (or one large dimension would own them), so that codes that
    sound alike are near."""
    evened = (centroid - centroid.mean(0)) / centroid.std(0).clamp(min=1e-6)
    rows = evened @ torch.randn(centroid.shape[1], EMBEDDING_WIDTH, generator=torch.Generator().manual_seed(1))
    return rows / rows.std() * EMBEDDING_SPREAD


def book_from(tokenizer: TrainedTokenizer) -> tuple[torch.Tensor, torch.Tensor]:
    """-> rows and centroids, from a sample of training speech."""
    table, found = Table('assistant', 'lower', 4, tokenizer.where), []
    items = training_and_tests('assistant')[0]
    chosen = random.Random(2).sample(items, min(SAMPLE, len(items)))
    for batch in batches_by_length(chosen, 1000, lambda u: u['codes'], random.Random(2)):
        found += tokenizer.states(table, batch)
    h, q = torch.cat(found), tokenizer.quantiser
    intended = q.nearest(q.projection(h))
    exact = fold(h.cpu(), q.projection.weight.cpu(), q.projection.bias.cpu(), q.rows.cpu()).to(h.device)
    rows = exact.half().float()
    codes = nearest_row(h, rows)
    print(f'codes equal to the trained rule: {float((nearest_row(h, exact) == intended).float().mean()):.4f},',
          f'with rows in half precision: {float((codes == intended).float().mean()):.4f} ({len(h)} codes)')
    n = torch.bincount(codes, minlength=CODES)
    centroid = torch.zeros_like(rows).index_add_(0, codes, h) / n.clamp(min=1)[:, None]
    centroid[n == 0] = h.mean(0)
    return rows.cpu(), centroid.cpu()


def write_codes(tokenizer: TrainedTokenizer, rows: torch.Tensor, speakers: list[str], only_missing: bool) -> None:
    """The codes of every part of speech, or of those that have none."""
    rows = rows.to(tokenizer.where)
    for speaker in speakers:
        if not any((FEATURES / speaker).glob('*.jsonl')):
            continue
        table, offset = Table(speaker, 'lower', 4, tokenizer.where), 0
        for path in sorted((FEATURES / speaker).glob('*.jsonl')):
            items = [dict(u, row=u['row'] + offset) for u in read_lines(path)]
            if only_missing and path.with_suffix('.code.npy').exists():
                offset += sum(u['codes'] for u in items)
                continue
            codes = np.zeros(sum(u['codes'] for u in items), np.int16)
            for batch in batches_by_length(items, 4000, lambda u: u['codes'], random.Random(3)):
                states = tokenizer.states(table, batch)
                found = nearest_row(torch.cat(states), rows).cpu().numpy().astype(np.int16)
                for u, part in zip(batch, np.split(found, np.cumsum([len(s) for s in states])[:-1])):
                    codes[u['row'] - offset:u['row'] - offset + len(part)] = part
            np.save(path.with_suffix('.code.npy'), codes)
            offset += len(codes)
            print(f'{speaker} part {path.stem}: {len(codes)} codes, {len(np.unique(codes))} distinct', flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--codes-only', action='store_true')
    parser.add_argument('--missing', action='store_true', help='codes of the speech that has none; the book is the same')
    parser.add_argument('--speakers', nargs='+', choices=('assistant', 'user'), default=['assistant', 'user'])
    torch.manual_seed(0)
    a, tokenizer = parser.parse_args(), TrainedTokenizer()
    if a.codes_only or a.missing:
        rows = checkpoint('codebook')['modules']['codebook']['rows']
    elif tokenizer.is_adopted:
        raise SystemExit('the tokenizer was adopted from a model with its code book: fold --codes-only writes the codes of both')
    else:
        with torch.no_grad():
            rows, centroid = book_from(tokenizer)
        book = dict(rows=rows, embedding=embedding_rows(centroid))
        name = hashlib.sha256(rows.numpy().tobytes()).hexdigest()[:12]
        save_checkpoint('codebook',
                        dict(modules=dict(codebook=book), average=None, optimiser=None, step=0, seconds=0., about=dict(book=name)))
    write_codes(tokenizer, rows, a.speakers, a.missing)


if __name__ == '__main__':
    main()
