"""What happens to a user's voice on its way to the microphone: pauses, room, distance, noise, telephone, level, clipping.

Rooms and noises are made by rule; real ones are mixed in where PARLEY_RECORDINGS names a folder with
manifest.jsonl and clips of the sets `rir` and `noise`, as far as their licence allows.
"""
import functools
import os
from pathlib import Path

import numpy as np
import soundfile
import soxr

from recipe.common.held_out import is_test_recording
from recipe.common.speech import read_lines

RATE = 16000


@functools.cache
def recordings(kind: str) -> list[np.ndarray]:
    """Real rooms (`rir`) or noises (`noise`) at 16 kHz; none if there is no folder of recordings."""
    folder, found = os.environ.get('PARLEY_RECORDINGS'), []
    for clip in read_lines(Path(folder) / 'manifest.jsonl') if folder else ():
        if clip['set'] == kind and not is_test_recording(clip):
            x, rate = soundfile.read(Path(folder) / clip['file'], dtype='float32', always_2d=True)
            found.append(x.mean(1) if rate == RATE else soxr.resample(x.mean(1), rate, RATE))
    return found


def convolved(x: np.ndarray, response: np.ndarray) -> np.ndarray:
    """x through a room, of the same length."""
    m = 1 << (len(x) + len(response)).bit_length()
    return np.fft.irfft(np.fft.rfft(x, m) * np.fft.rfft(response, m), m)[:len(x)]


def in_a_room(x: np.ndarray, r: np.random.Generator) -> np.ndarray:
    """A real response, or an exponential tail of 80 to 500 ms."""
    real = recordings('rir')
    if real and r.random() < .3:
        response = real[r.integers(len(real))]
        return convolved(x, response[np.abs(response).argmax():][:RATE] / np.abs(response).max())
    n = int(r.uniform(.08, .5) * RATE)
    tail = r.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n) * r.uniform(.02, .12)
    tail[0] = 1
    return convolved(x, tail)


def noise(n: int, r: np.random.Generator) -> np.ndarray:
    """White, brown or recorded."""
    real = recordings('noise')
    if real and r.random() < .4:
        x = real[r.integers(len(real))]
        return np.resize(x[r.integers(len(x)):], n) if len(x) < n else x[(k := r.integers(len(x) - n + 1)):k + n]
    white = r.standard_normal(n)
    if r.random() < .5:
        return white
    brown = np.cumsum(white)
    smooth = np.cumsum(np.pad(brown, (101, 100), mode='edge'))
    return brown - (smooth[201:] - smooth[:-201])[:n] / 201 if n > 1 and len(smooth) > n + 200 else brown - brown.mean()


def as_someone_else(x: np.ndarray, r: np.random.Generator) -> np.ndarray:
    """Slower or faster, with pitch and formants: another speaker, of another length."""
    return soxr.resample(x, RATE, RATE / r.uniform(.84, 1.18)).astype(np.float32)


def coloured(x: np.ndarray, r: np.random.Generator) -> np.ndarray:
    """Through a microphone that hears some octaves better than others, by up to 9 dB either way."""
    spectrum, f = np.fft.rfft(x), np.fft.rfftfreq(len(x), 1 / RATE)
    gains = np.interp(np.log2(np.maximum(f, 50)), np.linspace(np.log2(50), np.log2(RATE / 2), 8), r.uniform(-9, 9, 8))
    return np.fft.irfft(spectrum * 10**(gains / 20), len(x))


def telephone(x: np.ndarray) -> np.ndarray:
    """300 to 3400 Hz."""
    spectrum, f = np.fft.rfft(x), np.fft.rfftfreq(len(x), 1 / RATE)
    return np.fft.irfft(spectrum * ((f > 250) & (f < 3400)), len(x))


def augmented(x: np.ndarray, r: np.random.Generator) -> np.ndarray:
    """One utterance as a microphone might hear it; the length stays."""
    x = x + 1e-4 * r.standard_normal(len(x))
    if r.random() < .35:
        x = in_a_room(x, r)
    if r.random() < .4:  # spectral tilt
        x = x + r.uniform(-.5, .5) * np.concatenate([[0], x[:-1]])
    if r.random() < .4:
        x = coloured(x, r)
    if r.random() < .6:
        w = noise(len(x), r)
        w = w * np.sqrt((x**2).mean() / ((w**2).mean() + 1e-20) / 10**(r.uniform(5, 40) / 10))
        x = x + w
    if r.random() < .08:
        x = telephone(x)
    if r.random() < .05:  # an amplifier turned up too far
        x = np.clip(x * r.uniform(2, 6) / max(1e-6, np.abs(x).max()), -1, 1)
    x = x / max(1, np.abs(x).max())
    return (x * (10**r.uniform(-1.5, 0) if r.random() < .2 else 1)).astype(np.float32)
