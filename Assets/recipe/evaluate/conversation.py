"""Whole replies to spoken questions: transcription, right text, sound against its own text, ends.

FOLDER is an export. Questions: our own held-out phrasings in unseen voices (`recipe.data.test_speech`), or any folder with
manifest.jsonl or index.jsonl (text, file, and where known key or accept: a pattern, topic or set).
usage: python -m recipe.evaluate.conversation FOLDER [QUESTIONS] [--count N] [--transcribe-only] [--answers FILE] [--judge base]
"""
import argparse
import collections
import json
import re
from pathlib import Path

import numpy as np
import soundfile
import soxr

from recipe.common.held_out import plain
from recipe.common.judges import Judge, judged_form, word_error
from recipe.common.smollm2 import token_ids
from recipe.common.speech import read_lines
from recipe.data.test_speech import FOLDER as OWN_TESTS
from recipe.evaluate.reference import Model
from recipe.language.rows import INSTRUCTION

STEPS_12_SECONDS = 150


def wave_of(path: Path) -> np.ndarray:
    """16 kHz, one channel"""
    x, rate = soundfile.read(path, dtype='float32', always_2d=True)
    return x.mean(1) if rate == 16000 else soxr.resample(x.mean(1), rate, 16000)


def is_right(question: dict, text: str) -> bool | None:
    """By the key words or an accepted pattern; None where neither is known."""
    if question.get('accept'):
        return any(re.search(p, text.lower()) for p in question['accept'])
    return f' {plain(question["key"])} ' in f' {plain(text)} ' if question.get('key') else None


def questions_in(folder: Path, answers: Path | None) -> list[dict]:
    """Questions with a text and a sound; answers: a file with id and accept."""
    index = next(p for p in (folder / 'index.jsonl', folder / 'manifest.jsonl') if p.exists())
    known = {q['id']: q for q in map(json.loads, open(answers))} if answers else {}
    found = [dict(known.get(q.get('id'), {}), **q) for q in read_lines(index)]
    return [dict(q, wave=folder / q['file']) for q in found if q.get('text')]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    parser.add_argument('questions', type=Path, nargs='?', default=OWN_TESTS)
    parser.add_argument('--count', type=int)
    parser.add_argument('--transcribe-only', action='store_true')
    parser.add_argument('--answers', type=Path)
    parser.add_argument('--judge', default='base')
    a = parser.parse_args()
    model, rows = Model(a.folder), questions_in(a.questions, a.answers)[:a.count]
    judge, instruction = None if a.transcribe_only else Judge(a.judge), list(token_ids(INSTRUCTION))
    for q in rows:
        codes, features = model.heard(wave_of(q['wave']))
        q['transcript'] = model.mind.decoded(model.mind.reply(codes, features, instruction, speaks=False, limit=80)[0])
        if a.transcribe_only:
            continue
        said, spoken, q['ended'] = model.mind.reply(codes, features)
        q['said'], q['steps'] = model.mind.decoded(said), len(spoken)
        q['heard'] = judge(model.voice.sound(model.voice.mel(spoken)), 24000) if len(spoken) > 3 else ''
        q['right'], q['sounds right'] = is_right(q, q['said']), is_right(q, judged_form(q['heard']))
        print(q['text'], '|', q['transcript'], '|', q['said'], '|', q['heard'], flush=True)
    print(
        f'transcription: word error {word_error([q["text"] for q in rows], [q["transcript"] for q in rows]):.3f} (n={len(rows)})')
    if a.transcribe_only:
        return
    judged = [q for q in rows if q['right'] is not None]
    topics = collections.defaultdict(list)
    for q in judged:
        topics[q.get('category') or q.get('topic')].append(q['right'])
    print(f'replies right: {sum(q["right"] for q in judged)} of {len(judged)}:', ', '.join(
        f'{t} {sum(v)}/{len(v)}' for t, v in topics.items()))
    print(f'spoken replies right as heard: {sum(q["sounds right"] for q in judged)} of {len(judged)}')
    against = word_error([q['said'] for q in rows], [q['heard'] for q in rows])
    print(f'spoken reply against its text: word error {against:.3f} (n={len(rows)})')
    ended = [q for q in rows if q['ended']]
    in_time = sum(q['steps'] <= STEPS_12_SECONDS for q in ended)
    print(f'ended by itself: {len(ended)} of {len(rows)}; within 12 s: {in_time}')


if __name__ == '__main__':
    main()
