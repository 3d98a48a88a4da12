"""Trains hearing by CTC towards the language model's tokens.

`scale` of the scores falls over the run, which forces directions closer to the tokens' rows; CTC on letters helps at the start.
in : FEATURES/user upper;  out: PARTS/hearing.pt (modules hearing, letters; vocabulary)
usage: python -m recipe.hearing.train --total MINUTES [--limit MINUTES] [--back .4]
       --back: how far Whisper's layers of a model that was handed on first move back towards the released ones, which know people
"""
import collections
import random

import torch
import torch.nn.functional as F
from torch import nn

from recipe.common import whisper
from recipe.common.held_out import plain
from recipe.common.smollm2 import EmbeddingSpace, token_ids
from recipe.common.speech import Table, batches_by_length, codes_of, endless, training_and_tests
from recipe.common.training import Budget, Trainer, checkpoint, device, half
from recipe.common.words import word_error
from recipe.hearing.model import FROZEN, Hearing, TokenScores, is_scorable
from recipe.tokenizer.model import LETTERS, spelled

BATCH = dict(cpu=900, cuda=16000)  # codes
RATE_WHISPER, RATE_ADAPTOR = 2e-4, 1.5e-3
SCALE_START, SCALE_AGAIN, SCALE_END = 3.0, 1.6, 0.8  # again: from a model that was trained before
LETTER_WEIGHT, LETTERS_UNTIL = .3, .6
SENTENCES = 1.5  # at most, free sentences to a question in an epoch
PEOPLE = 2  # times a recording comes an epoch: there are few
EASY = 150  # steps with short utterances first: the alignment is found sooner


def scale_at(progress: float, start: float) -> float:
    """How strongly directions are scored."""
    return start * (SCALE_END / start)**min(1., max(0., (progress - .15) / .65))


def shares(training: list[dict]) -> dict[str, float]:
    """Times a text comes an epoch: rare tokens up to three times, texts of common ones only 0.7 times."""
    seen = collections.Counter(t for u in training for t in set(token_ids(u['text'])))
    return {u['text']: min(3., max(.7, (100 / min(seen[t] for t in token_ids(u['text'])))**.5)) for u in training}


def ctc(scores: torch.Tensor, targets: list[torch.Tensor], lengths: torch.Tensor) -> torch.Tensor:
    """scores [b, t, n] before the softmax."""
    return F.ctc_loss(scores.float().log_softmax(-1).transpose(0, 1),
                      torch.cat(targets).to(scores.device),
                      lengths.cpu(),
                      torch.tensor([len(t) for t in targets]),
                      zero_infinity=True)


def disturbed(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Noise everywhere, and 80 to 240 ms blanked out in a third of the utterances."""
    for row, n in zip(x, lengths.tolist()):
        if random.random() < .35:
            first = random.randrange(max(1, n))
            row[4 * first:4 * (first + random.randint(1, 3))] = 0
    return x + .05 * torch.randn_like(x)


def moved_back(saved: dict, encoder: whisper.Encoder, share: float) -> None:
    """For Trainer.adapt: Whisper's layers of a part without an optimiser, a share of the way back to the released ones."""
    if not share or saved.get('optimiser'):
        return
    state = saved['modules']['hearing']
    released = {f'layers.{k}': v for k, v in encoder.layers[FROZEN:].state_dict().items()}
    released |= {f'layer_norm.{k}': v for k, v in encoder.layer_norm.state_dict().items()}
    for name, value in released.items():
        state[name] = torch.lerp(state[name], value.to(state[name]), share)


def main() -> None:
    budget, a = Budget.from_arguments(__doc__, back=dict(type=float, default=0.))
    where, saved, space = device(), checkpoint('hearing'), EmbeddingSpace()
    training, tests = training_and_tests('user', lambda u: is_scorable(u['text']))
    table = Table('user', 'upper', 4, where)
    tests = [u for u in tests if u['source'] == 'question'][:240]
    about = saved['about'] if saved else dict(vocabulary=[], scale=SCALE_START)
    known = set(about['vocabulary'])
    vocabulary = sorted({t for u in training + tests for t in token_ids(u['text'])} | known)
    encoder = whisper.load()
    hearing, scorer = Hearing(encoder, space).to(where), TokenScores(space, vocabulary).to(where)
    letters = nn.Linear(1024, len(LETTERS) + 1).to(where)
    hearing.adaptor.layers[4].requires_grad_(False)
    adaptor = [p for p in hearing.adaptor.parameters() if p.requires_grad] + list(letters.parameters())
    upper = list(hearing.layers.parameters()) + list(hearing.layer_norm.parameters())
    trainer = Trainer(
        'hearing',
        dict(hearing=hearing, letters=letters),
        [dict(params=upper, lr=RATE_WHISPER, weight_decay=.01),
         dict(params=adaptor, lr=RATE_ADAPTOR, weight_decay=.01)],
        budget,
        about=dict(vocabulary=vocabulary, scale=about.get('scale', SCALE_AGAIN)),
        adapt=lambda old: moved_back(old, encoder, a.back))
    often, rng = shares(training), random.Random(trainer.step)
    free = [u for u in training if u['source'] == 'sentence']
    asked = [u for u in training if u['source'] != 'sentence']

    def epoch() -> list[list[dict]]:
        times = {u['text']: PEOPLE if u['source'] == 'recording' else often[u['text']] for u in asked}
        chosen = [u for u in asked for _ in range(int(times[u['text']] + rng.random()))]
        chosen += rng.sample(free, min(len(free), int(SENTENCES * len(asked))))
        batches = batches_by_length(chosen, BATCH[where.type], lambda u: u['codes'], rng)
        if trainer.step < EASY:
            batches.sort(key=lambda b: b[0]['codes'] + 12 * rng.random())
        return batches

    stream = endless(epoch)

    def losses() -> dict[str, torch.Tensor]:
        batch = next(stream)
        lengths, x = codes_of(batch, where), table.padded(batch)
        with half(where):
            top = hearing.states(disturbed(x, codes_of(batch, where)).bfloat16(), lengths)
            scores = scorer(hearing.adaptor.direction(top).bfloat16(), scale_at(trainer.progress, trainer.about['scale']))
        loss = ctc(scores, [scorer.numbers(u['text']) for u in batch], lengths)
        weight = max(0., LETTER_WEIGHT * (1 - trainer.progress / LETTERS_UNTIL))
        if not weight:
            return dict(loss=loss, tokens=loss)
        with half(where):
            spelling = letters(top.reshape(len(batch), -1, 1024))
        second = ctc(spelling, [spelled(plain(u['text'])) for u in batch], 2 * lengths)
        return dict(loss=loss + weight * second, tokens=loss, letters=second)

    def validate() -> dict[str, float]:
        texts, heard = [], []
        for batch in batches_by_length(tests, 3000, lambda u: u['codes'], random.Random(0)):
            lengths = codes_of(batch, where)
            with half(where):
                top = hearing.states(table.padded(batch, torch.bfloat16), lengths)
                paths = scorer(hearing.adaptor.direction(top), scale_at(trainer.progress, trainer.about['scale'])).argmax(-1).tolist()
            texts += [plain(u['text']) for u in batch]
            heard += [plain(scorer.read(p[:n])) for p, n in zip(paths, lengths.tolist())]
        return dict(word_error=word_error(texts, heard), utterances=len(texts))

    trainer.run(losses, validate)


if __name__ == '__main__':
    main()
