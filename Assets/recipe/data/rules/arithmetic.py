"""Plus, minus, times, divided by, and their relatives."""

from recipe.data.rules.wording import Maker, ask, count, number


def arithmetic(m: Maker) -> None:
    r = m.r
    two = lambda n, low, high: [(r.randint(low, high), r.randint(low, high)) for _ in range(n)]
    for a, b in [(a, b) for a in range(21) for b in range(21)] + two(1500, 3, 100):
        x = f'{number(a)} plus {number(b)}'
        m.add(
            'plus',
            ask(x) + [
                f'Add {number(a)} and {number(b)}.', f"What's the sum of {number(a)} and {number(b)}?",
                f'How much is {number(a)} and {number(b)} together?', f'What do you get if you add {number(a)} and {number(b)}?',
                f'{x} makes what?'
            ], f'{x} is {number(a + b)}.', f'is {number(a + b)}', 3)
    for a, b in [(a, b) for a in range(21) for b in range(a + 1)] + [(max(p), min(p)) for p in two(1400, 3, 100)]:
        x = f'{number(a)} minus {number(b)}'
        m.add(
            'minus',
            ask(x) + [
                f'Subtract {number(b)} from {number(a)}.', f'Take {number(b)} away from {number(a)}.',
                f'What is {number(a)} take away {number(b)}?', f"What's left if you take {number(b)} from {number(a)}?",
                f'{x} leaves what?'
            ], f'{x} is {number(a - b)}.', f'is {number(a - b)}', 3)
    more = [(a, b) for a in range(2, 11) for b in range(13, 26)] + [(a, b) for a in range(2, 10) for b in range(30, 101, 10)]
    for a, b in [(a, b) for a in range(13) for b in range(13)] + [p if r.random() < .5 else p[::-1] for p in more]:
        x = f'{number(a)} times {number(b)}'
        m.add(
            'times',
            ask(x) + [
                f'Multiply {number(a)} by {number(b)}.', f'What do you get if you multiply {number(a)} by {number(b)}?',
                f'What is {number(a)} multiplied by {number(b)}?', f'{x} makes what?'
            ], f'{x} is {number(a * b)}.', f'is {number(a * b)}', 3)
    for a, b in [(a * b, b) for a in range(1, 13) for b in range(1, 13)] + [(a * b, b) for a in range(13, 21)
                                                                            for b in range(2, 11)]:
        x = f'{number(a)} divided by {number(b)}'
        m.add(
            'divided by',
            ask(x) + [
                f'Divide {number(a)} by {number(b)}.', f'How many times does {number(b)} go into {number(a)}?',
                f'What do you get if you divide {number(a)} by {number(b)}?',
                f'Split {number(a)} into {count(b, "equal part", "equal parts")}, how big is each?'
            ], f'{x} is {number(a // b)}.', f'is {number(a // b)}', 3)
    for _ in range(900):
        a, b, c = r.randint(1, 30), r.randint(1, 20), r.randint(1, 20)
        x, y = r.choice([(f'{number(a)} plus {number(b)} minus {number(c)}', a + b - c),
                         (f'{number(a + b)} minus {number(b)} plus {number(c)}', a + c),
                         (f'{number(a + b + c)} minus {number(b)} minus {number(c)}', a)])
        if y >= 0:
            m.add('two steps', ask(x) + [f'{x} makes what?'], f'{x} is {number(y)}.', f'is {number(y)}', 3)
    for _ in range(450):
        a, b, c = r.randint(2, 10), r.randint(2, 10), r.randint(1, 20)
        x, y = (f'{number(a)} times {number(b)} plus {number(c)}',
                a * b + c) if r.random() < .6 or a * b < c else (f'{number(a)} times {number(b)} minus {number(c)}', a * b - c)
        m.add('two steps', ask(x) + [f'{x} makes what?'], f'{x} is {number(y)}.', f'is {number(y)}', 3)
    for _ in range(700):
        a, b, c = (r.randint(1, 20 if r.random() < .7 else 50) for _ in range(3))
        x = f'{number(a)} plus {number(b)} plus {number(c)}'
        m.add(
            'three numbers',
            ask(x) + [
                f'Add {number(a)}, {number(b)} and {number(c)}.', f"What's the sum of {number(a)}, {number(b)} and {number(c)}?",
                f'How much do {number(a)}, {number(b)} and {number(c)} make?'
            ], f'{x} is {number(a + b + c)}.', f'is {number(a + b + c)}', 3)
    for n in list(range(1, 61)) + list(range(65, 101, 5)) + [150, 200, 250, 300, 400, 500]:
        m.add(
            'doubles',
            ask(f'double {number(n)}') + [
                f'Double {number(n)}.', f'What is twice {number(n)}?', f"What's the double of {number(n)}?",
                f'What is two times as much as {number(n)}?'
            ], f'Double {number(n)} is {number(2 * n)}.', f'is {number(2 * n)}', 3)
    for name, d, top in (('half', 2, 120), ('a third', 3, 90), ('a quarter', 4, 100), ('a fifth', 5, 100), ('a tenth', 10, 200)):
        for n in list(range(d, top + 1, d)) + ([200, 300, 400, 500, 1000] if d == 2 else []):
            m.add(
                dict(half='halves').get(name, 'thirds, quarters, fifths, tenths'),
                ask(f'{name} of {number(n)}') +
                [f'If I split {number(n)} into {number(d)}, how much is one part?', f'Give me {name} of {number(n)}.'],
                f'{name} of {number(n)} is {number(n // d)}.', f'is {number(n // d)}', 3)
    for n in range(1, 26):
        m.add('squares', [
            f'What is {number(n)} squared?', f"What's {number(n)} squared?", f'What is the square of {number(n)}?',
            f'Tell me the square of {number(n)}.', f'How much is {number(n)} squared?', f'{number(n)} squared?',
            f'Calculate {number(n)} squared.'
        ], f'{number(n)} squared is {number(n * n)}.', f'is {number(n * n)}', 3)
    for n in range(1, 13):
        m.add('square roots', ask(f'the square root of {number(n * n)}'), f'The square root of {number(n * n)} is {number(n)}.',
              f'is {number(n)}', 3)
    for p in (5, 10, 20, 25, 30, 40, 50, 60, 75, 80, 90, 100):
        for n in (10, 20, 30, 40, 50, 60, 80, 100, 120, 150, 200, 300, 400, 500, 1000):
            if p * n % 100 == 0:
                m.add('percent',
                      ask(f'{number(p)} percent of {number(n)}') + [f'Give me {number(p)} percent of {number(n)}.'],
                      f'{number(p)} percent of {number(n)} is {number(p * n // 100)}.', f'is {number(p * n // 100)}', 3)
    for _ in range(420):
        a, b = r.randint(1, 20), r.randint(1, 20)
        op, y = r.choice((('plus', a + b), ('times', a * b))) if a < 13 and b < 13 else ('plus', a + b)
        ok = r.random() < .5
        z = y if ok else max(0, y + r.choice((-2, -1, 1, 2, 10)))
        x = f'{number(a)} {op} {number(b)}'
        m.add('is it right', [
            f'Is {x} {number(z)}?', f'Is it true that {x} is {number(z)}?', f'{x} is {number(z)}, right?',
            f'Does {x} make {number(z)}?',
            f'Do {number(a)} and {number(b)} make {number(z)}?' if op == 'plus' else f'Is {number(z)} the same as {x}?',
            f'I think {x} is {number(z)}. Am I right?', f'Tell me if {x} is {number(z)}.'
        ], f'{"Yes" if ok or z == y else "No"}, {x} is {number(y)}.', 'yes' if z == y else 'no')
