"""Speech for the turn detector: whole utterances, single words, fragments, whispers and laughs, at 16 kHz.

in : SPEECH/user, and clips of people in PARLEY_RECORDINGS as far as `held_out` lets them pass
out: HOME/turns/words.npz: single words spoken by the synthesisers of `data.voices`
"""
import functools
import os
import random
from pathlib import Path

import numpy as np
import soundfile
import soxr

from recipe.common import held_out
from recipe.common.places import HOME, SPEECH
from recipe.common.speech import read_lines

RATE, HOP = 16000, 160
FAINTEST = 30.  # dB below the loudest 10 ms that still belong to a word
WORDS = '''zero one two three four five six seven eight nine ten eleven twelve twenty thirty hundred a b c d e f g h i j k l m n o p q r s t u v
w x y z yes no yeah yep nope okay ok right sure stop wait go on off up down left hello hi hey bye thanks please sorry what why who when where how
which oh ah uh um hmm huh mhm uh-huh oops wow well so and but or not now then here there this that it is if he she we they me you us good bad
great fine cool nice true false red blue green black white cat dog bird fish house tree sun moon star ship shoe shop sit six sticks fix
mix push pull pick pack pet top tip tap cup cap cut hat hit hot hop help quick catch kit kiss fish fresh first shift shut chess cheese chip
check church such much touch book back bike cake take make milk map mum more move music name never next night news open orange over paper
pause play please pizza plate question quiet rain read repeat rest road say school see send set seven sing skip sleep slow snow some soon
sound speak start still street sugar sure table talk tea tell test text thank thing time today tomorrow turn under very volume wake walk
want warm water weather week wind window winter word work world write wrong yesterday you your ha haha heh hehe ho phew shh psst tsk yay
again another answer apple around ask away banana because bed before begin better between box bread bridge bring busy button call cancel
car chair change child city clean clock close cloud coat coffee cold colour come computer continue correct could count day dark'''.split()


def active(x: np.ndarray, faintest: float = FAINTEST) -> np.ndarray:
    """[frames] whether 10 ms of a clean clip belong to speech; gaps of up to 100 ms belong to it too."""
    e = 10 * np.log10((x[:len(x) // HOP * HOP].reshape(-1, HOP)**2).mean(1) + 1e-10)
    loud = np.flatnonzero(e > max(-75, e.max(initial=-100) - faintest))
    out = np.zeros(len(e), bool)
    for a, b in zip(loud, np.append(loud[1:], loud[-1:] + 1)):
        out[a:b if b - a <= 10 else a + 1] = True
    return out


def trimmed(x: np.ndarray) -> np.ndarray:
    """x from its first to its last speech."""
    on = np.flatnonzero(active(x))
    return x[on[0] * HOP:(on[-1] + 1) * HOP] if len(on) else x[:0]


def faded(x: np.ndarray) -> np.ndarray:
    """x with ends that do not click: 5 ms."""
    y, n = x.copy(), min(80, len(x) // 4)
    y[:n] *= np.linspace(0, 1, n)
    y[len(y) - n:] *= np.linspace(1, 0, n)
    return y


def fragment(x: np.ndarray, r: np.random.Generator) -> np.ndarray:
    """0.12 to 0.7 s of x between two dips of its level, as single words are."""
    e = np.convolve(10 * np.log10((x[:len(x) // HOP * HOP].reshape(-1, HOP)**2).mean(1) + 1e-9), np.ones(3) / 3, 'same')
    dips = np.flatnonzero((e[1:-1] <= e[:-2]) & (e[1:-1] <= e[2:]) & (e[1:-1] < e.max() - 8)) + 1
    if len(dips) < 2:
        return x
    first = dips[r.integers(len(dips))]
    ends = dips[(dips >= first + 12) & (dips <= first + r.integers(16, 71))]
    return faded(x[first * HOP:(ends[r.integers(len(ends))] if len(ends) else first + 30) * HOP])


def whispered(x: np.ndarray, r: np.random.Generator) -> np.ndarray:
    """x without its pitch: magnitudes of 16 ms with any phase."""
    n = 256
    padded = np.pad(x, (n, 2 * n))
    windows = np.lib.stride_tricks.sliding_window_view(padded, n)[::n // 2] * np.hanning(n)
    spectra = np.abs(np.fft.rfft(windows))
    spectra = np.apply_along_axis(lambda s: np.convolve(s, np.ones(5) / 5, 'same'), 1, spectra)
    tilt = (np.arange(n // 2 + 1) / 128 + .1)**r.uniform(0, .8)
    pieces = np.fft.irfft(spectra * tilt * np.exp(2j * np.pi * r.random(spectra.shape)), n) * np.hanning(n)
    y = np.zeros(len(padded) + n)
    for k, piece in enumerate(pieces):
        y[k * n // 2:k * n // 2 + n] += piece
    return y[n:n + len(x)]


def laugh(x: np.ndarray, r: np.random.Generator) -> np.ndarray:
    """A short vowel of x, breathed and repeated ever softer and lower."""
    syllable = faded(trimmed(x)[:int(r.uniform(.07, .16) * RATE)])
    out, at, gap, pitch = np.zeros(3 * RATE), 0, int(r.uniform(.12, .24) * RATE), r.uniform(1, 1.5)
    for k in range(r.integers(2, 8)):
        one = soxr.resample(syllable, RATE, RATE / pitch * (1 + .04 * k))
        one = one + r.uniform(.05, .6) * whispered(one, r)
        out[at:at + len(one)] += one[:len(out) - at] * r.uniform(.8, .98)**k
        at += int(gap * r.uniform(.9, 1.1))
        if at + RATE // 2 > len(out):
            break
    return out[:at + RATE // 4]


def recorded() -> list[np.ndarray]:
    """Recordings of people that may teach the turn detector."""
    folder, out = os.environ.get('PARLEY_RECORDINGS'), []
    for clip in read_lines(Path(folder) / 'manifest.jsonl') if folder else ():
        speech = clip['set'].startswith('asr/') or clip['set'] == 'vocoder'
        if speech and clip['language'] == 'en' and not held_out.is_turn_test(clip):
            x, rate = soundfile.read(Path(folder) / clip['file'], dtype='float32', always_2d=True)
            x = x.mean(1) if rate == RATE else soxr.resample(x.mean(1), rate, RATE)
            out.append(x / np.abs(x).max())
    return out


def synthetic(count: int, seed: int) -> list[np.ndarray]:
    """Utterances of SPEECH/user."""
    found = []
    for path in sorted((SPEECH / 'user').glob('*.jsonl')):
        found += [dict(u, part=path.with_suffix('.bin')) for u in read_lines(path) if u['source'] != 'recording']
    training = held_out.admit(held_out.divide(found, 'user')[0], 'user')
    chosen = random.Random(seed).sample(training, min(count, len(training)))
    return [np.fromfile(u['part'], np.int16, u['count'], offset=2 * u['first']).astype(np.float32) / 32768 for u in chosen]


def spoken_words(count: int, seed: int) -> list[np.ndarray]:
    """Single words in random voices; made once."""
    path = HOME / 'turns' / 'words.npz'
    if not path.exists():
        from recipe.data import voices
        r, found = random.Random(seed), []
        for n in range(count):
            x = trimmed(voices.user(WORDS[n % len(WORDS)], r)[0])
            if .06 * RATE < len(x) < 1.5 * RATE:
                found.append((x * 32767).astype(np.int16))
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, sound=np.concatenate(found), length=[len(x) for x in found])
    saved = np.load(path)
    return [x.astype(np.float32) / 32768 for x in np.split(saved['sound'], np.cumsum(saved['length'])[:-1])]


class Words:
    """Draws clips of speech."""
    def __init__(self, seed: int, words: int = 1800, utterances: int = 2500) -> None:
        self.words, self.recorded = spoken_words(words, seed), [trimmed(x) for x in recorded()]
        self.utterances = [trimmed(x) for x in synthetic(utterances, seed)]

    def longer(self, r: np.random.Generator) -> np.ndarray:
        """An utterance or a piece of a recording."""
        if self.recorded and r.random() < .5:
            x = self.recorded[r.integers(len(self.recorded))]
            n = int(r.uniform(.8, 4) * RATE)
            first = r.integers(max(1, len(x) - n))
            return trimmed(faded(x[first:first + n]))
        return self.utterances[r.integers(len(self.utterances))][:5 * RATE]

    def clip(self, r: np.random.Generator) -> np.ndarray:
        """What somebody says in one go; of any level."""
        kind = r.random()
        if kind < .3:
            x = self.words[r.integers(len(self.words))]
        elif kind < .62:
            x = fragment(self.longer(r), r)
        elif kind < .67:
            x = laugh(self.words[r.integers(len(self.words))], r)
        else:
            x = self.longer(r)
        if r.random() < .04:
            x = whispered(x, r)
        if r.random() < .3:
            x = soxr.resample(x, RATE, RATE / r.uniform(.85, 1.2))
        return np.asarray(x, np.float32)


@functools.cache
def shared(seed: int) -> Words:
    """The clips, read once."""
    return Words(seed)
