"""Counting, comparing and continuing rows of numbers."""

from recipe.data.rules.wording import Maker, cap, number, plain


def counting(m: Maker) -> None:
    r = m.r
    for n in list(range(0, 202)) + [299, 399, 499, 599, 699, 799, 899, 999] + r.sample(range(202, 999), 60):
        a, b = number(n), number(n + 1)
        m.add('number after', [
            f'What number comes after {a}?', f'What comes after {a}?', f'Which number comes after {a}?',
            f'Tell me the number after {a}.', f'Which number follows {a}?', f'What is the next number after {a}?',
            f'When I count, what comes after {a}?', f'Do you know the number after {a}?'
        ], f'{b} comes after {a}.', f'{b} comes', 2)
        m.add('number before', [
            f'What number comes before {b}?', f'What comes before {b}?', f'Which number comes before {b}?',
            f'Tell me the number before {b}.', f'Which number is right before {b}?', f'Do you know the number before {b}?',
            f'When I count, what comes just before {b}?'
        ], f'{a} comes before {b}.', f'{a} comes', 2)
    for n in range(1, 150):
        a, b, c = number(n - 1), number(n), number(n + 1)
        m.add('number between', [
            f'What number is between {a} and {c}?', f'Which number comes between {a} and {c}?', f"What's between {a} and {c}?",
            f'Tell me the number between {a} and {c}.', f'Which number do you find between {a} and {c}?'
        ], f'{b} is between {a} and {c}.', f'{b} is', 2)

    def say(xs):
        return ', '.join(map(number, xs))

    def keyed(xs):
        return plain(say(xs[-2:]))

    for a in range(1, 60):
        for k in range(2, 11):
            xs = list(range(a, a + k + 1))
            z = number(xs[-1])
            if r.random() < (.9 if a < 12 else .25):
                m.add('count from to', [
                    f'Count from {number(a)} to {z}.', f'Can you count from {number(a)} to {z}?',
                    f'Please count from {number(a)} to {z}.', f'Count up from {number(a)} to {z}.',
                    f'Start at {number(a)} and count to {z}.', f'Say the numbers from {number(a)} to {z}.',
                    f'Could you count from {number(a)} up to {z}, please?'
                ] + ([f'Count to {z}.', f'Can you count to {z}?', f'Please count up to {z}.'] if a == 1 else []),
                      say(xs) + '.', keyed(xs), 2)
                y = xs[::-1]
                m.add('count down', [
                    f'Count down from {z} to {number(a)}.', f'Count backward from {z} to {number(a)}.',
                    f'Can you count down from {z} to {number(a)}?', f'Please count down from {z} to {number(a)}.',
                    f'Start at {z} and count down to {number(a)}.', f'Say the numbers from {z} down to {number(a)}.'
                ] + ([f'Count down from {z}.', f'Give me a countdown from {z}.'] if a == 1 else []),
                      say(y) + '.', keyed(y), 2)
    for st, name in ((2, 'twos'), (3, 'threes'), (4, 'fours'), (5, 'fives'), (10, 'tens')):
        for a in (st, 2 * st, 3 * st, 4 * st, 5 * st, 6 * st):
            for k in (3, 4, 5, 6, 7, 9):
                xs = [a + i * st for i in range(k + 1)]
                z = number(xs[-1])
                m.add('count by', [
                    f'Count by {name} from {number(a)} to {z}.', f'Can you count by {name} from {number(a)} to {z}?',
                    f'Please count by {name} from {number(a)} up to {z}.', f'Start at {number(a)} and count by {name} to {z}.',
                    f'Count in {name} from {number(a)} to {z}.'
                ] + ([f'Count by {name} to {z}.', f'Can you count to {z} by {name}?'] if a == st else []),
                      say(xs) + '.', keyed(xs), 2)
        for a in range(st, st * 25, st):
            m.add('count by, next', [
                f'I count by {name}. What comes after {number(a)}?', f'When I count by {name}, what comes after {number(a)}?',
                f"Counting by {name}, what's after {number(a)}?", f'What is next after {number(a)} if I count by {name}?'
            ], f'Counting by {name}, {number(a + st)} comes after {number(a)}.', f'{number(a + st)} comes')


def comparisons(m: Maker) -> None:
    r = m.r
    pair = lambda top: r.sample(range(0, top), 2)
    for _ in range(520):
        a, b = pair(r.choice((21, 101, 101, 201)))
        big, small = max(a, b), min(a, b)
        A, B = number(a), number(b)
        m.add('bigger', [
            f'Which is bigger, {A} or {B}?', f'Which number is bigger, {A} or {B}?', f'What is more, {A} or {B}?',
            f'{A} or {B}, which is bigger?', f'Tell me which is bigger, {A} or {B}.', f'Which is the larger number, {A} or {B}?',
            f'Is {A} or {B} bigger?', f'Do you know which is larger, {A} or {B}?'
        ], f'{number(big)} is bigger than {number(small)}.', f'{number(big)} is', 2)
        a, b = pair(r.choice((21, 101, 101, 201)))
        big, small = max(a, b), min(a, b)
        A, B = number(a), number(b)
        m.add('smaller', [
            f'Which is smaller, {A} or {B}?', f'Which number is smaller, {A} or {B}?', f'What is less, {A} or {B}?',
            f'{A} or {B}, which is smaller?', f'Tell me which is smaller, {A} or {B}.',
            f'Which is the smaller number, {A} or {B}?', f'Is {A} or {B} smaller?', f'Do you know which is less, {A} or {B}?'
        ], f'{number(small)} is smaller than {number(big)}.', f'{number(small)} is', 2)
    for _ in range(450):
        x = r.sample(range(0, r.choice((21, 101))), 3)
        A, B, C = map(number, x)
        word, n = r.choice((('largest', max(x)), ('biggest', max(x)), ('smallest', min(x))))
        m.add('largest, smallest of three', [
            f'Which is the {word}, {A}, {B} or {C}?', f'Which number is {word}, {A}, {B} or {C}?',
            f'What is the {word} of {A}, {B} and {C}?', f'Tell me the {word} of {A}, {B} and {C}.',
            f'{A}, {B} or {C}, which is the {word}?', f'Find the {word} number, {A}, {B}, {C}.'
        ], f'{number(n)} is the {word} number.', f'{number(n)} is', 2)
    for _ in range(220):
        a, b = pair(101)
        up = r.random() < .6
        x, y = (min(a, b), max(a, b)) if up else (max(a, b), min(a, b))
        A, B = number(a), number(b)
        how = 'smallest' if up else 'biggest'
        m.add('order two', [
            f'Put {A} and {B} in order, {how} first.', f'Say {A} and {B} in order, {how} first.',
            f'Order {A} and {B} with the {how} first.', f'Can you order {A} and {B}, {how} first?',
            f'Sort {A} and {B} from {"small to big" if up else "big to small"}.'
        ], f'{cap(how)} first, that is {number(x)}, {number(y)}.', f'is {number(x)}')
    for _ in range(150):
        x = r.sample(range(0, 51), 3)
        y = sorted(x)
        A, B, C = map(number, x)
        m.add('order three', [
            f'Put {A}, {B} and {C} in order, smallest first.', f'Order {A}, {B} and {C} from small to big.',
            f'Can you sort {A}, {B} and {C}, smallest first?', f'Sort {A}, {B} and {C}, starting with the smallest.'
        ], f'In order, that is {number(y[0])}, {number(y[1])}, {number(y[2])}.',
              plain(f'{number(y[0])}, {number(y[1])}, {number(y[2])}'))
    for _ in range(330):
        a, b = pair(101)
        more = r.random() < .5
        word = r.choice(('bigger', 'more', 'larger') if more else ('smaller', 'less'))
        ok = (a > b) == more
        x, y = (a, b) if ok else (b, a)
        A, B = number(a), number(b)
        m.add('bigger, yes or no', [
            f'Is {A} {word} than {B}?', f'Tell me if {A} is {word} than {B}.', f'{A} is {word} than {B}, right?',
            f'Would you say {A} is {word} than {B}?', f'Is it true that {A} is {word} than {B}?'
        ], f'Yes, {A} is {word} than {B}.' if ok else f'No, {B} is {word} than {A}.', 'yes' if ok else 'no')
    for n in list(range(0, 160)) + r.sample(range(160, 1000), 60):
        k = 'even' if n % 2 == 0 else 'odd'
        A = number(n)
        m.add('even or odd', [
            f'Is {A} even or odd?', f'Is {A} odd or even?', f'Is {A} an even or an odd number?',
            f'Tell me if {A} is even or odd.', f'{A}, is that even or odd?', f'Even or odd, what is {A}?',
            f'Do you know if {A} is odd or even?'
        ], f'{A} is an {k} number.', k, 2)
        if n < 100:
            q = r.choice(('even', 'odd'))
            m.add('even, odd, yes or no', [
                f'Is {A} an {q} number?', f'Is the number {A} {q}?', f'Is it true that {A} is {q}?', f'{A} is {q}, right?',
                f'Would you call {A} {q}?'
            ], f'{"Yes" if q == k else "No"}, {A} is {k}.', f'is {k}')


def sequences(m: Maker) -> None:
    r = m.r
    for _ in range(700):
        k = r.choice((3, 3, 4))
        st = r.choice((1, 2, 2, 3, 4, 5, 5, 10, 10, 20, 25, 100))
        t = r.random()
        if t < .6:
            a = r.choice((st, r.randint(0, 30)))
            xs = [a + i * st for i in range(k + 1)]
        elif t < .85:
            st = min(st, 10)
            a = st * k + r.randint(0, 30)
            xs = [a - i * st for i in range(k + 1)]
        else:
            a = r.randint(1, 15)
            xs = [a * 2**i for i in range(k + 1)] if r.random() < .7 or a > 5 else [a * 10**i for i in range(4)]
        if max(xs) > 9999:
            continue
        s, y = ', '.join(map(number, xs[:-1])), number(xs[-1])
        m.add('sequences', [
            f'What comes next, {s}?', f'What number comes next, {s}?', f'{s}, what comes next?', f'Continue the row, {s}.',
            f'Which number is next in the row {s}?', f'Tell me the next number after {s}.', f"What's the next number, {s}?",
            f'Complete this, {s}, and then?'
        ], f'After {s} comes {y}.', f'comes {y}', 2)
