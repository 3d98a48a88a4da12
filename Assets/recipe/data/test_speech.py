"""Held-out test speech, never trained on: our own test phrasings read by two Kokoro voices that nothing was trained on.

out: HOME/test_speech/NNN.flac (16 kHz) and index.jsonl (text, reply, key, topic, voice, file)
usage: python -m recipe.data.test_speech [--count 120]
"""
import argparse
import random

import numpy as np
import soundfile
import soxr

from recipe.common.held_out import TEST_VOICES, divide
from recipe.common.places import HOME, TEXTS
from recipe.common.speech import read_lines, write_lines
from recipe.data import voices

FOLDER = HOME / 'test_speech'
VOICES = ('jf_nezumi', 'jf_tebukuro')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--count', type=int, default=120)
    assert TEST_VOICES.issuperset(VOICES)
    tests = [q for q in divide(read_lines(TEXTS / 'questions.jsonl'), 'user')[1] if 'before' not in q]
    chosen, lines = random.Random(9).sample(tests, min(len(tests), parser.parse_args().count)), []
    FOLDER.mkdir(parents=True, exist_ok=True)
    for n, q in enumerate(chosen):
        voice = VOICES[n % 2]
        x = soxr.resample(voices.kokoro(q['text'], voice), 24000, 16000)
        soundfile.write(FOLDER / f'{n:03}.flac', np.concatenate([np.zeros(3200), x, np.zeros(4000)]), 16000)
        lines.append(dict(q, voice=voice, file=f'{n:03}.flac'))
    write_lines(FOLDER / 'index.jsonl', lines)
    print(len(lines), 'held-out questions')


if __name__ == '__main__':
    main()
