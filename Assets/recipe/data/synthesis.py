"""Speech for every text: the user in many voices, the assistant in one.

in : TEXTS/questions.jsonl, sentences.txt, definitions.txt, lists.txt, orders.txt (the user), said.txt (the assistant)
out: SPEECH/<speaker>/NNNN.bin (int16) and NNNN.jsonl (see common/speech.py), parts of PART utterances
Only what is missing is spoken, so that the stage can be stopped at any time and goes on with texts that were added.
"""
import argparse
import collections
import multiprocessing
import random
import time

import numpy as np

from recipe.common.held_out import plain, reason
from recipe.common.places import SPEECH, TEXTS
from recipe.common.speech import read_lines, write_lines
from recipe.data import voices
from recipe.data.recordings import FIRST_PART as OF_PEOPLE

PART = 1500


def wanted(speaker: str, takes: int, sentences: int, asked: int | None = None) -> list[dict]:
    """What is to be spoken. takes: renderings of every question or reply; asked: how many questions (None: all)."""
    questions = read_lines(TEXTS / 'questions.jsonl')
    free = (TEXTS / 'sentences.txt').read_text().splitlines()
    if speaker == 'assistant':
        items = [dict(text=t, source='reply') for t in sorted({q['reply'] for q in questions}) for _ in range(takes)]
        items += [dict(text=t, source='sentence') for t in free[:sentences]]
        return items + lines('said', 'list')
    items = [
        dict(text=q['text'], source='question', reply=q['reply'], key=q['key'], topic=q['topic']) for q in questions
        if 'before' not in q for _ in range(takes)
    ]
    items = random.Random(4).sample(items, min(len(items), asked)) if asked is not None else items
    items += [dict(text=q['text'], source='second turn') for q in questions if 'before' in q]
    items += [dict(text=t, source='sentence') for t in free[-sentences:]]
    return items + lines('definitions', 'sentence') + lines('lists', 'list') + lines('orders', 'order')


def lines(name: str, source: str) -> list[dict]:
    """What a file of texts holds, if there is one."""
    path = TEXTS / f'{name}.txt'
    return [dict(text=t, source=source) for t in path.read_text().splitlines()] if path.exists() else []


def missing(speaker: str, items: list[dict]) -> list[dict]:
    """The items that no finished part holds; reserved texts are never spoken."""
    done = collections.Counter()
    for path in (SPEECH / speaker).glob('*.jsonl'):
        done.update(plain(u['text']) for u in read_lines(path))
    left = []
    for item in items:
        name = plain(item['text'])
        if done[name]:
            done[name] -= 1
        elif reason(item, speaker) in (None, 'test phrasing'):
            left.append(item)
    return left


def speak_part(job: tuple[str, int, list[dict], float]) -> str:
    """Speaks one part, or what there is time for."""
    speaker, number, items, deadline = job
    r, speak = random.Random(1000 * number + len(speaker)), dict(user=voices.user, assistant=voices.assistant)[speaker]
    folder, lines, first = SPEECH / speaker, [], 0
    sound = folder / f'{number:04}.sound'
    with open(sound, 'wb') as file:
        for item in items:
            if time.time() > deadline:
                break
            try:
                x, voice = speak(item['text'], r)
            except Exception as trouble:  # a synthesiser that cannot say a text is no reason to stop
                print('cannot say', item['text'], repr(trouble)[:100], flush=True)
                continue
            y = (np.clip(x, -1, 1) * 32767).astype(np.int16)
            file.write(y.tobytes())
            lines.append(dict(item, voice=voice, first=first, count=len(y)))
            first += len(y)
    if not lines:
        sound.unlink()
        return f'{speaker} part {number}: nothing'
    sound.replace(folder / f'{number:04}.bin')
    write_lines(folder / f'{number:04}.jsonl', lines)
    return f'{speaker} part {number}: {len(lines)} utterances, {first / (24000 if speaker == "assistant" else 16000) / 60:.0f} min'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('speaker', choices=('user', 'assistant'))
    parser.add_argument('--takes', type=int, default=1)
    parser.add_argument('--sentences', type=int, default=5000)
    parser.add_argument('--questions', type=int, help='at most (of the user)')
    parser.add_argument('--processes', type=int, default=2)
    parser.add_argument('--limit', type=float, default=1e6, help='minutes')
    parser.add_argument('--only', nargs='+', help='kinds of text: question, reply, sentence, list ... (None: all)')
    parser.add_argument('--most', type=int, help='utterances at most (for trials)')
    a = parser.parse_args()
    folder, deadline = SPEECH / a.speaker, time.time() + 60 * a.limit
    folder.mkdir(parents=True, exist_ok=True)
    items = [i for i in wanted(a.speaker, a.takes, a.sentences, a.questions) if not a.only or i['source'] in a.only]
    items = missing(a.speaker, items)[:a.most]
    random.Random(len(items)).shuffle(items)
    number = max((n for p in folder.glob('*.jsonl') if (n := int(p.stem)) < OF_PEOPLE), default=-1) + 1
    size = min(PART, -(-len(items) // a.processes) or 1)
    jobs = [(a.speaker, number + i, items[k:k + size], deadline) for i, k in enumerate(range(0, len(items), size))]
    print(len(items), 'utterances to speak', flush=True)
    with multiprocessing.get_context('spawn').Pool(a.processes) as pool:
        for line in pool.imap_unordered(speak_part, jobs):
            print(line, flush=True)


if __name__ == '__main__':
    main()
