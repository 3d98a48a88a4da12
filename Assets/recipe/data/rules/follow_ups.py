"""Second turns: "and Germany?", "now add three", "say that again", "what is my name?"; each knows the exchange before it."""
import random

from recipe.data.rules.wording import cap, number

AGAIN = ('Say that again.', 'Can you say that again?', 'Please repeat that.', 'Could you repeat that, please?',
         'What did you say?', 'Sorry, what was that?', 'Once more, please.', "I didn't hear you.", 'Pardon?', 'Repeat that.',
         "I didn't catch that.", 'Say it once more.')
SURE = ('Are you sure?', 'Is that right?', 'Really?', 'Are you sure about that?', 'Is that true?')
THANKS = ('Thank you.', 'Thanks.', 'Thanks a lot.', 'Great, thank you.', 'Okay, thanks.')
NAMES = 'Anna Tom Lucy Ben Mary Peter Emma Jack Sarah Paul Julia Leo Kate David Lisa Max Alice Henry Nora Sam'.split()
Exchange = dict


def following(before: Exchange, text: str, reply: str, key: str, topic: str) -> dict:
    return dict(text=text,
                reply=reply,
                key=key,
                topic=topic,
                item=f'{topic}-{before["text"]}',
                before=dict(text=before['text'], reply=before['reply']))


def repeated(rows: list[dict], r: random.Random, count: int) -> list[dict]:
    """Any exchange, and what can be said after each."""
    out = []
    for q in r.sample(rows, min(count, len(rows))):
        kind = r.random()
        if kind < .7:
            out.append(following(q, r.choice(AGAIN), q['reply'], q['key'], 'again'))
        elif kind < .85:
            out.append(following(q, r.choice(SURE), "Yes, I'm quite sure.", 'sure', 'sure'))
        else:
            out.append(following(q, r.choice(THANKS), "You're welcome!", 'welcome', 'thanks'))
    return out


def capitals(rows: list[dict], r: random.Random, count: int) -> list[dict]:
    """The same question about another country."""
    known = {}
    for q in rows:
        words = q['reply'].rstrip('.').split(' is ')
        if q['reply'].startswith('The capital of ') and len(words) == 2:
            known.setdefault(words[0].removeprefix('The capital of '), q)
    out = []
    for _ in range(count if len(known) > 1 else 0):
        a, b = r.sample(sorted(known), 2)
        asked = r.choice((f'And {b}?', f'And of {b}?', f'What about {b}?', f'And the capital of {b}?', f'How about {b}?'))
        out.append(following(known[a], asked, known[b]['reply'], known[b]['key'], 'and that'))
    return out


def sums(r: random.Random, count: int) -> list[dict]:
    """Going on from a result."""
    out = []
    for _ in range(count):
        a, b, c = r.randint(1, 30), r.randint(1, 30), r.randint(1, 10)
        x = f'{number(a)} plus {number(b)}'
        before = dict(text=cap(r.choice((f'What is {x}?', f'How much is {x}?', f"What's {x}?"))),
                      reply=f'{cap(x)} is {number(a + b)}.')
        if r.random() < .5:
            asked, y = r.choice(
                (f'And plus {number(c)}?', f'Now add {number(c)}.', f'Plus {number(c)}?', f'And {number(c)} more?')), a + b + c
            reply = f'{number(a + b)} plus {number(c)} is {number(y)}.'
        else:
            c = min(c, a + b)
            asked, y = r.choice((f'And minus {number(c)}?', f'Now take away {number(c)}.', f'Minus {number(c)}?',
                                 f'Subtract {number(c)} from that.')), a + b - c
            reply = f'{number(a + b)} minus {number(c)} is {number(y)}.'
        out.append(following(before, asked, cap(reply), f'is {number(y)}', 'go on'))
    return out


def names(r: random.Random) -> list[dict]:
    """Who the user is."""
    out = []
    for name in NAMES:
        before = dict(text=r.choice((f'My name is {name}.', f"I'm {name}.", f'Hello, I am {name}.')),
                      reply=f'Nice to meet you, {name}!')
        for asked in ('What is my name?', "What's my name?", 'Do you remember my name?', 'Who am I?'):
            out.append(following(before, asked, f'Your name is {name}.', name.lower(), 'my name'))
    return out


def first_turns(rows: list[dict]) -> list[dict]:
    """The exchanges before, as questions of their own."""
    return [
        dict(text=q['before']['text'],
             reply=q['before']['reply'],
             key=q['before']['reply'].rstrip('.!').split()[-1].lower(),
             topic='first turn',
             item='first-' + q['before']['text']) for q in rows
    ]


def follow_ups(rows: list[dict], seed: int, count: int = 2400) -> list[dict]:
    """Second turns to the questions, and the first turns they need."""
    r = random.Random(seed)
    made = repeated(rows, r, count) + capitals(rows, r, count // 4)
    own = sums(r, count // 3) + names(r)
    return made + own + first_turns(own)
