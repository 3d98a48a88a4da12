"""Free sentences for variety of sound, and lists of rare words for hearing.

sentences.txt  short example sentences of WordNet (Debian package wordnet-base; permissive licence), shuffled with a fixed seed
lists.txt      rare words of the questions in frames they do not belong to: questions repeat their frames thousands of
               times and many names only a dozen times, so hearing must learn those from their sound
usage: python -m recipe.data.sentences [--lists 6000]
"""
import argparse
import collections
import random
import re
from pathlib import Path

from recipe.common.held_out import reason
from recipe.common.places import TEXTS
from recipe.common.speech import read_lines

WORDNET = Path('/usr/share/wordnet')
FRAMES = ('What is the capital of {}?', 'What is the opposite of {}?', 'Where is {}?', 'What month comes after {}?',
          'What continent is {} in?', 'What is a baby {} called?', '{} is the capital of which country?',
          'What sound does a {} make?', 'What is the plural of {}?', 'Tell me the capital of {}.', 'Which day follows {}?',
          'How many days does {} have?', 'Can you tell me about {}?', 'What does a {} say?', 'What is {} plus {}?',
          'Which is bigger, {} or {}?', 'What color is {}?', 'How do I make {}?', 'Who invented the {}?', 'Is {} {}?',
          'Can a {} {}?', '{}, {}.', '{} {} {}.', '{}, {}, {}.', '{}, {}, {}, {}.', '{} {} {} {}.', '{} and {}.',
          '{}, {} and {}.', '{}.', '{}?')


def of_wordnet() -> list[str]:
    """4 to 11 words of letters, apostrophes and commas."""
    found = set()
    for part in ('noun', 'verb', 'adj', 'adv'):
        for line in (WORDNET / f'data.{part}').read_text(errors='replace').splitlines():
            for s in re.findall(r'"([^"]+)"', line.partition('|')[2]) if not line.startswith('  ') else ():
                s = ' '.join(s.split())
                if (4 <= len(s.split()) <= 11 and re.fullmatch(r"[A-Za-z ,'\-]+[.!?;]?", s)
                        and not re.search(r'\b[A-Z]{2,}\b', s) and max(map(len, s.split())) <= 14):
                    s = s.rstrip(';.')
                    found.add(s[0].upper() + s[1:] + ('' if s[-1] in '!?' else '.'))
    out = sorted(found)
    random.Random(5).shuffle(out)
    return out


def rare_words(count: int) -> list[str]:
    """Frames with random rare words; held-out texts are left out."""
    r = random.Random(6)
    often = collections.Counter(w for q in read_lines(TEXTS / 'questions.jsonl') for w in re.findall(r"[A-Za-z']+", q['text']))
    words = sorted(w for w, n in often.items() if n < 400 and len(w) > 2)
    weights, out = [1 / often[w]**.35 for w in words], []
    while len(out) < count:
        frame = r.choice(FRAMES)
        s = frame.format(*r.choices(words, weights, k=frame.count('{}')))
        if reason(dict(text=s), 'user') is None:
            out.append(s[0].upper() + s[1:])
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--lists', type=int, default=6000)
    a = parser.parse_args()
    TEXTS.mkdir(parents=True, exist_ok=True)
    for name, lines in (('sentences', of_wordnet()), ('lists', rare_words(a.lists))):
        (TEXTS / f'{name}.txt').write_text('\n'.join(lines) + '\n')
        print(len(lines), name)


if __name__ == '__main__':
    main()
