"""Yes or no: what things are, what they can do, where they live, which is bigger."""
from recipe.data.rules.wording import Maker, an, number, plural

# thing | what it is | what it is not, with what it is instead
IS = """ice|cold frozen hard slippery|hot:cold warm:cold soft:hard
fire|hot bright dangerous|cold:hot wet:hot frozen:hot
snow|cold white soft|hot:cold black:white green:white
grass|green soft|blue:green red:green purple:green
the sun|hot bright round big|cold:hot dark:bright square:round small:big
the moon|round bright|square:round hot:cold green:gray
the sky on a clear day|blue|green:blue brown:blue
sugar|sweet white|sour:sweet salty:sweet bitter:sweet
salt|salty white|sweet:salty sour:salty
a lemon|sour yellow|sweet:sour blue:yellow salty:sour
honey|sweet sticky|sour:sweet salty:sweet bitter:sweet
water|wet clear|dry:wet sweet:clear
the desert|hot dry sandy|wet:dry rainy:dry
the sea|salty deep wet|sweet:salty dry:wet shallow:deep
a stone|hard heavy|soft:hard sweet:hard
a feather|light soft|heavy:light hard:soft
a banana|sweet yellow soft|blue:yellow salty:sweet square:long
a tomato|red juicy|blue:red square:round
coal|black hard|white:black soft:hard pink:black
milk|white wet|black:white dry:wet blue:white
blood|red|green:red blue:red
an elephant|big heavy strong gray|small:big light:heavy tiny:big pink:gray
a mouse|small quick light|big:small huge:small heavy:light
an ant|tiny small strong|huge:tiny big:small
a giraffe|tall|short:tall tiny:tall
a snail|slow small|fast:slow quick:slow
a turtle|slow old|fast:slow furry:hard
a cheetah|fast quick|slow:fast green:fast
a rocket|fast loud|slow:fast quiet:loud
a ball|round|square:round flat:round
a pillow|soft|hard:soft sharp:soft
a knife|sharp|soft:sharp round:sharp
glass|clear hard|soft:hard furry:hard
wood|hard brown|liquid:solid soft:hard
gold|shiny yellow heavy valuable|cheap:valuable light:heavy
summer|warm sunny|cold:warm icy:warm snowy:warm
winter|cold snowy|hot:cold warm:cold
night|dark|bright:dark sunny:dark
noon|bright|dark:bright
a library|quiet|loud:quiet noisy:quiet
thunder|loud|quiet:loud silent:loud
candy|sweet|bitter:sweet salty:sweet healthy:sweet
soup|warm wet|dry:wet frozen:warm
chocolate|sweet brown|blue:brown salty:sweet
the ocean|deep blue salty|dry:wet shallow:deep
a baby|small young|old:young tall:small
a whale|big heavy|small:big tiny:big
a needle|sharp thin|thick:thin soft:sharp
cotton|soft light|hard:soft heavy:light
a mountain|high big|low:high small:big flat:high
the Earth|round|flat:round square:round
a wheel|round|square:round flat:round
a rainbow|colorful|gray:colorful black:colorful"""
# who | can | cannot
CAN = """birds|fly sing build nests lay eggs|read books drive cars speak French
fish|swim breathe under water|walk fly talk climb trees
dogs|bark run swim smell very well|fly read climb ladders talk
cats|climb trees jump see at night purr|fly bark read
horses|run jump swim|fly climb trees talk
monkeys|climb trees jump swing|fly read books
elephants|walk swim spray water|fly jump high climb trees
snakes|bite crawl swim|walk jump fly hear music well
bees|fly make honey sting|swim bark talk
frogs|jump swim croak|fly read sing songs
ducks|swim fly quack|bark read talk
penguins|swim walk dive|fly climb trees run fast
kangaroos|jump hop|fly climb walls talk
babies|cry laugh sleep smile|drive fly read books cook dinner
people|talk walk think laugh swim|fly like birds breathe under water live forever
spiders|spin webs climb walls|fly bark sing
owls|fly see at night|swim under water bark
cows|give milk eat grass walk|fly climb trees sing songs
airplanes|fly carry people|swim eat think
cars|drive carry people|fly swim think
boats|float carry people|fly walk
stones|break fall|fly swim think float
trees|grow lose leaves|walk talk run
plants|grow|walk talk run sing
ostriches|run fast walk|fly swim under water
bats|fly hear very well|read swim under water
chickens|lay eggs walk|swim under water talk
rabbits|hop run dig|fly bark talk
turtles|swim walk hide|fly run fast
robots|move help people|eat dream grow"""
# who | where they live | where they do not
LIVE = """fish|in water|trees; houses; the desert
polar bears|in the Arctic|the desert; the jungle
camels|in the desert|the sea; the Arctic
monkeys|in trees|the sea
whales|in the sea|rivers; trees
bees|in hives|water; the sea
birds|in nests|water
penguins|in cold places|the desert; trees
cows|on farms|the sea; trees
frogs|near ponds|the desert
lions|in Africa|the sea; the Arctic
kangaroos|in Australia|Europe; the sea
rabbits|in burrows|the sea
owls|in trees|the sea
sharks|in the sea|trees; the desert
worms|in the soil|trees
people|in houses|the sea; the moon
bats|in caves|the sea
squirrels|in trees|water; caves
pigs|on farms|trees; the sea"""
BY_SIZE = 'ant bee mouse frog bird duck cat dog sheep horse elephant whale'.split()
THINGS_BY_SIZE = 'pea coin apple book chair table car bus house mountain'.split()
BY_SPEED = 'snail turtle duck dog horse car train airplane rocket'.split()


def question(thing: str, rest: str) -> list[str]:
    return [
        f'Is {thing} {rest}?', f'Would you say {thing} is {rest}?', f'Is it true that {thing} is {rest}?',
        f'{thing} is {rest}, right?', f'Tell me, is {thing} {rest}?', f'Yes or no, is {thing} {rest}?'
    ]


def properties(m: Maker) -> None:
    for line in IS.splitlines():
        thing, true, false = line.split('|')
        for word in true.split():
            m.add('yes', question(thing, word), f'Yes, {thing} is {word}.', 'yes')
        for pair in false.split():
            wrong, right = pair.split(':')
            m.add('no', question(thing, wrong), f'No, {thing} is {right}.', 'no')


def split_verbs(text: str) -> list[str]:
    """`fly sing build nests` -> verbs with their objects: a new verb begins where a known one stands."""
    verbs = set(
        '''fly sing build lay read drive speak swim breathe walk talk climb bark run smell jump see purr swing spray bite crawl hear
        make sting croak quack dive hop cry laugh sleep smile cook think live spin give eat carry float break fall grow lose dig hide
        move help dream'''.split())
    out: list[str] = []
    for word in text.split():
        if word in verbs and not (out and out[-1].endswith(('to', 'and'))):
            out.append(word)
        else:
            out[-1] += ' ' + word
    return out


def abilities(m: Maker) -> None:
    for line in CAN.splitlines():
        who, can, cannot = line.split('|')
        for verbs, yes in ((can, True), (cannot, False)):
            for what in split_verbs(verbs):
                asked = [
                    f'Can {who} {what}?', f'Do you think {who} can {what}?', f'Is it true that {who} can {what}?',
                    f'{who} can {what}, right?', f'Yes or no, can {who} {what}?', f'Tell me, can {who} {what}?'
                ]
                m.add('can', asked, f'Yes, {who} can {what}.' if yes else f'No, {who} cannot {what}.', 'yes' if yes else 'no')


def homes(m: Maker) -> None:
    for line in LIVE.splitlines():
        who, where, wrong = line.split('|')

        def asked(place: str) -> list[str]:
            return [
                f'Do {who} live {place}?', f'Is it true that {who} live {place}?', f'Tell me, do {who} live {place}?',
                f'{who} live {place}, right?', f'Yes or no, do {who} live {place}?'
            ]

        m.add('live', asked(where), f'Yes, {who} live {where}.', 'yes')
        for place in wrong.split('; '):
            place = f'on {place}' if place.startswith(('the moon', 'Mars')) else f'in {place}'
            m.add('live', asked(place), f'No, {who} live {where}.', 'no')


def sizes(m: Maker) -> None:
    for row, more, less in ((BY_SIZE, 'bigger', 'smaller'), (THINGS_BY_SIZE, 'bigger', 'smaller'), (BY_SPEED, 'faster',
                                                                                                    'slower')):
        for i, small in enumerate(row):
            for big in row[i + 1:]:
                if m.r.random() < .55:
                    a, b, word = (big, small, more) if m.r.random() < .5 else (small, big, less)
                    other = less if word == more else more
                    asked = [f'Is {an(x)} {word} than {an(y)}?' for x, y in ((a, b), )] + [
                        f'Is it true that {an(a)} is {word} than {an(b)}?', f'{an(a)} is {word} than {an(b)}, right?',
                        f'Are {plural(a)} {word} than {plural(b)}?', f'Yes or no, is {an(a)} {word} than {an(b)}?'
                    ]
                    m.add('size', asked, f'Yes, {an(a)} is {word} than {an(b)}.', 'yes')
                    asked = [w.replace(word, other) for w in asked]
                    m.add('size', asked, f'No, {an(a)} is {word} than {an(b)}.', 'no')


def sums(m: Maker) -> None:
    for _ in range(260):
        a, b = m.r.randint(1, 20), m.r.randint(1, 20)
        total = a + b
        said = total if m.r.random() < .5 else total + m.r.choice((-2, -1, 1, 2, 3))
        x = f'{number(a)} plus {number(b)}'
        asked = [
            f'Is {x} equal to {number(said)}?', f'Is {x} {number(said)}?', f'Does {x} make {number(said)}?',
            f'Is it true that {x} is {number(said)}?', f'{x} is {number(said)}, right?'
        ]
        m.add('sum', asked, f'Yes, {x} is {number(total)}.' if said == total else f'No, {x} is {number(total)}.',
              'yes' if said == total else 'no')


def yes_no(m: Maker) -> None:
    for part in (properties, abilities, homes, sizes, sums):
        part(m)
