"""Recordings of people for hearing: clips whose licence allows training and whose set is not kept for tests.

in : PARLEY_RECORDINGS, a folder with manifest.jsonl (file, text, licence, set, language, speaker; texts that are null are left out)
out: one part of SPEECH/user; every clip `--times` times, as features are augmented anew each time
Run it again after the folder has changed: the clips that a part holds already are left out.
usage: python -m recipe.data.recordings [--times 4]
"""
import argparse
import os
from pathlib import Path

import numpy as np
import soundfile
import soxr

from recipe.common.held_out import plain, reason
from recipe.common.places import SPEECH
from recipe.common.speech import read_lines, write_lines
from recipe.data.voices import RATE

LONGEST = 11.5  # seconds


def trainable(folder: Path) -> list[dict]:
    """English clips with a text that may be trained on; wave is the file."""
    out = []
    for clip in read_lines(folder / 'manifest.jsonl'):
        item = dict(text=clip.get('text') or '', voice=clip.get('speaker') or clip['set'], set=clip['set'], licence=clip['licence'])
        if item['text'] and clip.get('language') == 'en' and clip['duration'] < LONGEST and reason(item, 'user') is None:
            text = item['text'].lower() if item['text'].isupper() else item['text']
            out.append(dict(item, text=text[0].upper() + text[1:], wave=folder / clip['file']))
    return out


def wave_of(path: Path) -> np.ndarray:
    x, rate = soundfile.read(path, dtype='float32', always_2d=True)
    x = x.mean(1) if rate == RATE else soxr.resample(x.mean(1), rate, RATE)
    return (np.clip(x / max(1., np.abs(x).max()), -1, 1) * 32767).astype(np.int16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--times', type=int, default=4)
    a = parser.parse_args()
    source = os.environ.get('PARLEY_RECORDINGS')
    if not source:
        raise SystemExit('PARLEY_RECORDINGS names no folder of recordings')
    folder = SPEECH / 'user'
    folder.mkdir(parents=True, exist_ok=True)
    parts = sorted(folder.glob('*.jsonl'))
    known = {plain(u['text']) for p in parts for u in read_lines(p) if u['source'] == 'recording'}
    clips = [c for c in trainable(Path(source)) if plain(c['text']) not in known]
    if not clips:
        print('no new recordings')
        return
    number, lines, first = int(parts[-1].stem) + 1 if parts else 0, [], 0
    with open(folder / f'{number:04}.bin', 'wb') as file:
        for clip in clips * a.times:
            y = wave_of(clip['wave'])
            file.write(y.tobytes())
            lines.append({k: v for k, v in clip.items() if k != 'wave'} | dict(source='recording', first=first, count=len(y)))
            first += len(y)
    write_lines(folder / f'{number:04}.jsonl', lines)
    print(f'{len(clips)} recordings, {first / RATE / 60:.0f} min with {a.times} turns each, of', sorted({c["set"] for c in clips}))


if __name__ == '__main__':
    main()
