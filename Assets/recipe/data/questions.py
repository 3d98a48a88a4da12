"""Questions and replies in one table: written ones (texts/*.txt), questions by rule, and second turns.

out: TEXTS/questions.jsonl, a line a wording: text, reply, key (words that a right reply holds), topic, item (wordings of one item
share it), and for second turns before (text and reply of the first). A question is kept once, from the first source.
usage: python -m recipe.data.questions [--by-rule 12000]
"""
import argparse
import collections
import random

from recipe.common.held_out import plain
from recipe.common.places import RECIPE, TEXTS
from recipe.common.speech import write_lines
from recipe.data.rules import COMMON, THIN, by_rule
from recipe.data.rules.follow_ups import follow_ups

FILES = ('chat', 'life', 'science', 'words', 'world', 'basics')
LONGEST = 14  # words of a question


def written(name: str) -> list[dict]:
    """One file: `question / wording / ... | reply | key | key ...` a line."""
    rows = []
    for n, line in enumerate((RECIPE / 'texts' / f'{name}.txt').read_text().splitlines()):
        if line.strip():
            wordings, reply, key, *_ = [part.strip() for part in line.split('|')]
            rows += [dict(text=q.strip(), reply=reply, key=key, topic=name, item=f'{name}-{n}') for q in wordings.split(' / ')]
    return rows


def ruled(parts: tuple, seed: int = 1) -> list[dict]:
    """Questions by rule that are short enough to be asked in one breath."""
    rows = [
        dict(text=q, reply=reply, key=key, topic=kind, item=f'{kind}-{n}')
        for n, (kind, wordings, reply, key) in enumerate(by_rule(seed, parts)) for q in wordings
    ]
    return [q for q in rows if len(q['text'].split()) <= LONGEST]


def table(by_rule_count: int) -> list[dict]:
    """All questions, each once; second turns may share a wording with others, as they differ in what came before."""
    common = ruled(COMMON)
    random.Random(1).shuffle(common)
    kept: dict[str, dict] = {}
    for q in [q for name in FILES for q in written(name)] + ruled(THIN) + common[:by_rule_count]:
        kept.setdefault(plain(q['text']), q)
    second = follow_ups(list(kept.values()), seed=1)
    for q in second:
        if 'before' not in q:
            kept.setdefault(plain(q['text']), q)
    alone = [q for q in second if 'before' in q]
    rows = list(kept.values()) + list({(plain(q['before']['text']), plain(q['text'])): q for q in alone}.values())
    random.Random(0).shuffle(rows)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--by-rule', type=int, default=12000)
    rows = table(parser.parse_args().by_rule)
    write_lines(TEXTS / 'questions.jsonl', rows)
    topics = collections.Counter(q['topic'] for q in rows)
    print(len(rows), 'questions,', len({q['reply']
                                        for q in rows}), 'replies,', sum('before' in q for q in rows), 'second turns;',
          dict(topics.most_common(30)))


if __name__ == '__main__':
    main()
