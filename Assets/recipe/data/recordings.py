"""Recordings of people for hearing: clips whose licence allows training and whose set is not kept for tests.

in : PARLEY_RECORDINGS, a folder with manifest.jsonl (file, text or text_unverified, licence, set, language, speaker)
out: one part of SPEECH/user; every clip `--times` times, as features are augmented anew each time
Clips that are too long, or whose text nobody verified, are cut at pauses; a piece counts only where Whisper base hears in it words
that stand beside each other in the clip's text.
Run it again after the folder has changed: the clips that a part holds already are left out.
usage: python -m recipe.data.recordings [--times 4]
"""
import argparse
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr

from recipe.common.held_out import plain, reason
from recipe.common.places import SPEECH
from recipe.common.speech import read_lines, write_lines
from recipe.data.voices import RATE

LONGEST = 11.5  # seconds
PIECE = (2.5, 7.)  # seconds from one cut to the next
STEP = RATE // 50
FIRST_PART = 5000  # beside synthesis, which counts from 0


def candidates(folder: Path) -> list[dict]:
    """English clips with any text that may be trained on; wave is the file."""
    out = []
    for clip in read_lines(folder / 'manifest.jsonl'):
        text, sure = clip.get('text') or clip.get('text_unverified') or '', bool(clip.get('text'))
        item = dict(text=text, voice=clip.get('speaker') or clip['set'], set=clip['set'], licence=clip['licence'])
        if text and clip.get('language') == 'en' and reason(item, 'user') is None:
            out.append(dict(item, wave=folder / clip['file'], whole=sure and clip['duration'] < LONGEST))
    return out


def written(text: str) -> str:
    """A text as a sentence begins, not in capitals."""
    text = text.lower() if text.isupper() else text
    return text[0].upper() + text[1:]


def wave_of(path: Path) -> np.ndarray:
    """16 kHz, one channel, within -1 and 1."""
    x, rate = soundfile.read(path, dtype='float32', always_2d=True)
    x = x.mean(1) if rate == RATE else soxr.resample(x.mean(1), rate, RATE)
    return (x / max(1., np.abs(x).max())).astype(np.float32)


def cuts(x: np.ndarray) -> list[int]:
    """Where to cut: the quietest tenths of a second, PIECE apart."""
    power = np.convolve((x[:len(x) // STEP * STEP].reshape(-1, STEP)**2).mean(1), np.ones(5) / 5, 'same')
    found, (least, most) = [0], (int(s * 50) for s in PIECE)
    while len(power) - found[-1] > most:
        first = found[-1] + least
        found.append(first + int(power[first:found[-1] + most].argmin()))
    return [f * STEP for f in found] + [len(x)]


def pieces(clip: dict, hear) -> Iterator[tuple[dict, np.ndarray]]:
    """Pieces of a clip that were heard as its text has it."""
    x, text = wave_of(clip['wave']), f' {plain(clip["text"])} '
    ends = cuts(x)
    for first, last in zip(ends, ends[1:]):
        if last - first > .8 * RATE:
            heard = hear(x[first:last]).strip()
            item = dict({k: clip[k] for k in ('voice', 'set', 'licence')}, text=written(heard) if heard else '')
            found = f' {plain(heard)} ' in text and len(heard.split()) > 1 and not re.search(r'\d', heard)
            if found and reason(item, 'user') is None:
                yield item, x[first:last]


def all_clips(folder: Path, known: set[str]) -> Iterator[tuple[dict, np.ndarray]]:
    """Whole clips and pieces that no part holds."""
    from recipe.common.judges import Judge
    hear, chosen = Judge('base'), candidates(folder)
    for clip in chosen:
        if not clip['whole']:
            yield from ((i, x) for i, x in pieces(clip, hear) if plain(i['text']) not in known)
        elif plain(clip['text']) not in known:
            yield {k: clip[k] for k in ('voice', 'set', 'licence')} | dict(text=written(clip['text'])), wave_of(clip['wave'])


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
    clips = list(all_clips(Path(source), known))
    if not clips:
        print('no new recordings')
        return
    number, lines, first = max([FIRST_PART, *(int(p.stem) + 1 for p in parts)]), [], 0
    with open(folder / f'{number:04}.bin', 'wb') as file:
        for item, x in clips * a.times:
            file.write((np.clip(x, -1, 1) * 32767).astype(np.int16).tobytes())
            lines.append(dict(item, source='recording', first=first, count=len(x)))
            first += len(x)
    write_lines(folder / f'{number:04}.jsonl', lines)
    print(f'{len(clips)} recordings of {len({i["voice"] for i, _ in clips})} voices, {first / RATE / 60:.0f} min with {a.times} '
          'turns each, of', sorted({i['set'] for i, _ in clips}))


if __name__ == '__main__':
    main()
