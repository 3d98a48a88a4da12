"""A tiny corpus in a folder of its own, with held-out material planted in it."""
import json
import os
import tempfile
import zlib
from pathlib import Path

# Before anything of the recipe is imported: its folders follow the environment.
HOME = Path(tempfile.mkdtemp(prefix='recipe-tests-'))
os.environ['PARLEY_RECIPE_HOME'] = str(HOME)

import numpy as np  # noqa: E402

from recipe.common import held_out  # noqa: E402


def own_test_text(speaker: str) -> str:
    """A text that the hash keeps for our own tests."""
    return next(t for t in (f'what is number {n}' for n in range(10000))
                if zlib.crc32(held_out.plain(t).encode()) % held_out.ONE_IN[speaker] == 0)


def trainable_texts(speaker: str, count: int) -> list[str]:
    """Texts that may be trained on."""
    texts = (f'this is sentence number {n}' for n in range(10000))
    return [t for t in texts if held_out.reason(dict(text=t), speaker) is None][:count]


def planted(speaker: str) -> list[dict]:
    """Utterances that must not be trained on: a test phrasing, test voices, and recordings kept for tests."""
    free = trainable_texts(speaker, 8)
    return [
        dict(text=own_test_text(speaker), voice='heart'),
        dict(text=free[0], voice='jf_nezumi'),
        dict(text=free[1], voice='jm_kumo'),
        dict(text=free[2], voice='someone', set='questions', licence='MIT'),
        dict(text=free[3], voice='someone', set='digits', licence='CC BY-SA 4.0')
    ]


def make_features(speaker: str, tables: dict[str, tuple[int, int, type]]) -> None:
    """Features of planted and of good utterances. tables: name -> rows a code, width, kind."""
    folder, codes, lines = HOME / 'features' / speaker, 6, []
    folder.mkdir(parents=True, exist_ok=True)
    good = [
        dict(text=t, voice='heart', source='reply' if speaker == 'assistant' else 'question', reply=t, key='is', topic='t')
        for t in trainable_texts(speaker, 30)
    ]
    for n, u in enumerate(good + [dict(source='sentence', **p) for p in planted(speaker)]):
        lines.append(dict(u, first=0, count=1, codes=codes, samples=1280 * codes, row=n * codes))
    (folder / '0000.jsonl').write_text(''.join(json.dumps(u) + '\n' for u in lines))
    r = np.random.default_rng(0)
    for name, (per_code, width, kind) in tables.items():
        shape = (len(lines) * codes * per_code, ) + ((width, ) if width else ())
        numbers = r.integers(0, 4096, shape) if kind is np.int16 else r.standard_normal(shape)
        np.save(folder / f'0000.{name}.npy', numbers.astype(kind))


def make_questions() -> None:
    """A table of questions with a reserved one and a test phrasing."""
    rows = [
        dict(text=t, reply='Yes.', key='yes', topic='t', item=t) for t in trainable_texts('user', 10) + [own_test_text('user')]
    ]
    (HOME / 'texts').mkdir(parents=True, exist_ok=True)
    (HOME / 'texts' / 'questions.jsonl').write_text(''.join(json.dumps(r) + '\n' for r in rows))
    (HOME / 'texts' / 'sentences.txt').write_text('\n'.join(trainable_texts('user', 4)) + '\n')
