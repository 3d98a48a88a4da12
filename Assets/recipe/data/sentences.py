"""Free sentences for variety of sound, and rare words in short frames for hearing and for the voice.

sentences.txt    short example sentences of WordNet (Debian package wordnet-base; permissive licence), shuffled with a fixed seed
definitions.txt  what common words mean, from WordNet: people say words that no question of ours holds
lists.txt        rare words of the questions in frames they do not belong to: questions repeat their frames thousands of
                 times and many names only a dozen times, so hearing must learn those from their sound; and common English words
                 that the questions lack
said.txt         the words of the replies in short frames, rare ones more often: a reply says Berlin ten times in 18 000, and the voice
                 learns a word's sound only by saying it
orders.txt       what devices are told and what recorded voices say, see orders.py
Common words are those that are one token of SmolLM2's tokenizer, whose order is that of its merges: roughly how often they are.
usage: python -m recipe.data.sentences [--lists 6000] [--common 16000] [--said 14000] [--orders 4500]
"""
import argparse
import collections
import random
import re
from pathlib import Path

from recipe.common.held_out import reason
from recipe.common.places import TEXTS
from recipe.common.smollm2 import tokenizer
from recipe.common.speech import read_lines
from recipe.data.orders import orders

WORDNET = Path('/usr/share/wordnet')
FRAMES = ('What is the capital of {}?', 'What is the opposite of {}?', 'Where is {}?', 'What month comes after {}?',
          'What continent is {} in?', 'What is a baby {} called?', '{} is the capital of which country?',
          'What sound does a {} make?', 'What is the plural of {}?', 'Tell me the capital of {}.', 'Which day follows {}?',
          'How many days does {} have?', 'Can you tell me about {}?', 'What does a {} say?', 'What is {} plus {}?',
          'Which is bigger, {} or {}?', 'What color is {}?', 'How do I make {}?', 'Who invented the {}?', 'Is {} {}?',
          'Can a {} {}?', '{}, {}.', '{} {} {}.', '{}, {}, {}.', '{}, {}, {}, {}.', '{} {} {} {}.', '{} and {}.',
          '{}, {} and {}.', '{}.', '{}?')
COMMON_FRAMES = ('{} and {}.', '{}, {} and {}.', 'the {} {}', 'The {} is {}.', 'Please {} the {}.', '{} {} {}.', 'Your {} {}.',
                 'to {} the {}', 'It is {}, not {}.', '{}, {}, {}, {}.')
SAID_FRAMES = ('{}.', '{}, {}.', '{}, {}, {}.', '{} and {}.', '{} {} {}.', '{} is {}.', 'The {} is {}.', 'The {} of {} is {}.', '{} comes after {}.',
               '{} is the {} of {}.', 'A {} is a {}.', 'No, {} is {}.', 'Yes, {} is in {}.', 'I {} the {}.', 'You {} {} {}.', 'It is a {} {}.',
               'The word {} means {}.', '{} has {} and {}.', 'A {} says {}.', 'We {} in {}.')
SAID_COMMON = .2  # of the words in them: common ones, whether a reply holds them or not
COMMON_TOKENS = 24000  # of the tokenizer's 49 152
ENDINGS = (('s', ''), ('es', ''), ('d', ''), ('ed', ''), ('er', ''), ('ly', ''), ('ing', ''), ('ing', 'e'), ('ies', 'y'), ('ied', 'y'))


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


def common_words() -> list[str]:
    """Lower-case words of one token that WordNet knows, the most common first."""
    known = {line.split(' ')[0] for p in ('noun', 'verb', 'adj', 'adv') for line in open(WORDNET / f'index.{p}')}
    words = ((i, t[1:]) for t, i in tokenizer().get_vocab().items() if i < COMMON_TOKENS and re.fullmatch('Ġ[a-z]{3,}', t))
    return [w for _, w in sorted(words) if any(form in known for form in dictionary_forms(w))]


def dictionary_forms(word: str) -> set[str]:
    """What a dictionary may hold it under: "messages", "pressed", "tries", "running" are common words too."""
    stems = {word.removesuffix(ending) + instead for ending, instead in ENDINGS if word.endswith(ending)}
    stems |= {stem[:-1] for stem in stems if stem[-2:-1] == stem[-1:]}
    return {word} | {stem for stem in stems if len(stem) > 1}


def definitions(words: list[str]) -> list[str]:
    """At most two short meanings of a word: "A bridge is a structure that ..."."""
    known, often, found = set(words), collections.Counter(), set()
    for part, form in (('noun', '{a} {w} is {g}.'), ('verb', 'To {w} is to {g}.'), ('adj', '{W} means {g}.'), ('adv', '{W} means {g}.')):
        for line in (WORDNET / f'data.{part}').read_text(errors='replace').splitlines():
            word, _, gloss = line.partition('|')
            word, gloss = word.split(' ')[4:5], re.sub(r'\(.*?\)', '', gloss.split(';')[0]).strip()
            if line.startswith('  ') or not word or word[0] not in known or often[word[0]] > 1:
                continue
            w, gloss = word[0], ' '.join(gloss.split())
            if 2 <= len(gloss.split()) <= 9 and re.fullmatch(r"[a-z ,'\-]+", gloss) and max(map(len, gloss.split())) <= 14:
                often[w] += 1
                found.add(form.format(a='An' if w[0] in 'aeiou' else 'A', w=w, W=w.capitalize(), g=gloss))
    out = sorted(found)
    random.Random(7).shuffle(out)
    return out


def lists_of(words: list[str], count: int) -> list[str]:
    """Common words that questions seldom hold, in short frames."""
    r = random.Random(8)
    often = collections.Counter(w for q in read_lines(TEXTS / 'questions.jsonl') for w in re.findall(r"[a-z']+", q['text'].lower()))
    weights, out = [1 / (1 + often[w]) for w in words], []
    while len(out) < count:
        frame = r.choice(COMMON_FRAMES)
        s = frame.format(*r.choices(words, weights, k=frame.count('{}')))
        if reason(dict(text=s), 'user') is None:
            out.append(s[0].upper() + s[1:])
    return out


def of_replies(common: list[str], count: int) -> list[str]:
    """The words of the replies, written as within a sentence, in frames they do not belong to."""
    r = random.Random(9)
    replies = sorted({q['reply'] for q in read_lines(TEXTS / 'questions.jsonl')})
    often = collections.Counter(w for text in replies for w in re.findall(r"[a-z']+", text.lower()))
    within = collections.Counter(w for text in replies for w in re.findall(r"(?<=[a-z,] )[A-Za-z']+", text))
    form = {w.lower(): w for w, _ in reversed(within.most_common())}
    words = sorted(w for w, n in often.items() if n < 400 and len(w) > 1)
    weights, out = [often[w]**-.35 for w in words], []
    while len(out) < count:
        frame = r.choice(SAID_FRAMES)
        chosen = [r.choice(common) if r.random() < SAID_COMMON else form.get(w, w) for w in r.choices(words, weights, k=frame.count('{}'))]
        s = frame.format(*chosen)
        if reason(dict(text=s), 'assistant') is None:
            out.append(s[0].upper() + s[1:])
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--lists', type=int, default=6000)
    parser.add_argument('--common', type=int, default=16000)
    parser.add_argument('--said', type=int, default=14000)
    parser.add_argument('--orders', type=int, default=4500)
    a, words = parser.parse_args(), common_words()
    TEXTS.mkdir(parents=True, exist_ok=True)
    for name, lines in (('sentences', of_wordnet()), ('definitions', definitions(words)),
                        ('lists', rare_words(a.lists) + lists_of(words, a.common)), ('said', of_replies(words, a.said)), ('orders', orders(a.orders))):
        (TEXTS / f'{name}.txt').write_text('\n'.join(lines) + '\n')
        print(len(lines), name)


if __name__ == '__main__':
    main()
