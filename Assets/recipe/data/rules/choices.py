"""Which of two or three is bigger, hotter, faster ..."""

from recipe.data.rules.wording import Maker, an

SCALES = [('bigger', 'ant mouse rabbit sheep cow elephant'), ('bigger', 'bee frog duck goose ostrich'),
          ('bigger', 'pea cherry orange pumpkin'), ('bigger', 'pond lake ocean'), ('bigger', 'room house city'),
          ('bigger', 'coin plate table house mountain'), ('faster', 'snail turtle dog train airplane rocket'),
          ('faster', 'worm tortoise bicycle car jet'), ('heavier', 'feather pencil brick bathtub car ship'),
          ('heavier', 'leaf apple melon piano truck'), ('longer', 'pin pencil broom bus train'),
          ('longer', 'worm cat crocodile whale'), ('taller', 'daisy bush tree skyscraper'), ('taller', 'cat pony giraffe'),
          ('taller', 'stool door house tower'), ('louder', 'whisper shout thunderstorm'), ('deeper', 'puddle pond ocean')]
CHOICES = [('hotter', 'fire', 'ice'), ('hotter', 'summer', 'winter'), ('hotter', 'the sun', 'the moon'),
           ('hotter', 'boiling water', 'snow'), ('colder', 'ice', 'hot tea'), ('colder', 'winter', 'summer'),
           ('colder', 'snow', 'warm milk'), ('sweeter', 'honey', 'salt'), ('sweeter', 'sugar', 'pepper'),
           ('sweeter', 'a ripe banana', 'a lemon'), ('sweeter', 'chocolate', 'spinach'), ('more sour', 'a lemon', 'a banana'),
           ('harder', 'a stone', 'a pillow'), ('harder', 'steel', 'butter'), ('harder', 'a diamond', 'wood'),
           ('softer', 'a pillow', 'a rock'), ('softer', 'cotton', 'iron'), ('softer', 'butter', 'glass'),
           ('brighter', 'the sun', 'a candle'), ('brighter', 'day', 'night'), ('darker', 'night', 'day'),
           ('darker', 'black', 'gray'), ('quieter', 'a library', 'a stadium'), ('wetter', 'rain', 'sand'),
           ('drier', 'a desert', 'a swamp'), ('sharper', 'a knife', 'a spoon'), ('older', 'a grandmother', 'her grandchild'),
           ('younger', 'a baby', 'a teenager'), ('rounder', 'a ball', 'a box'), ('lighter', 'a feather', 'a stone'),
           ('slower', 'a snail', 'a horse'), ('slower', 'a turtle', 'a rabbit'), ('smaller', 'a mouse', 'a horse'),
           ('smaller', 'an ant', 'a bird'), ('warmer', 'a winter coat', 'a shirt')]


def choices(m: Maker) -> None:
    r = m.r

    def one(word, a, b):
        x, y = (a, b) if r.random() < .5 else (b, a)
        m.add('two-way choices', [
            f'Which is {word}, {x} or {y}?', f'What is {word}, {x} or {y}?', f'{x} or {y}, which is {word}?',
            f'Is {x} or {y} {word}?', f'Tell me which is {word}, {y} or {x}.', f'Would you say {y} or {x} is {word}?',
            f'Do you know which is {word}, {x} or {y}?'
        ], f'{a} is {word} than {b}.', f'{a.split()[-1]} is')

    low = dict(bigger='smaller', heavier='lighter', faster='slower', longer='shorter', taller='shorter', louder='quieter')
    for word, row in SCALES:
        row = row.split()
        for i, a in enumerate(row):
            for b in row[i + 1:]:
                one(word, an(b), an(a))
                if word in low:
                    one(low[word], an(a), an(b))
    for c in CHOICES:
        one(*c)
