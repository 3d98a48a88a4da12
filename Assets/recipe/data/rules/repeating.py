"""Repeating what was said."""

from recipe.data.rules.wording import Maker, number, plain

SAY = '''banana apple orange window table elephant butterfly rainbow sunshine pencil chocolate umbrella tiger purple
    yellow seven hello goodbye friend music garden flower river mountain ocean island castle dragon princess robot
    rocket planet moonlight summer winter spring autumn monkey giraffe penguin dolphin turtle rabbit kitten puppy
    pumpkin carrot tomato potato cheese butter bread cookie pancake spaghetti lemonade strawberry blueberry cherry
    pineapple coconut balloon bicycle airplane train sailboat tractor helicopter guitar piano trumpet violin drum
    circle triangle square diamond golden silver happy silly funny brave gentle sleepy hungry thirsty careful
    wonderful beautiful important tomorrow yesterday morning evening midnight birthday holiday party present
    surprise secret treasure pirate pocket button blanket pillow slipper jacket sweater mitten candle ladder hammer
    bucket basket feather nest squirrel hedgehog ladybug dragonfly spider octopus starfish seahorse crocodile
    kangaroo camel zebra lion panda koala owl eagle parrot peacock rooster snowman snowflake thunder lightning cloud
    breeze pebble forest meadow valley desert village bridge library museum hospital teacher doctor farmer baker
    painter sailor neighbor grandmother grandfather cousin zipper whistle wiggle giggle bubble puzzle jelly noodle
    waffle muffin pickle pepper onion garlic mushroom peanut walnut'''.split()


def repeating(m: Maker) -> None:
    r = m.r
    done = []
    adj = dict(dog='old small brown hungry friendly',
               cat='black sleepy soft quiet',
               house='big white empty new',
               car='fast red clean loud',
               sky='blue gray dark clear',
               tea='hot sweet fresh',
               soup='warm salty good',
               moon='bright round full',
               river='wide deep cold',
               garden='green quiet lovely',
               baby='tired happy tiny',
               book='long funny good',
               room='bright cold tidy',
               bus='late full slow',
               tree='tall old green',
               shop='open closed busy',
               water='cold clear deep',
               bread='fresh warm soft',
               story='short true sad',
               road='long wet narrow',
               horse='strong brown fast',
               teacher='kind patient',
               bird='yellow tiny free',
               cake='sweet ready huge',
               door='open heavy green')
    for n, a in adj.items():
        for x in a.split():
            done.append(f'the {n} is {x}')
    subj = ['my brother', 'my sister', 'the boy', 'the girl', 'our neighbor', 'Anna', 'Tom', 'the farmer', 'my friend', 'Lucy']
    verb = [
        'likes warm bread', 'has a blue hat', 'sings in the morning', 'walks to school', 'lost a red glove', 'reads a long book',
        'drinks cold milk', 'plays with the dog', 'feeds the ducks', 'lives near the sea', 'found a silver coin',
        'bakes an apple pie', 'runs up the hill', 'wants a new bicycle', 'sleeps in a tent', 'waits for the train'
    ]
    done += [f'{s} {v}' for s in subj for v in r.sample(verb, 10)]
    done += [
        f'{s} {v}' for s in ('we', 'they')
        for v in ('eat soup on Sunday', 'go home by bus', 'swim in the lake', 'plant trees in spring', 'watch the stars at night',
                  'sit under the old tree', 'dance in the rain', 'build a castle of sand')
    ]
    done += [
        f'the {c} {n} {v}'
        for c, n, v in zip([r.choice('red blue green yellow little old big young happy lazy'.split()) for _ in range(90)],
                           [r.choice('bird frog fox boat kite train bear fish duck mouse'.split()) for _ in range(90)], [
                               r.choice([
                                   'is over there', 'looks at the moon', 'is not here today', 'goes down the river',
                                   'comes back in summer', 'waits near the bridge', 'is as quiet as snow', 'came from far away'
                               ]) for _ in range(90)
                           ])
    ]
    done += [
        'good things take time', 'practice makes perfect', 'it is raining again', 'the early bird gets the worm',
        'one step at a time', 'today is a good day', 'she sells sea shells', 'nothing is better than a nap',
        'apples are red and sweet', 'snow falls softly at night', 'time flies like an arrow', 'every cloud has a silver lining',
        'three little ducks went out', 'the sun comes up in the east', 'many hands make light work', 'home is where the heart is',
        'better late than never', 'the more the merrier', 'look before you leap', 'a friend in need is a friend indeed'
    ]
    for s in dict.fromkeys(done):
        m.add('repeat after me', [
            f'Repeat after me, {s}.', f'Say after me, {s}.', f'Please repeat, {s}.', f'Say, {s}.', f'Can you say, {s}?',
            f'Repeat this, {s}.', f'Could you repeat, {s}?', f'Please say this sentence, {s}.', f'Repeat the sentence, {s}.'
        ], f'{s}.', ' '.join(plain(s).split()[-2:]), 2)
    for w in dict.fromkeys(SAY):
        m.add('say the word', [
            f'Say the word {w}.', f'Can you say the word {w}?', f'Please say the word {w}.', f'Say {w}.', f'Can you say {w}?',
            f'Repeat the word {w}.', f'Could you say {w} for me?', f'I want to hear you say {w}.'
        ], f'The word is {w}.', f'is {w}', 2)
    for n in list(range(0, 101)) + r.sample(range(101, 1000), 60):
        m.add('say the number', [
            f'Say the number {number(n)}.', f'Can you say the number {number(n)}?', f'Please say the number {number(n)}.',
            f'Repeat the number {number(n)}.', f'Could you say the number {number(n)} for me?'
        ], f'The number is {number(n)}.', f'is {number(n)}', 2)
    for _ in range(200):
        a, b, c = r.sample(SAY, 3)
        m.add('say three words', [
            f'Say the words {a}, {b}, {c}.', f'Repeat after me, {a}, {b}, {c}.', f'Can you repeat {a}, {b}, {c}?',
            f'Please say {a}, {b} and {c}.', f'Repeat these words, {a}, {b}, {c}.'
        ], f'{a}, {b}, {c}.', f'{a} {b} {c}')
