"""Word problems, money and ages."""

from recipe.data.rules.wording import Maker, an, cap, count, number, plural

PEOPLE = ([('I', 'have', 'I', 'you', 'have', 'my')] * 8 + [('we', 'have', 'we', 'you', 'have', 'our')] * 2 +
          [(n, 'has', p, n, 'has', q)
           for names, p, q in (('Tom Ben Jack Paul Peter Leo Max David George Henry Oscar Adam', 'he', 'his'),
                               ('Anna Lucy Emma Mia Sara Julia Kate Lily Nora Ella Grace Ruby', 'she', 'her'))
           for n in names.split()] + [('my brother', 'has', 'he', 'your brother', 'has', 'his'),
                                      ('my sister', 'has', 'she', 'your sister', 'has', 'her'),
                                      ('the farmer', 'has', 'he', 'the farmer', 'has', 'his'),
                                      ('my friend', 'has', 'she', 'your friend', 'has', 'her'),
                                      ('the teacher', 'has', 'she', 'the teacher', 'has', 'her')])
NAMED = [p for p in PEOPLE if p[0][0].isupper() and p[0] != 'I']
FOOD = 'apple banana orange pear cookie cake egg plum candy sandwich muffin lemon carrot pancake peach grape nut tomato'.split()
THINGS = 'ball book pencil pen marble coin card stamp toy balloon flower shell sticker button crayon key cup box hat puzzle'.split(
)
MANY = dict(candy='candies', sandwich='sandwiches', peach='peaches', tomato='tomatoes', box='boxes')


def many(s):
    return MANY.get(s, s + 's')


def word_problems(m: Maker) -> None:
    r = m.r

    def s(v, p):
        return v if p[1] == 'have' else {'give away': 'gives away', 'go': 'goes', 'do': 'does'}.get(v, v + 's')

    def thing():
        o = r.choice(FOOD + THINGS)
        return o, many(o), o in FOOD

    for _ in range(900):
        p, (one, pl, food) = r.choice(PEOPLE), thing()
        a = r.randint(2, 20 if r.random() < .8 else 50)
        b = r.randint(1, a)
        c = a - b
        v = r.choice(['eat', 'eat', 'give away', 'lose', 'sell'] if food else ['lose', 'give away', 'sell', 'lose'])
        h, do = p[1], 'does' if p[1] == 'has' else 'do'
        A, B = count(a, one, pl), number(b)
        left = f'{p[3]} {p[4]} {number(c) if c else "no"} {one if c == 1 else pl} left.'
        m.add('problems: left', [
            f'{p[0]} {h} {A} and {s(v, p)} {B}. How many are left?', f'If {p[0]} {h} {A} and {s(v, p)} {B}, how many are left?',
            f'{p[0]} {h} {A}. {cap(p[2])} {s(v, p)} {B}. How many {pl} {do} {p[2]} have now?',
            f'How many {pl} are left if {p[0]} {h} {number(a)} and {s(v, p)} {B}?',
            f'{p[0]} {h} {A}, then {p[2]} {s(v, p)} {B} of them. How many {do} {p[2]} still have?',
            f'Help me, {p[0]} {h} {A} and {s(v, p)} {B}, what is left?',
            f'Tell me how many {pl} are left when {p[0]} {h} {number(a)} and {s(v, p)} {B}.'
        ], left, f'{number(c) if c else "no"} {one if c == 1 else pl}')
    for _ in range(700):
        p, (one, pl, food) = r.choice(PEOPLE), thing()
        a, b = r.randint(1, 20 if r.random() < .8 else 60), r.randint(1, 20)
        v, h, do = r.choice(('get', 'buy', 'find')), p[1], 'does' if p[1] == 'has' else 'do'
        A, c = count(a, one, pl), number(a + b)
        m.add('problems: more', [
            f'{p[0]} {h} {A} and {s(v, p)} {number(b)} more. How many {do} {p[2]} have now?',
            f'If {p[0]} {h} {A} and {s(v, p)} {number(b)} more, how many is that?',
            f'{p[0]} {h} {A}. {cap(p[2])} {s(v, p)} {number(b)} more. How many {pl} are there now?',
            f'How many {pl} {do} {p[0]} have if {p[2]} {h} {number(a)} and {s(v, p)} {number(b)} more?',
            f'{p[0]} {h} {A}, then {p[2]} {s(v, p)} {number(b)} more. How many in all?',
            f'Tell me how many {pl} {p[0]} {h} with {number(a)} and then {number(b)} more.'
        ], f'Now {p[3]} {p[4]} {c} {pl}.', f'{c} {pl}')
    for _ in range(500):
        p, q = r.sample(NAMED, 2)
        one, pl, _f = thing()
        a, b = r.randint(1, 20), r.randint(1, 20)
        c = number(a + b)
        m.add('problems: together', [
            f'{p[0]} has {count(a, one, pl)} and {q[0]} has {number(b)}. How many do they have together?',
            f'If {p[0]} has {count(a, one, pl)} and {q[0]} has {number(b)}, how many is that together?',
            f'{p[0]} has {count(a, one, pl)}. {q[0]} has {number(b)}. How many {pl} are there in all?',
            f'How many {pl} do {p[0]} and {q[0]} have together if {p[0]} has {number(a)} and {q[0]} has {number(b)}?',
            f'{p[0]} brings {count(a, one, pl)} and {q[0]} brings {number(b)}. How many {pl} do we have?'
        ], f'Together they have {c} {pl}.', f'{c} {pl}')
    for _ in range(400):
        p, q = r.sample(NAMED, 2)
        one, pl, _f = thing()
        b = r.randint(1, 20)
        d = r.randint(1, 15)
        a = b + d
        o = one if d == 1 else pl
        m.add('problems: how many more', [
            f'{p[0]} has {count(a, one, pl)} and {q[0]} has {number(b)}. How many more does {p[0]} have?',
            f'If {p[0]} has {count(a, one, pl)} and {q[0]} has {number(b)}, how many more has {p[0]}?',
            f'{q[0]} has {count(b, one, pl)} and {p[0]} has {number(a)}. How many more {pl} does {p[0]} have?',
            f'How many more {pl} does {p[0]} have than {q[0]} if {p[0]} has {number(a)} and {q[0]} {number(b)}?',
            f"{p[0]} has {count(a, one, pl)} and {q[0]} has {number(b)}. What's the difference?"
        ], f'{p[0]} has {number(d)} more {o} than {q[0]}.', f'{number(d)} more')
    for _ in range(450):
        one, pl, _f = thing()
        bag = r.choice('bag basket box jar bowl drawer'.split())
        a, b = r.randint(2, 12), r.randint(2, 12)
        c = number(a * b)
        if one in (bag, 'box'):
            continue
        bs, B = plural(bag), f'{number(b)} {pl}'
        m.add('problems: times', [
            f'There are {number(a)} {bs} with {B} in each. How many {pl} are there?',
            f'{number(a)} {bs} hold {B} each. How many {pl} is that?',
            f'If I have {number(a)} {bs} and {B} in every {bag}, how many {pl} do I have?',
            f'I put {B} in each of {number(a)} {bs}. How many {pl} is that in all?',
            f'How many {pl} are in {number(a)} {bs} if each {bag} has {number(b)}?'
        ], f'There are {c} {pl} in {number(a)} {bs}.', f'are {c}')
    for _ in range(450):
        one, pl, _f = thing()
        who, whos = r.choice([('child', 'children'), ('friend', 'friends'), ('person', 'people'), ('boy', 'boys'),
                              ('girl', 'girls'), ('student', 'students')])
        a, b = r.randint(1, 10), r.randint(2, 10)
        A = number(a * b)
        c = count(a, one, pl)
        m.add('problems: share', [
            f'{A} {pl} are shared by {number(b)} {whos}. How many does each get?',
            f'If {number(b)} {whos} share {A} {pl}, how many does each one get?',
            f'I share {A} {pl} between {number(b)} {whos}. How many {pl} does each {who} get?',
            f'How many {pl} does each {who} get if {number(b)} {whos} share {A}?',
            f'Share {A} {pl} fairly between {number(b)} {whos}.',
            f'We have {A} {pl} for {number(b)} {whos}. How many for each {who}?'
        ], f'Each {who} gets {c}.', f'gets {number(a)}')
    for _ in range(450):
        one, pl, _f = thing()
        a, b = r.randint(2, 12), r.randint(1, 12)
        d = count(b, 'dollar', 'dollars')
        c = number(a * b)
        m.add('problems: price', [
            f'One {one} costs {d}. How much do {number(a)} {pl} cost?', f'If one {one} costs {d}, how much are {number(a)} {pl}?',
            f'How much do I pay for {number(a)} {pl} at {d} each?', f'I buy {number(a)} {pl} for {d} each. What do I pay?',
            f'What do {number(a)} {pl} cost if one costs {d}?', f"What's the price of {number(a)} {pl} at {d} each?"
        ], f'{number(a)} {pl} cost {c} dollars.', f'{c} dollars')
    for thing_, legs, part in LEGS:
        things = dict(child='children', person='people').get(thing_, plural(thing_))
        for n in range(2, 11):
            c = number(n * legs)
            ps = part + 's'
            m.add('legs, wheels, sides of many', [
                f'How many {ps} do {number(n)} {things} have?', f'{number(n)} {things} have how many {ps}?',
                f'How many {ps} are on {number(n)} {things}?', f'Tell me how many {ps} {number(n)} {things} have.',
                f'If I see {number(n)} {things}, how many {ps} do I see?', f'Count the {ps} of {number(n)} {things}.',
                f'Do you know how many {ps} {number(n)} {things} have?'
            ], f'{number(n)} {things} have {c} {ps}.', f'{c} {ps}')


LEGS = [(thing, count_, part) for names, count_, part in (
    ('dog cat horse cow sheep mouse lion pig table chair rabbit goat', 4, 'leg'), ('bird chicken duck child owl goose', 2, 'leg'),
    ('ant bee butterfly fly', 6, 'leg'), ('spider', 8, 'leg'), ('octopus', 8, 'arm'), ('bicycle', 2, 'wheel'),
    ('tricycle', 3, 'wheel'), ('car', 4, 'wheel'), ('hand', 5, 'finger'), ('cat rabbit', 2, 'ear'), ('dog', 2, 'eye'),
    ('bird', 2, 'wing'), ('triangle', 3, 'side'), ('square', 4, 'corner'), ('pentagon', 5, 'side'), ('hexagon', 6, 'side'))
        for thing in names.split()]


def money_and_age(m: Maker) -> None:
    r = m.r
    goods = 'book ball hat toy cake game shirt lamp plant pizza map mug scarf ticket sandwich doll kite puzzle cup bag'.split()
    for _ in range(650):
        p = r.choice((5, 10, 20, 50, 100))
        c = r.randint(1, p - 1)
        g = r.choice(goods)
        P, C = f'{number(p)} dollars', count(c, 'dollar', 'dollars')
        d = count(p - c, 'dollar', 'dollars')
        m.add('change', [
            f'I buy {an(g)} for {C} and pay with {P}. How much change do I get?',
            f'{an(g)} costs {C} and I pay {P}. What is my change?',
            f'If {an(g)} costs {C} and I give {P}, how much do I get back?',
            f'I have {P} and buy {an(g)} for {C}. How much money is left?',
            f'How much change do I get from {P} for {an(g)} at {C}?',
            f'I pay {P} for {an(g)} that costs {C}. How much do I get back?'
        ], f'{P} minus {C} leaves {d}.', f'leaves {number(p - c)}')
    for _ in range(200):
        c = r.randint(1, 19) * 5
        d = f'{number(100 - c)} cents'
        C = f'{number(c)} cents'
        g = r.choice('candy pencil stamp cookie banana sticker button eraser roll card'.split())
        m.add('change in cents', [
            f'I buy {an(g)} for {C} and pay with one dollar. How much change do I get?',
            f'{an(g)} costs {C} and I pay one dollar. What is my change?',
            f'If {an(g)} costs {C} and I give one dollar, how much do I get back?',
            f'How much change is left from a dollar for {an(g)} at {C}?'
        ], f'One dollar minus {C} leaves {d}.', f'leaves {number(100 - c)}')
    for _ in range(250):
        g, h = r.sample(goods, 2)
        a, b = r.randint(1, 30), r.randint(1, 30)
        A, B, c = count(a, 'dollar', 'dollars'), count(b, 'dollar', 'dollars'), number(a + b)
        m.add('price of two', [
            f'{an(g)} costs {A} and {an(h)} costs {B}. How much is that together?',
            f'How much do I pay for {an(g)} at {A} and {an(h)} at {B}?',
            f'I buy {an(g)} for {A} and {an(h)} for {B}. What do I pay?',
            f'What do {an(g)} for {A} and {an(h)} for {B} cost together?'
        ], f'The {g} and the {h} cost {c} dollars together.', f'{c} dollars')
    for _ in range(260):
        a, b = r.randint(3, 40), r.randint(1, 30)
        a = max(a, b + 1)
        w = r.choice(('save', 'need'))
        if w == 'save':
            k = r.randint(2, 12)
            x = r.randint(1, 10)
            X = count(x, 'dollar', 'dollars')
            u = r.choice(('week', 'day', 'month'))
            m.add('saving', [
                f'I save {X} every {u}. How much do I have after {number(k)} {u}s?',
                f'If I save {X} a {u}, how much is that in {number(k)} {u}s?',
                f'How much do I save in {number(k)} {u}s with {X} a {u}?',
                f'I put away {X} each {u} for {number(k)} {u}s. How much is that?'
            ], f'After {number(k)} {u}s, you have {number(k * x)} dollars.', f'{number(k * x)} dollars')
        else:
            g = r.choice(goods)
            d = count(a - b, 'more dollar', 'more dollars')
            m.add('saving', [
                f'{an(g)} costs {number(a)} dollars and I have {number(b)}. How much more do I need?',
                f'I have {count(b, "dollar", "dollars")} but {an(g)} costs {number(a)}. How much is missing?',
                f'If {an(g)} costs {number(a)} dollars and I have {number(b)}, how much more do I need?',
                f'How many more dollars do I need for {an(g)} at {number(a)} dollars if I have {number(b)}?'
            ], f'For the {g}, you need {d}.', f'need {number(a - b)}')
    for _ in range(650):
        p = r.choice([q for q in PEOPLE if q[2] in ('he', 'she') and q[0] != 'the farmer'] + [PEOPLE[0]] * 4)
        me = p[0] == 'I'
        n, k = r.randint(2, 60 if p[0] == 'the teacher' else 30), r.randint(1, 12)
        N = f'{number(n)} years old' if r.random() < .4 else number(n)
        K = count(k, 'year', 'years')
        s, be, will = p[0], 'am' if me else 'is', f'{p[3]} will be'
        if r.random() < .6 or n <= k:
            m.add('ages', [
                f'{s} {be} {N}. How old will {p[2]} be in {K}?', f'If {s} {be} {N} now, how old will {p[2]} be in {K}?',
                f'How old will {s} be in {K} if {p[2]} {be} {number(n)} now?',
                f'{s} {be} {N}. What age will {p[2]} be {K} from now?', f'Now {s} {be} {N}. How old is that in {K}?'
            ], f'In {K}, {will} {number(n + k)}.', f'be {number(n + k)}')
        else:
            was = 'were' if me else 'was'
            m.add('ages', [
                f'{s} {be} {N}. How old was {p[2]} {K} ago?', f'If {s} {be} {N} now, how old was {p[2]} {K} ago?',
                f'How old was {s} {K} ago if {p[2]} {be} {number(n)} now?', f'{s} {be} {N}. What age was {p[2]} {K} ago?'
            ], f'{cap(K)} ago, {p[3]} {was} {number(n - k)}.', f'{was} {number(n - k)}')
    for _ in range(420):
        p, q = r.sample(NAMED, 2)
        n, k = r.randint(3, 30), r.randint(1, 12)
        K = count(k, 'year', 'years')
        t = r.random()
        if t < .4:
            m.add('ages of two', [
                f'{p[0]} is {number(n)} and {q[0]} is {K} older. How old is {q[0]}?',
                f'{q[0]} is {K} older than {p[0]}, who is {number(n)}. How old is {q[0]}?',
                f'If {p[0]} is {number(n)} and {q[0]} is {K} older, how old is {q[0]}?',
                f'How old is {q[0]} if {p[0]} is {number(n)} and {q[0]} is {K} older?'
            ], f'{q[0]} is {number(n + k)} years old.', f'is {number(n + k)}')
        elif t < .7 and n > k:
            m.add('ages of two', [
                f'{p[0]} is {number(n)} and {q[0]} is {K} younger. How old is {q[0]}?',
                f'{q[0]} is {K} younger than {p[0]}, who is {number(n)}. How old is {q[0]}?',
                f'If {p[0]} is {number(n)} and {q[0]} is {K} younger, how old is {q[0]}?',
                f'How old is {q[0]} if {p[0]} is {number(n)} and {q[0]} is {K} younger?'
            ], f'{q[0]} is {number(n - k)} years old.', f'is {number(n - k)}')
        else:
            m.add('ages of two', [
                f'{p[0]} is {number(n + k)} and {q[0]} is {number(n)}. How much older is {p[0]}?',
                f'If {p[0]} is {number(n + k)} and {q[0]} is {number(n)}, how many years older is {p[0]}?',
                f'{q[0]} is {number(n)} and {p[0]} is {number(n + k)}. By how many years is {p[0]} older?',
                f'How many years older is {p[0]} if {p[0]} is {number(n + k)} and {q[0]} {number(n)}?'
            ], f'{p[0]} is {K} older than {q[0]}.', f'is {number(k)}')
