"""Can speech be understood through the codes? Codes -> best read-out -> vocoder, before anything is trained on them.

The read-out is a small convolutional network over codes (8 neighbours on each side), trained here for a few minutes; the judges
then hear held-out utterances. Gate: under 10 % word error.
in : FEATURES/assistant code, mel; PARTS/vocoder.pt;  out: PARTS/readout.pt, printed word errors
usage: python -m recipe.tokenizer.gate --total MINUTES [--limit MINUTES] [--utterances 60] [--judges tiny.en,base] [--require .10]
"""
import random

import numpy as np
import torch
from torch import nn

from recipe.common.speech import Table, batches_by_length, codes_of, endless, training_and_tests
from recipe.common.training import Budget, Trainer, checkpoint, device, half, other_book
from recipe.tokenizer.model import CODES, log_mel_scale
from recipe.vocoder import model as vocoder

BATCH = dict(cpu=1200, cuda=12000)


class ReadOut(nn.Module):
    """codes [b, t] -> scaled mel [b, 4t, 80]"""
    def __init__(self, width: int = 256, blocks: int = 4) -> None:
        super().__init__()
        self.embedding = nn.Embedding(CODES, width)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Conv1d(width, 2 * width, 5, padding=2), nn.GELU(), nn.Conv1d(2 * width, width, 1))
            for _ in range(blocks))
        self.out = nn.Conv1d(width, 320, 1)

    def forward(self, codes: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
        x = (self.embedding(codes) * valid[..., None]).transpose(1, 2)
        for block in self.blocks:
            x = (x + block(x)) * valid[:, None]
        return self.out(x).transpose(1, 2).reshape(len(codes), -1, 80)


def batch_of(batch: list[dict], code: Table, where: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """-> codes [b, t], which are real"""
    codes = code.padded(batch, torch.long)
    return codes, torch.arange(codes.shape[1], device=where)[None] < codes_of(batch, where)[:, None]


def word_errors(read_out: ReadOut, tests: list[dict], code: Table, mel: Table, judges: list[str],
                where: torch.device) -> dict[str, float]:
    """Word errors of the judges, through the codes and (the limit) through the vocoder alone."""
    from recipe.common.judges import Judge, word_error
    generator, sounds = vocoder.load(), dict(codes=[], mel=[])
    for u in tests:
        codes, valid = batch_of([u], code, where)
        made = read_out(codes, valid)[0].float().cpu() * 2.6 - 5
        sounds['codes'].append(generator(made.T[None])[0].numpy())
        sounds['mel'].append(generator(mel.of(u).float().cpu().T[None])[0].numpy())
    found, texts = {}, [u['text'] for u in tests]
    for name in judges:
        judge = Judge(name)
        for kind, waves in sounds.items():
            heard = [judge(w, 24000) for w in waves]
            found[f'{kind} {name}'] = word_error(texts, heard)
            for source in ('reply', 'sentence'):
                chosen = [i for i, u in enumerate(tests) if u['source'] == source]
                if chosen:
                    found[f'{kind} {name} {source} n={len(chosen)}'] = word_error([texts[i] for i in chosen],
                                                                                  [heard[i] for i in chosen])
    return found


def main() -> None:
    budget, a = Budget.from_arguments(__doc__,
                                      utterances=dict(type=int, default=60),
                                      judges=dict(default='tiny.en,base'),
                                      require=dict(type=float, default=1.))
    where = device()
    training, tests = training_and_tests('assistant')
    code, mel, book = Table('assistant', 'code', 1, where), Table('assistant', 'mel', 4,
                                                                  where), checkpoint('codebook')['about']['book']
    read_out = ReadOut().to(where)
    trainer = Trainer('readout',
                      dict(readout=read_out), [dict(params=list(read_out.parameters()), lr=2e-3, weight_decay=.01)],
                      budget,
                      about=dict(book=book),
                      adapt=lambda old: other_book(old, book, ('', )))
    rng = random.Random(trainer.step)
    batches = endless(lambda: batches_by_length(training, BATCH[where.type], lambda u: u['codes'], rng))

    def loss_of(batch: list[dict]) -> torch.Tensor:
        codes, valid = batch_of(batch, code, where)
        with half(where):
            made = read_out(codes, valid)
        error = (made.float() - log_mel_scale(mel.padded(batch))).abs().mean(-1)
        return error[valid.repeat_interleave(4, 1)].mean()

    trainer.run(lambda: dict(loss=loss_of(next(batches))))
    with torch.no_grad():
        read_out.eval()
        held = np.mean([loss_of([u]).item() for u in tests[:100]])
        chosen = tests[::max(1, len(tests) // a.utterances)][:a.utterances]
        found = word_errors(read_out, chosen, code, mel, a.judges.split(','), where)
        trainer.log(step=trainer.step,
                    seconds=trainer.seconds,
                    event='test',
                    mel_distance=float(held),
                    utterances=len(chosen),
                    **found)
    best = min(v for k, v in found.items() if k in [f'codes {j}' for j in a.judges.split(',')])
    if best > a.require:
        raise SystemExit(
            f'through the codes {100 * best:.1f} % of the words are lost, more than {100 * a.require:.0f} %: train the tokenizer on'
        )


if __name__ == '__main__':
    main()
