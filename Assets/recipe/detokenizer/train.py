"""Trains the flow: x_t = (1 - t) noise + t mel, the network predicts mel - noise on the noisy frames.

Half of the samples begin with a clean history (t = 999), as the engine's cache holds it: history chunks see themselves and
earlier ones only, the noisy part sees everything.
in : FEATURES/assistant mel, code; PARTS/codebook.pt;  out: PARTS/detokenizer.pt (module flow, its average; mean and std of the mel)
usage: python -m recipe.detokenizer.train --total MINUTES [--limit MINUTES]
"""
import random

import numpy as np
import torch

from recipe.common.speech import Table, training_and_tests
from recipe.common.training import Budget, Trainer, checkpoint, device, half, other_book
from recipe.detokenizer.model import CONFIG, FlowMatching, initialise

WINDOWS = (28, 36, 48)  # codes
BATCH = dict(cpu=576, cuda=12000)  # codes
RATE = dict(cpu=1.5e-3, cuda=2e-3)
LATE = .06  # weight of the loss at t = 1; at t = 0 it is 1 more
NOISY = 999  # chunk number of the part that is not history


class Corpus:
    """Windows of training utterances with their codes and normalised mels."""
    def __init__(self, where: torch.device) -> None:
        self.where = where
        self.training, self.tests = training_and_tests('assistant')
        self.mel, self.code = Table('assistant', 'mel', 4, where), Table('assistant', 'code', 1, where)
        self.by_window = {w: [] for w in WINDOWS}
        for u in self.training:
            self.by_window[next((w for w in WINDOWS if u['codes'] <= w), WINDOWS[-1])].append(u)
        self.by_window = {w: us for w, us in self.by_window.items() if us}
        self.mean = self.std = 0.

    def measure(self) -> tuple[float, float]:
        """Mean and spread of the mel."""
        sample = torch.cat([self.mel.of(u).float() for u in self.training[::max(1, len(self.training) // 600)]])
        return round(float(sample.mean()), 4), round(float(sample.std()), 4)

    def window(self, u: dict, first: int, codes: int) -> tuple[torch.Tensor, torch.Tensor]:
        """-> mel [4 codes, 80] normalised, codes."""
        return (self.mel.of(u, first, codes).float() - self.mean) / self.std, self.code.of(u, first, codes).long()

    def batch(self) -> tuple[torch.Tensor, ...]:
        """-> mel [b, 4s, 80], code [b, s], t [b], which frames are history [b, 4s], mask, weight [b, 4s]"""
        s = random.choices(list(self.by_window), [len(us) for us in self.by_window.values()])[0]
        b = BATCH[self.where.type] // s
        mel, code = torch.zeros(b, 4 * s, 80, device=self.where), torch.full((b, s), CONFIG['semantic_vocab'], device=self.where)
        length, chunk = np.zeros(b, int), np.full((b, s), NOISY)
        for i in range(b):
            u = random.choice(self.by_window[s])
            n = min(s, u['codes'])
            mel[i, :4 * n], code[i, :n] = self.window(u, random.randint(0, u['codes'] - n), n)
            length[i] = n
            if random.random() < .5 and n > 14:
                history = random.randint(4, n - 8)
                cut = random.choice([history, history, random.randint(2, history - 1)])
                chunk[i, :history], chunk[i, :cut] = 1, 0
        chunks = torch.from_numpy(chunk).to(self.where).repeat_interleave(4, 1)
        real = torch.arange(4 * s)[None] < 4 * torch.from_numpy(length)[:, None]
        real = real.to(self.where)
        see = (chunks[:, :, None] >= chunks[:, None, :]) & real[:, None, :]
        mask = torch.zeros(see.shape, device=self.where).masked_fill(~see, -1e4)[:, None].bfloat16()
        clean = chunks != NOISY
        return mel, code, torch.rand(b, device=self.where), clean, mask, (real & ~clean).float()


def flow_loss(model: FlowMatching, mel, code, t, clean, mask, weight) -> torch.Tensor:
    """Weighted square error of the velocity. Late in the path most of the error is noise that no network can predict: it counts
    less, so that the codes' meaning is learnt."""
    noise = torch.randn_like(mel)
    time = torch.where(clean, 1., t[:, None])[..., None]
    steps = torch.where(clean[:, ::4], 999., (1000 * t[:, None]).floor())
    with half(mel.device):
        velocity = model((1 - time) * noise + time * mel, steps, code, 0, mask)[0]
    weight = weight * ((1 - t[:, None])**2 + LATE)
    return (((velocity - (mel - noise))**2).mean(-1) * weight).sum() / weight.sum()


def describe_codes(corpus: Corpus) -> torch.Tensor:
    """Mean mel patch of every code, and its row of the embedding (its mean state)."""
    n, patches, counts = CONFIG['semantic_vocab'], torch.zeros(CONFIG['semantic_vocab'], 320), torch.zeros(
        CONFIG['semantic_vocab'])
    for u in corpus.training[::max(1, len(corpus.training) // 8000)]:
        mel, code = (x.cpu() for x in corpus.window(u, 0, u['codes']))
        patches.index_add_(0, code, mel.reshape(-1, 320))
        counts += torch.bincount(code, minlength=n)
    state = checkpoint('codebook')['modules']['codebook']['embedding']
    return torch.cat([patches / counts.clamp(min=1)[:, None], .15 * state / state.std()], 1)


def main() -> None:
    budget, _ = Budget.from_arguments(__doc__)
    where, saved = device(), checkpoint('detokenizer')
    corpus = Corpus(where)
    config, book = saved['about']['config'] if saved else CONFIG, checkpoint('codebook')['about']['book']
    corpus.mean, corpus.std = (saved['about']['mean'], saved['about']['std']) if saved else corpus.measure()
    torch.manual_seed(0)
    model = FlowMatching(config)
    initialise(model, describe_codes(corpus))
    model.to(where)
    trainer = Trainer('detokenizer',
                      dict(flow=model), [dict(params=list(model.parameters()), lr=RATE[where.type], weight_decay=.01)],
                      budget,
                      about=dict(config=config, mean=corpus.mean, std=corpus.std, book=book),
                      average='flow',
                      adapt=lambda old: other_book(old, book, ('semantic_token_embedding', )))

    def validate() -> dict[str, float]:
        """One step from t to the end: error of the predicted mel in percent of its power."""
        test = FlowMatching(config).to(where)
        test.load_state_dict(trainer.shadow)
        errors = {0.: [0., 0.], .5: [0., 0.]}
        for k, u in enumerate(corpus.tests[:40]):
            mel, code = corpus.window(u, 0, min(48, u['codes']))
            noise = torch.randn(mel.shape, generator=torch.Generator().manual_seed(k)).to(where)
            for t, sums in errors.items():
                x = ((1 - t) * noise + t * mel)[None]
                with half(where):
                    guess = x + (1 - t) * test(x, torch.full((1, len(code)), 1000 * t, device=where), code[None])[0]
                sums[0] += ((guess[0] - mel)**2).sum().item()
                sums[1] += (mel**2).sum().item()
        return {f'mel_error_percent_from_{t}': 100 * a / max(b, 1e-9) for t, (a, b) in errors.items()}

    trainer.run(lambda: dict(loss=flow_loss(model, *corpus.batch())), validate)


if __name__ == '__main__':
    main()
