"""The voice alone: held-out utterances of the assistant as recorded, mel -> vocoder, codes -> detokenizer -> vocoder, and text ->
branch -> detokenizer -> vocoder, as independent judges hear them.

usage: python -m recipe.evaluate.speech FOLDER [--utterances 60] [--judges tiny.en,base] [--sounds FILE]
"""
import argparse
from pathlib import Path

import numpy as np
import soundfile
import torch

from recipe.common.judges import Judge, word_error
from recipe.common.smollm2 import token_ids
from recipe.common.speech import Table, training_and_tests
from recipe.evaluate.reference import Model


def links(model: Model, tests: list[dict], mel: Table, wave: Table, code: Table) -> dict[str, list[np.ndarray]]:
    """name of a link -> its sounds"""
    out: dict[str, list[np.ndarray]] = {n: [] for n in ('recording', 'mel', 'codes', 'said alone')}
    for u in tests:
        out['recording'].append(wave.of(u).flatten().float().numpy() / 32767)
        out['mel'].append(model.voice.sound(mel.of(u).float()))
        out['codes'].append(model.voice.sound(model.voice.mel(code.of(u).flatten().tolist())))
        said = model.mind.reply(None, None, text=list(token_ids(u['text'])), limit=2 * u['codes'] + 40)[1]
        out['said alone'].append(model.voice.sound(model.voice.mel(said)) if len(said) > 3 else np.zeros(24000, np.float32))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    parser.add_argument('--utterances', type=int, default=60)
    parser.add_argument('--judges', default='tiny.en,base')
    parser.add_argument('--sounds', type=Path)
    a = parser.parse_args()
    where, model = torch.device('cpu'), Model(a.folder)
    tests = training_and_tests('assistant')[1]
    tests = tests[::max(1, len(tests) // a.utterances)][:a.utterances]
    mel, wave, code = (Table('assistant', n, per, where) for n, per in (('mel', 4), ('wave', 4), ('code', 1)))
    sounds, texts = links(model, tests, mel, wave, code), [u['text'] for u in tests]
    for name in a.judges.split(','):
        judge = Judge(name)
        for link, waves in sounds.items():
            heard, parts = [judge(w, 24000) for w in waves], []
            for source in ('reply', 'sentence'):
                chosen = [i for i, u in enumerate(tests) if u['source'] == source]
                if chosen:
                    parts.append(
                        f'{source} {word_error([texts[i] for i in chosen], [heard[i] for i in chosen]):.3f} (n={len(chosen)})')
            print(f'{name:8} {link:12} word error {word_error(texts, heard):.3f} (n={len(texts)}):', ', '.join(parts), flush=True)
    if a.sounds:
        soundfile.write(
            a.sounds,
            np.concatenate(
                [np.concatenate([w[i] for w in sounds.values()] + [np.zeros(12000)]) for i in range(min(10, len(tests)))]).astype(
                    np.float32), 24000)


if __name__ == '__main__':
    main()
