"""What the network hears of 10 ms of sound; Sources/Audio/Listening/SpeechFeatures.swift does the same.

32 mel bands over the last 25 ms, as distance from the band's background and as shape of the spectrum, and how regular the sound is
in two bands: [frames, 66] in bels and in parts of 1.
"""
import functools

import numpy as np
from scipy.signal import lfilter

RATE, HOP, POINTS, BANDS = 16000, 160, 400, 32
LOWEST, HIGHEST = 80., 7600.
FALL, RISE = .05, .002  # part of the distance by which the background follows in a frame, downwards and upwards
NARROWEST, WIDEST = -1., 4.  # bels above the background that are told apart
VOICING = ((400, 1800), (180, 1100))  # Hz
WIDTH = 2 * BANDS + len(VOICING)


def mel(hertz: np.ndarray) -> np.ndarray:
    """Slaney's scale."""
    return np.where(hertz < 1000, hertz * 3 / 200, 15 + np.log(np.maximum(hertz, 1) / 1000) * 27 / np.log(6.4))


@functools.cache
def filter_bank() -> np.ndarray:
    """Triangles of equal area [bands, bins]."""
    m = np.linspace(*mel(np.array([LOWEST, HIGHEST])), BANDS + 2)
    corners = np.where(m < 15, m * 200 / 3, 1000 * np.exp((m - 15) * np.log(6.4) / 27))
    f = np.arange(POINTS // 2 + 1) * RATE / POINTS
    left, peak, right = (corners[k:k + BANDS, None] for k in range(3))
    heights = np.minimum((f - left) / (peak - left), (right - f) / (right - peak))
    return np.maximum(0, heights) * 2 / (right - left)


def log_mel(x: np.ndarray) -> np.ndarray:
    """[frames, 32], log10 of the energy in each band over the 25 ms that end with the frame."""
    frames = len(x) // HOP
    padded = np.concatenate([np.zeros(POINTS - HOP), x[:frames * HOP]])
    windows = np.lib.stride_tricks.sliding_window_view(padded, POINTS)[::HOP]
    hann = .5 - .5 * np.cos(2 * np.pi * np.arange(POINTS) / POINTS)
    power = np.abs(np.fft.rfft(windows * hann))**2
    return np.log10(np.maximum(1e-10, power @ filter_bank().T)).astype(np.float32)


def backgrounds(energies: np.ndarray) -> np.ndarray:
    """What each band falls back to [frames, 32]; energies [frames, 32]."""
    out, b = np.empty_like(energies), energies[0].copy()
    for t, e in enumerate(energies):
        b = b + np.where(e < b, np.float32(FALL), np.float32(RISE)) * (e - b)
        out[t] = b
    return out


def second_order(corner: float, high: bool) -> tuple[np.ndarray, np.ndarray]:
    """A Butterworth filter by the bilinear transform."""
    angle = 2 * np.pi * corner / RATE
    cosine, alpha = np.cos(angle), np.sin(angle) / np.sqrt(2)
    edge = (1 + cosine) / 2 if high else (1 - cosine) / 2
    return np.array([edge, -2 * edge if high else 2 * edge, edge]) / (1 + alpha), np.array(
        [1, -2 * cosine / (1 + alpha), (1 - alpha) / (1 + alpha)])


def voicing(x: np.ndarray, lowest: float, highest: float) -> np.ndarray:
    """The largest normalised autocorrelation of the last 40 ms of a band over delays of 2.5 to 12.5 ms, [frames]."""
    window, delays, frames = 160, range(10, 51), len(x) // HOP
    band = lfilter(*second_order(highest, False), lfilter(*second_order(lowest, True), x[:frames * HOP]))[3::4]
    s = np.concatenate([np.zeros(window + delays[-1]), band])

    def sums(product: np.ndarray) -> np.ndarray:
        """Over windows that end with each frame."""
        c = np.concatenate([[0], np.cumsum(product)])
        ends = len(product) - len(band) + (HOP // 4) * np.arange(1, frames + 1)
        return c[ends] - c[ends - window]

    squares = s * s
    energy = sums(squares) + 1e-9
    values = np.stack([sums(s[d:] * s[:-d]) / np.sqrt(energy * (np.maximum(0, sums(squares[:-d])) + 1e-9)) for d in delays])
    best = values.argmax(0)
    inside = (best > 0) & (best < len(delays) - 1)
    return np.where(inside, np.clip(values.max(0), 0, 1), 0).astype(np.float32)


def features(x: np.ndarray) -> np.ndarray:
    """[frames, 66] of 16 kHz sound."""
    e = log_mel(x)
    above = np.clip(e - backgrounds(e), NARROWEST, WIDEST)
    shape = e - e.mean(1, keepdims=True)
    return np.concatenate([above, shape] + [voicing(x, *v)[:, None] for v in VOICING], 1).astype(np.float32)
