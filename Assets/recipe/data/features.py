"""What the stages read, computed once: features of every part of speech, written beside each other in FEATURES/<speaker>/.

user       NNNN.upper.npy f16 [4 codes, 512]   Whisper states after layer 4 (ordinary convolutions), augmented sound
           NNNN.lower.npy f16 [4 codes, 512]   states after layer 2, causal convolutions: what the speech tokenizer starts from
assistant  NNNN.lower.npy f16 [4 codes, 512]   the same
           NNNN.mel.npy   f16 [4 codes, 80]    24 kHz log-mel of the vocoder
           NNNN.wave.npy  int16 [4 codes, 480] 24 kHz sound
both       NNNN.jsonl      the utterances with codes and row
"""
import argparse
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soxr
import torch
import torch.nn.functional as F

from recipe.common import whisper
from recipe.common.mels import vocoder_mel, whisper_mel
from recipe.common.places import FEATURES, SPEECH
from recipe.common.speech import SAMPLES_A_CODE, read_lines, write_lines
from recipe.common.training import device, half
from recipe.data.augmentation import as_someone_else, augmented
from recipe.tokenizer.model import attention_mask

LOWER, UPPER = 2, 4  # layers below the tokenizer's own; layers below those that hearing tunes
LONGEST = 150  # codes: 12 s
BATCH = 800  # codes


class FeatureMaker:
    """Whisper's lower layers over batches of waves."""
    def __init__(self) -> None:
        self.where = device()
        self.encoder = whisper.load().to(self.where)

    @torch.no_grad()
    def states(self, waves: list[np.ndarray], codes: list[int], causal: bool, layers: int) -> torch.Tensor:
        """16 kHz waves -> states [b, 4 · longest, 512] after `layers` layers, half precision on the CPU."""
        longest = max(codes)
        mels = torch.stack(
            [F.pad(whisper_mel(torch.from_numpy(padded(w, 1280 * n))), (0, 8 * (longest - n))) for w, n in zip(waves, codes)])
        samples = torch.tensor([min(len(w), 1280 * n) for w, n in zip(waves, codes)], device=self.where)
        frames = torch.tensor([4 * n for n in codes], device=self.where)
        with half(self.where):
            x = self.encoder.stem(mels.to(self.where), causal)
            mask = attention_mask(samples, x.shape[1]) if causal else whisper.valid_frames(x.shape[1], frames)
            for layer in self.encoder.layers[:layers]:
                x = layer(x, mask)
        return x.half().cpu()


def padded(wave: np.ndarray, length: int) -> np.ndarray:
    """The wave with zeros behind it, or cut, as 32-bit floats."""
    out = np.zeros(length, np.float32)
    out[:min(length, len(wave))] = wave[:length]
    return out


def user_wave(sound: np.ndarray, r: np.random.Generator, person: bool) -> np.ndarray:
    """Pauses before and behind, and what a room does; people are few, so that most of their takes become other voices."""
    if r.random() < (.75 if person else .3):
        sound = as_someone_else(sound, r)
    before, behind = np.zeros(int(r.integers(0, 4800))), np.zeros(int(r.integers(1600, 6400)))
    return augmented(np.concatenate([before, sound, behind]), r)


def user_tables(maker: FeatureMaker, waves: list[np.ndarray], codes: list[int]) -> dict[str, list]:
    """name -> tables of a batch."""
    upper, lower = maker.states(waves, codes, False, UPPER), maker.states(waves, codes, True, LOWER)
    return dict(upper=[h[:4 * n].numpy() for h, n in zip(upper, codes)], lower=[h[:4 * n].numpy() for h, n in zip(lower, codes)])


def assistant_tables(maker: FeatureMaker, waves: list[np.ndarray], codes: list[int]) -> dict[str, list]:
    """name -> tables of a batch; waves at 24 kHz."""
    low = [soxr.resample(w, 24000, 16000).astype(np.float32) for w in waves]
    lower = maker.states(low, codes, True, LOWER)
    whole = [padded(w, 1920 * n) for w, n in zip(waves, codes)]
    return dict(lower=[h[:4 * n].numpy() for h, n in zip(lower, codes)],
                mel=[vocoder_mel(torch.from_numpy(w)[None])[0].T.half().numpy() for w in whole],
                wave=[np.round(w * 32767).astype(np.int16).reshape(-1, 480) for w in whole])


SHAPES = dict(user=dict(upper=(512, np.float16), lower=(512, np.float16)),
              assistant=dict(lower=(512, np.float16), mel=(80, np.float16), wave=(480, np.int16)))
MAKERS: dict[str, Callable] = dict(user=user_tables, assistant=assistant_tables)


def part_features(maker: FeatureMaker, speaker: str, index: Path) -> None:
    """All tables of one part."""
    r, begun = np.random.default_rng(int(index.stem)), time.time()
    sound = np.memmap(index.with_suffix('.bin'), dtype=np.int16, mode='r')
    items, waves = [], {}
    for u in read_lines(index):
        wave = sound[u['first']:u['first'] + u['count']].astype(np.float32) / 32768
        wave = user_wave(wave, r, u.get('source') == 'recording') if speaker == 'user' else wave
        u['codes'] = -(-len(wave) // SAMPLES_A_CODE[speaker])
        u['samples'] = len(wave) if speaker == 'user' else round(len(wave) * 2 / 3)  # at 16 kHz
        if u['codes'] < LONGEST:
            waves[len(items)] = wave
            items.append(u)
    row = 0
    for u in items:
        u['row'], row = row, row + u['codes']
    folder = FEATURES / speaker
    folder.mkdir(parents=True, exist_ok=True)
    if not items:
        write_lines(folder / index.name, items)
        return
    names = {n: folder / f'{index.stem}.{n}.npy' for n in SHAPES[speaker]}
    files = {
        n: np.lib.format.open_memmap(names[n].with_suffix('.making'), 'w+', kind, (4 * row, width))
        for n, (width, kind) in SHAPES[speaker].items()
    }
    order = sorted(range(len(items)), key=lambda i: items[i]['codes'])
    while order:
        batch = [order.pop() for _ in range(max(1, min(len(order), BATCH // items[order[-1]]['codes'])))]
        codes = [items[i]['codes'] for i in batch]
        for name, tables in MAKERS[speaker](maker, [waves.pop(i) for i in batch], codes).items():
            for i, table in zip(batch, tables):
                first = 4 * items[i]['row']
                files[name][first:first + len(table)] = table
    for name, path in names.items():
        files[name].flush()
        path.with_suffix('.making').replace(path)
    write_lines(folder / index.name, items)
    print(
        f'{speaker} part {index.stem}: {len(items)} utterances, {row * .08 / 60:.0f} min of speech in {time.time() - begun:.0f} s',
        flush=True)


def work(job: tuple[str, list[Path]]) -> None:
    """A process' share of the parts."""
    maker = FeatureMaker()
    for index in job[1]:
        part_features(maker, job[0], index)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('speaker', choices=('user', 'assistant'))
    parser.add_argument('--processes', type=int, default=1)
    a = parser.parse_args()
    todo = [p for p in sorted((SPEECH / a.speaker).glob('*.jsonl')) if not (FEATURES / a.speaker / p.name).exists()]
    jobs = [(a.speaker, todo[i::a.processes]) for i in range(min(a.processes, len(todo)))]
    if len(jobs) <= 1:
        for job in jobs:
            work(job)
        return
    with multiprocessing.get_context('spawn').Pool(len(jobs)) as pool:
        pool.map(work, jobs, chunksize=1)


if __name__ == '__main__':
    main()
