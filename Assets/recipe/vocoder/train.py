"""Trains the vocoder: mel loss first, light discriminators in the last third, at the end also on the detokenizer's mels.

in : FEATURES/assistant mel, wave, optionally made (mels the detokenizer made from the codes, `recipe.detokenizer.mels`)
out: PARTS/vocoder.pt (modules generator, its average, discriminators)
usage: python -m recipe.vocoder.train --total MINUTES [--limit MINUTES] [--discriminators .67] [--made .5] [--again]
       --discriminators: share of the budget after which they judge; --made: share of windows with the detokenizer's mels;
       --again: a schedule of its own behind the first
"""
import random

import torch

from recipe.common.speech import Table, training_and_tests
from recipe.common.training import Budget, Trainer, checkpoint, device
from recipe.vocoder.discriminators import Discriminators, mel_loss
from recipe.vocoder.model import CONFIG, Generator

FRAMES = 24
BATCH = dict(cpu=8, cuda=128)
RATE = 1e-3
RATE_DISCRIMINATORS = 3e-4
SILENCE = 650  # of 32767; nine of ten windows below are skipped
ALONE = 100  # steps in which the discriminators learn before the generator listens to them


class Corpus:
    """Windows of training utterances: mel and sound."""
    def __init__(self, where: torch.device, made: float) -> None:
        self.where, self.made = where, made
        self.training, self.tests = ([u for u in us if u['codes'] * 4 > FRAMES + 4] for us in training_and_tests('assistant'))
        self.mel, self.wave = Table('assistant', 'mel', 4, where), Table('assistant', 'wave', 4, where)
        self.made_mel = Table('assistant', 'made', 4, where)

    def sound(self, first: int, frames: int) -> torch.Tensor:
        return self.wave.rows(first, frames).flatten().float() / 32767

    def batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        """-> mel [b, 80, frames], sound [b, 480 frames]"""
        mels, sounds = [], []
        while len(mels) < BATCH[self.where.type]:
            u = random.choice(self.training)
            first = u['row'] * 4 + random.randint(0, u['codes'] * 4 - FRAMES)
            wave = self.wave.rows(first, FRAMES)
            if random.random() < .9 and (self.where.type == 'cpu' and int(wave.abs().max()) < SILENCE):
                continue
            table = self.made_mel if random.random() < self.made and self.made_mel.has(u) else self.mel
            mels.append(table.rows(first, FRAMES).float().T), sounds.append(wave.flatten().float() / 32767)
        return torch.stack(mels), torch.stack(sounds)


class Adversary:
    """The discriminators with their own optimiser."""
    def __init__(self, where: torch.device) -> None:
        self.net, self.steps = Discriminators().to(where), 0
        self.optimiser = torch.optim.AdamW(self.net.parameters(), RATE_DISCRIMINATORS, (.8, .99))

    def learn(self, true: torch.Tensor, made: torch.Tensor) -> torch.Tensor:
        """One step of telling true from made."""
        pairs = zip(self.net(true), self.net(made.detach()))
        loss = sum(((1 - t)**2).mean() + (m**2).mean() for (t, _), (m, _) in pairs)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 10.)
        self.optimiser.step()
        self.steps += 1
        return loss.detach()

    def judge(self, true: torch.Tensor, made: torch.Tensor) -> torch.Tensor:
        """What the generator descends: being told from the truth, and features unlike the truth's."""
        self.net.requires_grad_(False)
        with torch.no_grad():
            wanted = self.net(true)
        found = self.net(made)
        self.net.requires_grad_(True)
        fooled = sum(((1 - m)**2).mean() for m, _ in found)
        match = sum((a - b).abs().mean() for (_, x), (_, y) in zip(wanted, found) for a, b in zip(x, y))
        return fooled + 2 * match


def main() -> None:
    budget, a = Budget.from_arguments(__doc__,
                                      discriminators=dict(type=float, default=.67),
                                      made=dict(type=float, default=0.),
                                      again=dict(action='store_true'))
    where, saved = device(), checkpoint('vocoder')
    corpus, config = Corpus(where, a.made), saved['about'].get('config', CONFIG) if saved else CONFIG
    generator, adversary = Generator(config).to(where), Adversary(where)
    trainer = Trainer('vocoder',
                      dict(generator=generator, discriminators=adversary.net),
                      [dict(params=list(generator.parameters()), lr=RATE, weight_decay=.01)],
                      budget,
                      about=dict(config=config),
                      fall=.7,
                      betas=(.8, .99),
                      average='generator')
    adversary.steps = trainer.about.get('adversary_steps', 0)
    if a.again:  # a schedule of its own behind the first
        trainer.seconds = 0.

    def losses() -> dict[str, torch.Tensor]:
        mel, wave = corpus.batch()
        made = generator(mel)
        distance = mel_loss(made, wave)
        if trainer.progress < a.discriminators:
            trainer.clip = 1.
            return dict(loss=distance, mel=distance)
        told = adversary.learn(wave, made)
        trainer.about['adversary_steps'] = adversary.steps
        if adversary.steps <= ALONE:
            return dict(loss=distance, mel=distance, told=told)
        trainer.clip = 30.
        return dict(loss=9 * distance + adversary.judge(wave, made), mel=distance, told=told)

    def validate() -> dict[str, float]:
        test, total = Generator(config).to(where).eval(), 0.
        test.load_state_dict(trainer.shadow)
        chosen = corpus.tests[:24]
        for u in chosen:
            total += mel_loss(test(corpus.mel.of(u).float().T[None]), corpus.sound(u['row'] * 4, u['codes'] * 4)[None]).item()
        return dict(mel=total / max(1, len(chosen)))

    trainer.run(losses, validate)


if __name__ == '__main__':
    main()
