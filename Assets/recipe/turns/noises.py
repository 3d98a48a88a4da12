"""Noises of rooms by rule: what is loud, and what rings, without anybody speaking.

Each kind is a function (samples, random numbers) -> 16 kHz sound; `noise` draws one or two of them. Nothing here is recorded.
"""
from collections.abc import Callable

import numpy as np
from scipy.signal import fftconvolve, lfilter

RATE = 16000
Random = np.random.Generator
Noise = Callable[[int, Random], np.ndarray]


def level(x: np.ndarray, decibels: float) -> np.ndarray:
    """x with this level in dB below full scale."""
    return x * 10**(decibels / 20) / (np.sqrt(np.mean(x**2)) + 1e-9)


def coloured(n: int, r: Random) -> np.ndarray:
    """Steady noise whose spectrum is a random line with bumps over the logarithm of the frequency."""
    f = np.maximum(20, np.fft.rfftfreq(n, 1 / RATE))
    octave = np.log2(f / 1000)
    decibels = r.uniform(-8, 2) * octave
    for _ in range(r.integers(0, 5)):
        decibels += r.uniform(-8, 14) * np.exp(-((octave - r.uniform(-4, 3)) / r.uniform(.1, 1))**2)
    return np.fft.irfft(np.fft.rfft(r.standard_normal(n)) * 10**(decibels / 20), n)


def wandering(n: int, r: Random, seconds: float, decibels: float) -> np.ndarray:
    """A gain that wanders by so many dB, with a new goal every so many seconds."""
    goals = r.standard_normal(int(n / RATE / seconds) + 3) * decibels
    return 10**(np.interp(np.arange(n) / RATE / seconds, np.arange(len(goals)), goals) / 20)


def hum(n: int, r: Random) -> np.ndarray:
    """Mains, fans and motors: harmonics that waver a little, over noise."""
    base = r.choice([50, 60, 100, 120, r.uniform(25, 400)])
    t = np.cumsum(wandering(n, r, r.uniform(.2, 3), r.choice([0, .05, .3]))) / RATE
    x = sum(r.uniform(0, 1) / k**r.uniform(.3, 1.6) * np.sin(2 * np.pi * base * k * t + r.uniform(0, 6)) for k in range(1, 24)
            if base * k < 7000)
    return level(x, 0) + level(coloured(n, r), r.uniform(-25, 6))


def struck(r: Random) -> np.ndarray:
    """A plate, glass, pan, lid, wood or table that is struck: damped modes behind a short burst."""
    lowest, modes = np.exp(r.uniform(np.log(150), np.log(3500))), r.integers(2, 14)
    ring = np.exp(r.uniform(np.log(.004), np.log(.35)))
    n = int(min(1.2, 5 * ring + .03) * RATE)
    t = np.arange(n) / RATE
    f = lowest * (1 + np.cumsum(r.exponential(.6, modes)))
    x = sum(r.standard_normal() * np.exp(-t / (ring * r.uniform(.3, 1))) * np.sin(2 * np.pi * k * t + r.uniform(0, 6)) for k in f
            if k < 7800)
    burst = r.standard_normal(n) * np.exp(-t / r.uniform(.0008, .012))
    return x / (np.abs(x).max() + 1e-6) + r.uniform(.1, 2) * burst / (np.abs(burst).max() + 1e-6)


def clatter(n: int, r: Random) -> np.ndarray:
    """Dishes and tools: single blows and bursts of them, some things struck several times."""
    x, things = np.zeros(n + 2 * RATE), [struck(r) for _ in range(r.integers(2, 10))]
    at = r.exponential(.3)
    pace = np.exp(r.uniform(np.log(.15), np.log(1.5)))
    while at * RATE < n:
        moment = at
        for _ in range(r.choice([1, 1, 1, 2, 3, 5, 8])):
            thing = things[r.integers(len(things))] * np.exp(r.uniform(-3, 0))
            first = int(moment * RATE)
            if first >= n:
                break
            x[first:first + len(thing)] += thing[:len(x) - first]
            moment += r.exponential(.07)
        at += r.exponential(pace)
    return x[:n]


def scraping(n: int, r: Random) -> np.ndarray:
    """Rustling, scraping, sizzling, cutlery in a drawer: noise in strokes of 40 to 600 ms."""
    strokes, at = np.zeros(n), r.exponential(.3)
    while at * RATE < n:
        length = int(np.exp(r.uniform(np.log(.04), np.log(.6))) * RATE)
        first = int(at * RATE)
        piece = np.hanning(length)**r.uniform(.3, 2) * np.exp(r.uniform(-2, 0))
        strokes[first:first + length] += piece[:n - first]
        at += length / RATE + r.exponential(r.choice([.05, .4, 1.2]))
    grain = np.abs(r.standard_normal(n))**r.choice([0, 1, 3, 6])
    return coloured(n, r) * grain * (strokes + 1e-4)


def wind(n: int, r: Random) -> np.ndarray:
    """Wind, traffic, trains: low noise that swells, now and then with a howl."""
    x = lfilter([1], [1, -r.uniform(.8, .98)], r.standard_normal(n)) * wandering(n, r, r.uniform(.2, 1.5), r.uniform(2, 8))
    if r.random() < .4:
        pitch = r.uniform(200, 1200) * wandering(n, r, r.uniform(.3, 1), 2)
        x = level(x, 0) + level(np.sin(2 * np.pi * np.cumsum(pitch) / RATE) * wandering(n, r, .5, 8), -r.uniform(3, 20))
    return x


def crowd(n: int, r: Random) -> np.ndarray:
    """Noise that is coloured and swells like speech, without any voice in it: many people far away."""
    x = coloured(n, r) * wandering(n, r, .12, r.uniform(1, 5))
    return level(x, 0) + level(coloured(n, r) * wandering(n, r, .2, r.uniform(1, 5)), -r.uniform(0, 10))


def water(n: int, r: Random) -> np.ndarray:
    """A tap, a kettle, pouring: noise with bubbles, which are short rising tones."""
    x = level(coloured(n, r) * wandering(n, r, r.uniform(.05, .6), r.uniform(0, 6)), -20)
    for first in np.flatnonzero(r.random(n) < r.uniform(2, 60) / RATE):
        length = int(r.uniform(.01, .09) * RATE)
        t = np.arange(length) / RATE
        f = np.exp(r.uniform(np.log(300), np.log(3000)))
        bubble = np.sin(2 * np.pi * f * t * (1 + r.uniform(0, 4) * t)) * np.exp(-t * r.uniform(30, 150))
        x[first:first + length] += bubble[:n - first] * np.exp(r.uniform(-4, -1))
    return x


def steps(n: int, r: Random) -> np.ndarray:
    """Feet, doors and desks: low thuds, now and then with a rattle."""
    x, at, pace = np.zeros(n + RATE), r.exponential(.4), r.uniform(.25, 1.5)
    while at * RATE < n:
        length = int(r.uniform(.05, .35) * RATE)
        t = np.arange(length) / RATE
        f = r.uniform(40, 260)
        thud = np.sin(2 * np.pi * f * t * np.exp(-t * r.uniform(0, 5))) * np.exp(-t / r.uniform(.015, .08))
        thud = thud + r.uniform(0, .6) * r.standard_normal(length) * np.exp(-t / r.uniform(.005, .06))
        first = int(at * RATE)
        x[first:first + length] += thud * r.uniform(.3, 1)
        at += pace * r.uniform(.7, 1.3)
    return x[:n]


def keys(n: int, r: Random) -> np.ndarray:
    """Keyboards, switches, crackling: very short clicks."""
    x = np.zeros(n)
    moments = np.flatnonzero(r.random(n) < r.uniform(1, 25) / RATE)
    x[moments] = r.standard_normal(len(moments)) * np.exp(r.uniform(-2, 0, len(moments)))
    length = int(r.uniform(.002, .03) * RATE)
    return fftconvolve(x, r.standard_normal(length) * np.exp(-np.arange(length) / length * 5))[:n]


def tones(n: int, r: Random) -> np.ndarray:
    """Beeps, alarms, birds, squeaks: one tone that is switched or glides."""
    x, at = np.zeros(n), r.exponential(.5)
    low, glide, partials = np.exp(r.uniform(np.log(350), np.log(4000))), r.choice([0, 0, r.uniform(-1.5, 1.5)]), r.integers(1, 4)
    length, gap = r.uniform(.04, .6), r.uniform(.05, 2)
    while at * RATE < n:
        t = np.arange(int(length * RATE)) / RATE
        phase = 2 * np.pi * np.cumsum(low * 2**(glide * t / length)) / RATE
        beep = sum(np.sin(k * phase) / k**2 for k in range(1, partials + 1)) * np.hanning(len(t))**r.uniform(.1, .6)
        first = int(at * RATE)
        x[first:first + len(t)] += beep[:n - first]
        at += length + gap * r.uniform(.5, 1.5)
    return x


def music(n: int, r: Random) -> np.ndarray:
    """Chords and melodies of plucked or blown notes, with drums."""
    x, beat, at = np.zeros(n + 3 * RATE), r.uniform(.15, .6), 0.
    brightness, pluck, key = r.uniform(.8, 2.5), r.uniform(.1, 1.5), r.uniform(80, 350)
    while at * RATE < n:
        for semitone in r.choice([0, 3, 4, 5, 7, 9, 10, 12, 14, 16, 19, 24], r.integers(0, 4)):
            length = int(beat * r.choice([.5, 1, 1, 2, 4]) * RATE)
            t, f = np.arange(length) / RATE, key * 2**(semitone / 12)
            note = sum(np.sin(2 * np.pi * f * k * t) / k**brightness for k in range(1, 16) if f * k < 7500)
            shape = np.minimum(1, t / r.uniform(.003, .08)) * np.exp(-t / pluck) * np.minimum(1, (length - np.arange(length)) / 400)
            first = int(at * RATE)
            x[first:first + length] += note * shape * r.uniform(.2, 1)
        if r.random() < .4:
            drum = struck(r) if r.random() < .5 else r.standard_normal(3000) * np.exp(-np.arange(3000) / r.uniform(100, 1500))
            first = int(at * RATE)
            x[first:first + len(drum)] += drum[:len(x) - first] * r.uniform(.1, 1)
        at += beat
    return x[:n]


# How often each kind is drawn: what begins turns wrongly comes oftenest.
KINDS: dict[Noise, float] = {coloured: .12, hum: .12, clatter: .26, scraping: .14, water: .08, steps: .06, keys: .05, wind: .06,
                             crowd: .06, tones: .03, music: .04}


def echoing(x: np.ndarray, r: Random) -> np.ndarray:
    """x in a room whose sound fades within 0.1 to 0.7 s."""
    n = int(r.uniform(.1, .7) * RATE)
    tail = r.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n) * r.uniform(.01, .1)
    tail[0] = 1
    return fftconvolve(x, tail)[:len(x)]


def noise(n: int, r: Random) -> np.ndarray:
    """One to three kinds together over a soft background, peak about 1; a third are single sounds in a quiet room."""
    kinds, shares, quiet = list(KINDS), np.array(list(KINDS.values())), r.random() < .33
    x = level(coloured(n, r), -r.uniform(40, 65) if quiet else -r.uniform(10, 40))
    for _ in range(1 if quiet else r.choice([1, 1, 2, 3])):
        one = kinds[r.choice(len(kinds), p=shares / shares.sum())](n, r)
        one = level(one, -r.uniform(0, 20))
        x = x + (echoing(one, r) if r.random() < .6 else one)
    if r.random() < .3:
        x = lfilter([1, r.uniform(-.9, .9)], [1], x)
    return x / (np.abs(x).max() + 1e-9)
