"""Units and shapes."""

from recipe.data.rules.wording import Maker, an, count, number, plural

UNITS = [('minute', 'second', 60, 12), ('hour', 'minute', 60, 12), ('day', 'hour', 24, 10), ('week', 'day', 7, 20),
         ('year', 'month', 12, 12), ('decade', 'year', 10, 12), ('century', 'year', 100, 10), ('meter', 'centimeter', 100, 15),
         ('centimeter', 'millimeter', 10, 20), ('kilometer', 'meter', 1000, 15), ('kilogram', 'gram', 1000, 15),
         ('liter', 'milliliter', 1000, 10), ('foot', 'inch', 12, 12), ('yard', 'foot', 3, 20), ('dollar', 'cent', 100, 20),
         ('dollar', 'quarter', 4, 20), ('dollar', 'dime', 10, 20), ('dollar', 'nickel', 20, 12), ('nickel', 'penny', 5, 20),
         ('dime', 'penny', 10, 20), ('quarter', 'penny', 25, 10), ('dime', 'nickel', 2, 20), ('quarter', 'nickel', 5, 12),
         ('pound', 'ounce', 16, 10), ('gallon', 'quart', 4, 12), ('quart', 'pint', 2, 12), ('pint', 'cup', 2, 12),
         ('tablespoon', 'teaspoon', 3, 12), ('yard', 'inch', 36, 6)]


def units(m: Maker) -> None:
    r = m.r
    for big, small, f, top in UNITS:
        for n in range(1, top + 1):
            A, B = count(n, big, plural(big)), count(n * f, small, plural(small))
            s = plural(small)
            a1 = f'{an(big)}' if n == 1 else A
            has = 'has' if n == 1 else 'have'
            is_ = 'is' if n == 1 else 'are'
            m.add('units: how many small', [
                f'How many {s} are in {a1}?', f'How many {s} are there in {a1}?', f'{a1} {is_} how many {s}?',
                f'Tell me how many {s} are in {a1}.', f'What is {a1} in {s}?', f'Change {A} into {s}.',
                f'How many {s} make {a1}?', f'Do you know how many {s} are in {a1}?', f'Convert {A} to {s}.',
                f'Can you tell me how many {s} {a1} {has}?'
            ], f'There are {B} in {A}.', f'are {number(n * f)}', 2)
            if n * f < 10000 and (n > 1 or r.random() < .5):
                bs = plural(big)
                m.add('units: how many big', [
                    f'How many {bs} are {B}?', f'How many {bs} make {B}?', f'What is {B} in {bs}?', f'Change {B} into {bs}.',
                    f'{B}, how many {bs} is that?', f'Tell me how many {bs} {B} are.', f'Convert {B} to {bs}.'
                ], f'{B} make {A}.', f'make {number(n)}', 2)
    for n in range(1, 13):
        for t in r.sample('egg rose roll donut cookie apple pencil cup'.split(), 4):
            ts = t + 's'
            d = 'a dozen' if n == 1 else f'{number(n)} dozen'
            m.add('dozens', [
                f'How many {ts} are in {d}?', f'How many {ts} are {d}?', f'{d} {ts} is how many?',
                f'If I buy {d} {ts}, how many do I have?', f'Tell me how many {ts} {d} is.'
            ], f'{d} {ts} are {number(12 * n)} {ts}.', f'are {number(12 * n)}', 2)
    for n in range(1, 11):
        m.add('units: and a half', [
            f'How many minutes are in {number(n)} and a half hours?', f'{number(n)} and a half hours is how many minutes?',
            f"What's {number(n)} and a half hours in minutes?", f'Tell me how many minutes {number(n)} and a half hours have.'
        ], f'{number(n)} and a half hours are {number(60 * n + 30)} minutes.', f'are {number(60 * n + 30)}')
        m.add('units: and a half', [
            f'How many months are in {number(n)} and a half years?', f'{number(n)} and a half years is how many months?',
            f"What's {number(n)} and a half years in months?", f'Tell me how many months {number(n)} and a half years have.'
        ], f'{number(n)} and a half years are {number(12 * n + 6)} months.', f'are {number(12 * n + 6)}')
        m.add('units: and a half', [
            f'How many centimeters are in {number(n)} and a half meters?',
            f'{number(n)} and a half meters is how many centimeters?', f"What's {number(n)} and a half meters in centimeters?",
            f'Tell me how many centimeters {number(n)} and a half meters have.'
        ], f'{number(n)} and a half meters are {number(100 * n + 50)} centimeters.', f'are {number(100 * n + 50)}')
    order = [['second', 'minute', 'hour', 'day', 'week', 'month', 'year', 'decade', 'century'],
             ['millimeter', 'centimeter', 'inch', 'foot', 'yard', 'kilometer', 'mile']]
    for o in order:
        for i, a in enumerate(o):
            for b in o[i + 1:]:
                x, y = (an(a), an(b)) if r.random() < .5 else (an(b), an(a))
                m.add('units: longer', [
                    f'Which is longer, {x} or {y}?', f'{x} or {y}, which is longer?', f'Is {x} or {y} longer?',
                    f'What is longer, {x} or {y}?', f'Tell me which is longer, {x} or {y}.'
                ], f'{an(b)} is longer than {an(a)}.', f'{b} is')
    for big, small, f in (('pound', 'ounce', 0), ('kilogram', 'gram', 0), ('kilogram', 'pound', 0), ('ton', 'pound', 0),
                          ('ton', 'kilogram', 0)):
        m.add('units: heavier', [
            f'Which is heavier, {an(big)} or {an(small)}?', f'{an(small)} or {an(big)}, which is heavier?',
            f'Is {an(big)} or {an(small)} heavier?', f'What is heavier, {an(small)} or {an(big)}?'
        ], f'{an(big)} is heavier than {an(small)}.', f'{big} is')


def shapes(m: Maker) -> None:
    for s, n in zip('triangle square rectangle pentagon hexagon heptagon octagon decagon rhombus trapezoid parallelogram'.split(),
                    (3, 4, 4, 5, 6, 7, 8, 10, 4, 4, 4)):
        for part in ('side', 'corner'):
            ps = part + 's'
            m.add('shapes', [
                f'How many {ps} does {an(s)} have?', f'How many {ps} are in {an(s)}?', f"What's the number of {ps} of {an(s)}?",
                f'{an(s)} has how many {ps}?', f'Tell me how many {ps} {an(s)} has.', f'Do you know how many {ps} {an(s)} has?',
                f'Count the {ps} of {an(s)}.'
            ], f'{an(s)} has {number(n)} {ps}.', number(n))
        if s in 'triangle pentagon hexagon heptagon octagon decagon'.split():
            m.add('shapes', [
                f'Which shape has {number(n)} sides?', f'What do you call a shape with {number(n)} sides?',
                f'Name a shape with {number(n)} sides.', f'What is a shape with {number(n)} sides called?',
                f'Tell me the name of a shape with {number(n)} sides.'
            ], f'A shape with {number(n)} sides is {an(s)}.', s)
    for s, part, n in (('cube', 'faces', 6), ('cube', 'edges', 12), ('cube', 'corners', 8), ('circle', 'corners', 0),
                       ('ball', 'corners', 0), ('cone', 'points', 1), ('star with five points', 'points', 5),
                       ('brick', 'sides', 6), ('pyramid with a square base', 'faces', 5),
                       ('pyramid with a square base', 'edges', 8), ('pyramid with a square base', 'corners', 5)):
        c = 'no' if n == 0 else number(n)
        p = part[:-1] if n == 1 else part
        m.add('shapes', [
            f'How many {part} does {an(s)} have?', f'How many {part} are on {an(s)}?', f'{an(s)} has how many {part}?',
            f'Tell me how many {part} {an(s)} has.', f'Do you know how many {part} {an(s)} has?'
        ], f'{an(s)} has {c} {p}.', f'{c} {p}')
    for s, w in (('plate', 'round'), ('ball', 'round'), ('wheel', 'round'), ('coin', 'round'), ('door', 'a rectangle'),
                 ('sheet of paper', 'a rectangle'), ('chessboard', 'a square'), ('stop sign', 'an octagon'), ('die', 'a cube'),
                 ('egg', 'oval'), ('tin can', 'a cylinder'), ('pizza slice', 'a triangle')):
        m.add('shapes of things', [
            f'What shape is {an(s)}?', f'Which shape does {an(s)} have?', f"What's the shape of {an(s)}?",
            f'Tell me what shape {an(s)} has.', f'What does the shape of {an(s)} look like?'
        ], f'{an(s)} is {w} in shape.' if w in ('round', 'oval') else f'{an(s)} has the shape of {w}.',
              w.split()[-1])
    flat = 'triangle square rectangle pentagon hexagon octagon'.split()
    N = (3, 4, 4, 5, 6, 8)
    for i, a in enumerate(flat):
        for j, b in enumerate(flat):
            if N[i] > N[j]:
                m.add('shapes: more sides', [
                    f'Which has more sides, {an(a)} or {an(b)}?', f'{an(b)} or {an(a)}, which has more sides?',
                    f'Does {an(a)} or {an(b)} have more sides?', f'Tell me which has more sides, {an(b)} or {an(a)}.'
                ], f'{an(a)} has more sides than {an(b)}.', f'{a} has')
            if i < j:
                m.add('shapes: sides together', [
                    f'How many sides do {an(a)} and {an(b)} have together?', f'{an(a)} and {an(b)} have how many sides together?',
                    f'Add the sides of {an(a)} and {an(b)}.', f"What's the sum of the sides of {an(a)} and {an(b)}?"
                ], f'{an(a)} and {an(b)} have {number(N[i] + N[j])} sides together.', f'{number(N[i] + N[j])} sides')
