"""Tunes the tokenizer's own layers: codes must tell the sound (mel) and the words (letters, CTC through the quantiser).

in : FEATURES/*/lower, assistant mel;  out: PARTS/tokenizer.pt (modules own, quantiser, heads)
usage: python -m recipe.tokenizer.train --total MINUTES [--limit MINUTES]
"""
import itertools
import random

import torch
import torch.nn.functional as F

from recipe.common import whisper
from recipe.common.held_out import plain
from recipe.common.speech import Table, batches_by_length, codes_of, endless, training_and_tests
from recipe.common.training import Budget, Trainer, checkpoint, device, half, parameters
from recipe.common.words import edits
from recipe.tokenizer.model import (CODES, DIMENSIONS, LETTERS, Heads, OwnLayers, Quantiser, k_means, log_mel_scale,
                                    relaxed_metric, spelled)

RATE_LAYERS, RATE_HEADS = dict(cpu=5e-5, cuda=1.5e-4), 1e-3
BATCH = dict(cpu=600, cuda=12000)  # codes
DECAY = dict(cpu=.985, cuda=.92)  # of the code book's moving mean, a step, at first; in the end a tenth of the movement
LETTER_WEIGHT, COMMITMENT = .15, .5
HEADS_FIRST = 200  # steps in which only heads and code book learn: a raw head's gradient ruins the layers
USER_SHARE = 4  # every fourth batch is user speech: letters only


class Corpus:
    """Batches of lower states with their targets."""
    def __init__(self, where: torch.device) -> None:
        self.where = where
        self.assistant, self.tests = training_and_tests('assistant')
        self.user = training_and_tests('user')[0]
        self.lower = {s: Table(s, 'lower', 4, where) for s in ('assistant', 'user')}
        self.mel = Table('assistant', 'mel', 4, where)

    def batches(self, speaker: str, rng: random.Random):
        """Endless batches of a speaker's training utterances."""
        most, items = BATCH[self.where.type], self.assistant if speaker == 'assistant' else self.user
        return endless(lambda: batches_by_length(items, most, lambda u: u['codes'], rng))

    def inputs(self, speaker: str, batch: list[dict]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """-> lower states, samples, which codes are real [b, t]"""
        lower = self.lower[speaker].padded(batch, torch.bfloat16)
        codes = codes_of(batch, self.where)
        valid = torch.arange(lower.shape[1] // 4, device=self.where)[None] < codes[:, None]
        return lower, torch.tensor([u['samples'] for u in batch], device=self.where), valid


def letter_loss(scores: torch.Tensor, batch: list[dict]) -> torch.Tensor:
    """CTC a letter."""
    texts = [spelled(plain(u['text'])) for u in batch]
    lengths = torch.tensor([4 * u['codes'] for u in batch])
    loss = F.ctc_loss(scores.transpose(0, 1),
                      torch.cat(texts).to(scores.device),
                      lengths,
                      torch.tensor([len(t) for t in texts]),
                      reduction='none',
                      zero_infinity=True)
    return loss.sum() / sum(len(t) for t in texts)


def mel_loss(heads: Heads, z: torch.Tensor, mel: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """Mean square error of the frames, in units of the scaled mel."""
    error = ((heads.mel_frames(z).float() - log_mel_scale(mel))**2).mean(-1)
    return error[valid.repeat_interleave(4, 1)].mean()


@torch.no_grad()
def begin(corpus: Corpus, own: OwnLayers, quantiser: Quantiser, utterances: int) -> None:
    """Projection and code book from the states that the untuned layers give."""
    states, patches = [], []
    chosen = random.Random(1).sample(corpus.assistant, min(utterances, len(corpus.assistant)))
    for batch in batches_by_length(chosen, 1000, lambda u: u['codes'], random.Random(1)):
        lower, samples, valid = corpus.inputs('assistant', batch)
        with half(corpus.where):
            states.append(own(lower, samples)[valid])
        patches.append(log_mel_scale(corpus.mel.padded(batch)).reshape(*valid.shape, 320)[valid])
    h, m = torch.cat(states), torch.cat(patches)
    weight, bias = relaxed_metric(h, m, DIMENSIONS)
    quantiser.projection.weight.copy_(weight), quantiser.projection.bias.copy_(bias)
    rows = k_means(quantiser.projection(h), CODES)
    quantiser.rows.copy_(rows), quantiser.sums.copy_(rows), quantiser.counts.fill_(1.)


def letters_wrong(scores: torch.Tensor, batch: list[dict]) -> tuple[int, int]:
    """-> edits of the greedy reading, letters."""
    wrong = total = 0
    for path, u in zip(scores.argmax(-1).tolist(), batch):
        path = path[:4 * u['codes']]
        read = ''.join(LETTERS[a - 1] for a, b in zip(path, [0] + path) if a and a != b)
        text = plain(u['text'])
        wrong, total = wrong + edits(text, read), total + len(text)
    return wrong, total


def main() -> None:
    budget, _ = Budget.from_arguments(__doc__)
    where = device()
    corpus, own, quantiser, heads = Corpus(where), OwnLayers(whisper.load()).to(where), Quantiser().to(where), Heads().to(where)
    if checkpoint('tokenizer') is None:
        begin(corpus, own, quantiser, 1500 if where.type == 'cpu' else 8000)
    trainer = Trainer('tokenizer',
                      dict(own=own, quantiser=quantiser, heads=heads), [
                          dict(params=parameters([own]), lr=RATE_LAYERS[where.type], weight_decay=.01),
                          dict(params=parameters([quantiser]), lr=RATE_LAYERS[where.type], weight_decay=0.),
                          dict(params=parameters([heads]), lr=RATE_HEADS, weight_decay=.01)
                      ],
                      budget,
                      warmup=400)
    rng = random.Random(trainer.step)
    streams, turn = {s: corpus.batches(s, rng)
                     for s in ('assistant', 'user') if s == 'assistant' or corpus.user}, itertools.count()

    def losses() -> dict[str, torch.Tensor]:
        speaker = 'user' if 'user' in streams and next(turn) % USER_SHARE == 0 else 'assistant'
        batch = next(streams[speaker])
        lower, samples, valid = corpus.inputs(speaker, batch)
        with half(where), torch.set_grad_enabled(trainer.step >= HEADS_FIRST):
            h = own(lower, samples)
        movement = (1 - DECAY[where.type]) * (1 - .9 * trainer.progress)
        z, _, commitment = quantiser(h, valid, 1 - movement)
        heads_alone = trainer.step < HEADS_FIRST
        z = z.detach() if heads_alone else z
        with half(where):
            scores = heads.letter_scores(z)
        letters = letter_loss(scores, batch)
        out = dict(letters=letters, commitment=commitment.detach())
        loss = LETTER_WEIGHT * letters + (0. if heads_alone else COMMITMENT * commitment)
        if speaker == 'assistant':
            with half(where):
                out['mel'] = mel_loss(heads, z, corpus.mel.padded(batch), valid)
            loss = loss + out['mel']
        return dict(out, loss=loss)

    tests = corpus.tests[:120]

    def validate() -> dict[str, float]:
        error, wrong, total, used = 0., 0, 0, set()
        batches = batches_by_length(tests, 600, lambda u: u['codes'], random.Random(0))
        for batch in batches:
            lower, samples, valid = corpus.inputs('assistant', batch)
            with half(where):
                h = own(lower, samples)
            z, codes, _ = quantiser(h, valid)
            with half(where):
                error += mel_loss(heads, z, corpus.mel.padded(batch), valid).item() / len(batches)
                counts = letters_wrong(heads.letter_scores(z), batch)
            used |= set(codes[valid].tolist())
            wrong, total = wrong + counts[0], total + counts[1]
        share = quantiser.counts / quantiser.counts.sum()
        return dict(mel=error,
                    letter_error=wrong / max(1, total),
                    distinct_codes=len(used),
                    effective_codes=float((-(share * (share + 1e-12).log()).sum()).exp()))

    trainer.run(losses, validate)


if __name__ == '__main__':
    main()
