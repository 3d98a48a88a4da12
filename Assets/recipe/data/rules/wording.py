"""Words that the rules share, and the collector of what they make."""
import random
import re

ONES = (
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen '
    'nineteen').split()
TENS = '. . twenty thirty forty fifty sixty seventy eighty ninety'.split()
DAYS = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split()
MONTHS = 'January February March April May June July August September October November December'.split()
ORDINALS = 'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth'.split()
PLURALS = dict(foot='feet',
               century='centuries',
               penny='pennies',
               goose='geese',
               mouse='mice',
               inch='inches',
               bus='buses',
               fly='flies',
               butterfly='butterflies',
               box='boxes',
               octopus='octopuses',
               rhombus='rhombuses',
               sheep='sheep',
               ostrich='ostriches',
               peach='peaches')


def number(n: int) -> str:
    """0 .. 999 999 in words"""
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10] + (' ' + ONES[n % 10] if n % 10 else '')
    if n < 1000:
        return ONES[n // 100] + ' hundred' + (' and ' + number(n % 100) if n % 100 else '')
    return number(n // 1000) + ' thousand' + ((' and ' if n % 1000 < 100 else ' ') + number(n % 1000) if n % 1000 else '')


def cap(s: str) -> str:
    return s[0].upper() + s[1:]


def plain(s: str) -> str:
    return ' '.join(re.sub(r"[^a-z' ]", ' ', s.lower()).split())


def count(n: int, one: str, many: str) -> str:
    return f'{number(n)} {one if n == 1 else many}'


def plural(s: str) -> str:
    return PLURALS.get(s, s + 's')


def an(s: str) -> str:
    return ('an ' if s[0] in 'aeiou' and not s.startswith('uni') or s == 'hour' else 'a ') + s


def ask(x: str) -> list[str]:
    """Ways to ask for the value of an expression; the first three are the plainest."""
    return [
        f'What is {x}?', f"What's {x}?", f'How much is {x}?', f'{x}?', f'Can you tell me what {x} is?', f'Calculate {x}.',
        f'Tell me what {x} is.', f'Do you know what {x} is?', f'Please work out {x}.', f'Work out {x} for me.',
        f'Hey, what is {x}?', f'Could you calculate {x}?', f'{x}, how much is that?', f'I need to know what {x} is.',
        f'Please tell me {x}.', f'So how much is {x}?'
    ]


class Maker:
    """Collects questions by rule: kind, wordings, reply, key; nothing is asked twice."""
    def __init__(self, seed: int) -> None:
        self.r, self.used, self.out = random.Random(seed), set(), []

    def add(self, kind: str, wordings: list[str], reply: str, key: str, first: int = 1, least: int = 3) -> None:
        """Keeps 3 to 5 of the wordings, at least one of the `first` ones; replies have 2 to 14 words."""
        r, asked = self.r, [cap(w) for w in wordings]
        if not 2 <= len(reply.split()) <= 14:
            return
        head, tail = asked[:first], asked[first:]
        r.shuffle(head), r.shuffle(tail)
        kept, most = [], r.choice((3, 3, 4, 4, 5))
        for w in head[:1] + tail + head[1:]:
            if plain(w) not in self.used and len(kept) < most:
                kept.append(w)
                self.used.add(plain(w))
        if len(kept) < least:
            self.used -= {plain(w) for w in kept}
            return
        r.shuffle(kept)
        self.out.append((kind, kept, cap(reply), key.lower()))
