"""Tracks of 10 s: noise with single words, laughs and phrases in it, what the network hears of them, and where somebody speaks.

out: HOME/turns/mixtures/NNNN.npz: features float16 [tracks, 1000, 66], speech int8 [tracks, 1000] (1 speech, 0 none, -1 at edges)
usage: python -m recipe.turns.mixtures [--tracks 1600] [--seed 1]   (each seed adds tracks with noises of its own)
"""
import argparse
import sys
import time

import numpy as np

from recipe.common.places import HOME
from recipe.data.augmentation import in_a_room
from recipe.turns import chain, words
from recipe.turns.features import HOP, RATE, WIDTH, features
from recipe.turns.noises import coloured, level, noise

SECONDS = 10
FRAMES, SAMPLES = SECONDS * 100, SECONDS * RATE
EDGE = 3  # frames on either side of a beginning or end that teach nothing
CHAIN_DELAY = 208  # samples that WebRTC's chain holds back
TOGETHER = 100  # tracks a file


class Noises:
    """A stock of noise tracks, drawn with another beginning, colour and neighbour each time."""
    def __init__(self, count: int, r: np.random.Generator) -> None:
        self.stock = [noise(SAMPLES, r).astype(np.float32) for _ in range(count)]

    def draw(self, r: np.random.Generator) -> np.ndarray:
        x = np.roll(self.stock[r.integers(len(self.stock))], r.integers(SAMPLES))[::r.choice([1, 1, 1, -1])]
        if r.random() < .3:
            x = x + np.roll(self.stock[r.integers(len(self.stock))], r.integers(SAMPLES)) * r.uniform(.1, 1)
        if r.random() < .4:
            x = x + r.uniform(-.8, .8) * np.roll(x, 1)
        return x


def events(r: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Speech of one track [samples], each clip of level 0 dB, and its frames [frames]."""
    x, speech, stock = np.zeros(SAMPLES), np.zeros(FRAMES, bool), words.shared(1)
    at = r.uniform(.2, 3)
    while at < SECONDS - .6:
        clip = stock.clip(r)[:int((SECONDS - at - .05) * RATE)]
        on = words.active(clip)
        if on.sum() >= 5:
            first = int(at * 100)
            loudness = np.sqrt((clip[:len(on) * HOP].reshape(-1, HOP)[on]**2).mean())
            clip = clip / (loudness + 1e-6) * 10**(r.normal(0, 2.5) / 20)
            x[first * HOP:first * HOP + len(clip)] += clip
            speech[first:first + len(on)] |= on
        at += len(clip) / RATE + r.choice([r.uniform(.15, .8), r.exponential(1.2) + .3])
    return x, speech


def track(noises: Noises, r: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """-> 16 kHz sound as the listener gets it, labels [frames]."""
    background = level(noises.draw(r), 0)
    spoken, speech = events(r) if r.random() < .65 else (np.zeros(SAMPLES), np.zeros(FRAMES, bool))
    if r.random() < .45:
        spoken = in_a_room(spoken, r)
    if r.random() < .3:
        spoken = spoken + r.uniform(-.6, .6) * np.roll(spoken, 1)
    if r.random() < .12:
        background = level(coloured(SAMPLES, r), 0)
    x = spoken + background * 10**(-r.uniform(-2, 30) / 20)
    if r.random() < .06 and speech.any():  # others, far away
        x = x + .08 * np.roll(spoken, SAMPLES // 2)
    x = np.clip(x / (np.abs(x).max() + 1e-6) * 10**(-r.uniform(1, 32) / 20) + 2e-5 * r.standard_normal(SAMPLES), -1, 1)
    behind = r.random() < .6
    x = chain.processed(x) if behind else chain.plain(x)
    return x, labels(speech, CHAIN_DELAY // HOP if behind else 0)


def labels(speech: np.ndarray, delay: int) -> np.ndarray:
    """1 speech, 0 none, -1 around beginnings and ends."""
    speech = np.concatenate([np.zeros(delay, bool), speech[:len(speech) - delay]])
    out = speech.astype(np.int8)
    for change in np.flatnonzero(np.diff(out)) + 1:
        # Never more than a third of a word is left out.
        out[max(0, change - EDGE):change + EDGE] = -1
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--tracks', type=int, default=1600)
    parser.add_argument('--seed', type=int, default=1)
    a = parser.parse_args()
    folder = HOME / 'turns' / 'mixtures'
    folder.mkdir(parents=True, exist_ok=True)
    noises = Noises(min(240, a.tracks), np.random.default_rng(a.seed))
    print(time.strftime('%H:%M:%S'), 'noises are made', flush=True)
    for number in range(-(-a.tracks // TOGETHER)):
        path = folder / f'{a.seed:02}{number:03}.npz'
        if path.exists():
            continue
        r = np.random.default_rng([a.seed, number])
        x, y = np.empty((TOGETHER, FRAMES, WIDTH), np.float16), np.empty((TOGETHER, FRAMES), np.int8)
        for row in range(TOGETHER):
            sound, y[row] = track(noises, r)
            x[row] = features(sound)
        np.savez(path, features=x, speech=y)
        print(time.strftime('%H:%M:%S'), path.name, f'{(y == 1).mean():.2f} speech', flush=True)


if __name__ == '__main__':
    sys.exit(main())
