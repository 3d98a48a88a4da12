"""Saying something on request: twice, to somebody, letter by letter; letters of the alphabet; counting along."""
from recipe.data.rules.repeating import SAY
from recipe.data.rules.wording import Maker, cap, number

NAMES = 'Anna Tom Lucy Ben Mary Peter Emma Jack Sarah Paul Julia Leo Kate David Lisa Max Alice Henry Nora Sam'.split()
GREETINGS = ('hello', 'goodbye', 'thank you', 'good morning', 'good night', 'happy birthday', 'good luck', 'welcome')
LETTERS = 'A B C D E F G H I J K L M N O P Q R S T U V W X Y Z'.split()


def sayings(m: Maker) -> None:
    for name in NAMES:
        for what in GREETINGS:
            m.add('say to', [
                f'Say {what} to {name}.', f'Please say {what} to {name}.', f'Can you say {what} to {name}?',
                f'Could you say {what} to {name}?', f'Tell {name} {what}.', f'I want you to say {what} to {name}.'
            ], f'{cap(what)}, {name}!', f'{what} {name}')
    for word in m.r.sample(SAY, 90):
        for times, said in (('twice', 2), ('three times', 3)):
            m.add('say again', [
                f'Say the word {word} {times}.', f'Say {word} {times}.', f'Please say {word} {times}.',
                f'Can you say {word} {times}?', f'Repeat the word {word} {times}.'
            ], f'{", ".join([word] * said)}.', ' '.join([word] * said))
    for first in range(1, 11):
        for last in (first + 2, first + 3, first + 4, first + 5):
            row = [number(n) for n in range(first, last + 1)]
            m.add('count', [
                f'Count from {row[0]} to {row[-1]}.', f'Please count from {row[0]} to {row[-1]}.',
                f'Can you count from {row[0]} to {row[-1]}?', f'Count up from {row[0]} to {row[-1]}.',
                f'Let me hear you count from {row[0]} to {row[-1]}.'
            ], f'{", ".join(row)}.', ' '.join(row))
            row.reverse()
            m.add('count down', [
                f'Count down from {row[0]} to {row[-1]}.', f'Count backwards from {row[0]} to {row[-1]}.',
                f'Please count down from {row[0]} to {row[-1]}.', f'Can you count from {row[0]} down to {row[-1]}?'
            ], f'{", ".join(row)}.', ' '.join(row))
    for a, b in zip(LETTERS, LETTERS[1:]):
        m.add('letters', [
            f'What letter comes after {a}?', f'Which letter comes after {a}?', f'What is the letter after {a}?',
            f'Which letter follows {a}?', f'Tell me the letter after {a}.'
        ], f'The letter {b} comes after {a}.', f'letter {b} comes')
        m.add('letters', [
            f'What letter comes before {b}?', f'Which letter comes before {b}?', f'What is the letter before {b}?',
            f'Tell me the letter before {b}.'
        ], f'The letter {a} comes before {b}.', f'letter {a} comes')
