"""Trains the audio branch: cross-entropy of the codes, a quarter of a target's weight on codes that sound alike, and attention of
three heads guided to the diagonal between words and codes at first. In the end its matrices are rounded to 4 bits in every step.

in : FEATURES/assistant code, mel; FEATURES/user upper, code; PARTS/codebook.pt, hearing.pt or language.pt
out: PARTS/branch.pt (module branch)
usage: python -m recipe.branch.train --total MINUTES [--limit MINUTES] [--rate .6]
"""
import random

import torch
import torch.nn.functional as F

from recipe.branch.grid import OnGrid
from recipe.branch.rows import NEIGHBOUR_WEIGHT, SpokenRow, SpokenRows, drawn, trained_hearing
from recipe.common import whisper
from recipe.common.smollm2 import EmbeddingSpace
from recipe.common.speech import batches_by_length, endless
from recipe.common.training import Budget, Trainer, checkpoint, device, half, other_book
from recipe.hearing.model import Hearing
from recipe.language.model import DELAY, SPECIAL, SPECIALS, TOKENS, TRUNK, released
from recipe.language.rows import NO_TARGET, packed

BATCH = dict(cpu=650, cuda=24000)  # codes said
RATE = dict(cpu=8e-4, cuda=1e-3)
DROPOUT = .15
GUIDED_LAYER, GUIDED_HEADS, GUIDED_WIDTH = 2, 3, .12
ROUNDED_FROM = .85  # of the budget
END = SPECIAL['msg_end'] - TOKENS  # row of the audio head that ends the speech


def targets(rows: list[SpokenRow], longest: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """-> what the audio head must say [b, t]; penalty of attention [b, t, t]; steps that are guided [b, t]"""
    wanted = torch.full((len(rows), longest), NO_TARGET)
    penalty, guided = torch.zeros(len(rows), longest, longest), torch.zeros(len(rows), longest)
    for b, r in enumerate(rows):
        n, begin = len(r.codes), r.first + DELAY
        wanted[b, begin:begin + n] = SPECIALS + torch.tensor(r.codes)
        wanted[b, begin + n] = END
        i, j = torch.arange(n)[:, None] / n, torch.arange(r.words)[None] / max(1, r.words)
        penalty[b, begin:begin + n] = 1.
        penalty[b, begin:begin + n, r.first + 1:r.first + 1 + r.words] = 1 - torch.exp(-(i - j)**2 / (2 * GUIDED_WIDTH**2))
        guided[b, begin:begin + n] = 1.
    return wanted, penalty, guided


class BranchTraining:
    """The model with its trunk frozen, and the losses of a batch."""
    def __init__(self, where: torch.device, spoken: SpokenRows) -> None:
        self.where, self.spoken = where, spoken
        self.model = released(checkpoint('codebook')['modules']['codebook']['embedding'])
        del self.model.layers[TRUNK:]
        self.model.requires_grad_(False)
        for layer in self.model.layers:
            layer.bfloat16()
        self.names = {k for k, _ in self.model.named_parameters() if k.startswith('mimo')}
        for k, p in self.model.named_parameters():
            p.requires_grad_(k in self.names)
        self.model.to(where)
        self.near, self.near_weight = spoken.near.to(where), spoken.near_weight.to(where)

    def scores(self, rows: list[SpokenRow], guide: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """-> scores at the targets, targets, penalty of the guided heads"""
        audio, text, _, features, continuous = packed([r.row for r in rows], self.where)
        wanted, penalty, guided = (x.to(self.where) for x in targets(rows, audio.shape[1]))
        positions = torch.arange(audio.shape[1], device=self.where)[None].expand(len(rows), -1)
        training = self.model.training
        with half(self.where):
            with torch.no_grad():
                x = self.model.trunk(self.model.embed(audio, text, features, continuous).bfloat16(), positions)
            h, attention = self.model.audio(F.dropout(x, DROPOUT, training), positions, guided=GUIDED_LAYER if guide else None)
            counts = wanted != NO_TARGET
            scores = self.model.mimo_output(F.dropout(h[counts], DROPOUT, training)).float()
        if not guide:
            return scores, wanted[counts], torch.zeros((), device=self.where)
        told = ((attention[:, :GUIDED_HEADS].float().mean(1) * penalty).sum(-1) * guided).sum() / guided.sum()
        return scores, wanted[counts], told

    def losses(self, batch: list[dict], guide: float) -> dict[str, torch.Tensor]:
        scores, wanted, told = self.scores(self.spoken.rows(batch), guide > 0)
        logs = scores.log_softmax(-1)
        hard = -logs.gather(1, wanted[:, None])[:, 0]
        code = wanted >= SPECIALS
        k = wanted[code] - SPECIALS
        soft = -(logs[code].gather(1, SPECIALS + self.near[k]) * self.near_weight[k]).sum(-1)
        loss = ((1 - NEIGHBOUR_WEIGHT) * hard.sum() + NEIGHBOUR_WEIGHT * soft.sum()) / len(wanted)
        right = (scores.argmax(-1) == wanted).float().mean()
        return dict(loss=loss + guide * told, entropy=hard.mean(), right=right, guide=told)


def main() -> None:
    budget, a = Budget.from_arguments(__doc__, rate=dict(type=float, default=1., help='times the learning rate: a part that was handed on'))
    where = device()
    spoken = SpokenRows(where, trained_hearing(Hearing(whisper.load(), EmbeddingSpace())).to(where), 0)
    training, book = BranchTraining(where, spoken), checkpoint('codebook')['about']['book']
    trainer = Trainer(
        'branch',
        dict(branch=training.model),
        [dict(params=[p for p in training.model.parameters() if p.requires_grad], lr=a.rate * RATE[where.type], weight_decay=.01)],
        budget,
        about=dict(book=book),
        warmup=80,
        kept=training.names,
        adapt=lambda old: other_book(old, book, ('mimo_output', )))
    grid = OnGrid([p for k, p in training.model.named_parameters() if k.startswith('mimo_layers.') and p.ndim == 2])
    trainer.optimiser.register_step_pre_hook(grid.leave)
    rng = random.Random(trainer.step)
    spoken.rng = random.Random(trainer.step)
    stream = endless(lambda: batches_by_length(drawn(spoken.training, rng), BATCH[where.type], lambda u: u['codes'], rng))

    def losses() -> dict[str, torch.Tensor]:
        if trainer.progress >= ROUNDED_FROM:
            grid.enter()
        return training.losses(next(stream), max(.3, 2 - 5 * trainer.progress))

    def validate() -> dict[str, float]:
        found: dict[str, list[torch.Tensor]] = {}
        if trainer.progress >= ROUNDED_FROM:
            grid.enter()
        for source in ('reply', 'sentence'):
            chosen = [u for u in spoken.tests if u['source'] == source][:60]
            for batch in batches_by_length(chosen, 1200, lambda u: u['codes'], random.Random(0)):
                for name, value in training.losses(batch, 0.).items():
                    found.setdefault(f'{source}_{name}', []).append(value)
        grid.leave()
        return {k: float(torch.stack(v).mean()) for k, v in found.items() if k.endswith(('entropy', 'right'))}

    trainer.run(losses, validate)


if __name__ == '__main__':
    main()
