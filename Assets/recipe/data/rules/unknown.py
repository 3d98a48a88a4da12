"""What it cannot know or do, and words that do not exist: a clear "I don't know" instead of an invention."""
from recipe.data.rules.wording import Maker

CITIES = 'Paris London Berlin Rome Madrid Tokyo Boston Chicago Oslo Vienna Dublin Sydney Toronto Denver Seattle Lisbon'.split()
TEAMS = 'Lions Eagles Tigers Bears Sharks Hawks Wolves Giants'.split()
RELATIVES = ('mother', 'father', 'brother', 'sister', 'neighbor', 'teacher', 'boss', 'best friend', 'uncle', 'grandmother')
LOST = ('keys', 'phone', 'wallet', 'glasses', 'umbrella', 'hat', 'book', 'shoes', 'bag', 'gloves')
GOODS = ('a house', 'a car', 'a ticket', 'a phone', 'a bicycle', 'a sandwich', 'bread', 'gas', 'milk', 'a guitar', 'a sofa',
         'gold')
HEADS, TAILS = 'flim blor snar quib drog plum vex grib tolv merk zan fop wib skel nur'.split(
), 'bort dle nix ter mo zle pin vat gle nock rup sy'.split()
CANNOT = {
    'set an alarm': 'alarms', 'set a timer for five minutes': 'timers', 'play some music': 'music', 'call my mother': 'calls',
    'send a message to Tom': 'messages', 'turn on the lights': 'the lights', 'open the door': 'doors', 'order a pizza': 'orders',
    'book a flight': 'flights', 'take a picture': 'pictures', 'turn up the heating': 'the heating',
    'search the internet': 'the internet', 'read my email': 'email', 'show me a map': 'maps', 'lock the car': 'cars'
}


def unknown(m: Maker) -> None:
    for city in CITIES:
        m.add('weather', [
            f'What is the weather like in {city}?', f'Is it raining in {city}?', f'Will it rain in {city} tomorrow?',
            f'How warm is it in {city} today?', f"What's the weather in {city}?", f'Tell me the weather in {city}.'
        ], f"I'm sorry, I don't know the weather in {city}.", "don't know")
        m.add('time there', [
            f'What time is it in {city}?', f'What is the time in {city} now?', f'Tell me the time in {city}.',
            f'Do you know what time it is in {city}?'
        ], f"I'm sorry, I don't know the time in {city}.", "don't know")
    for team in TEAMS:
        m.add('sport', [
            f'Who won the {team} game last night?', f'Did the {team} win yesterday?', f'What was the score of the {team} game?',
            f'How did the {team} play?'
        ], f"I'm sorry, I don't know how the {team} played.", "don't know")
    for who in RELATIVES:
        m.add(
            'relatives',
            [f"What is my {who}'s name?", f'Who is my {who}?', f'Do you know the name of my {who}?', f"Tell me my {who}'s name."],
            f"I'm sorry, I don't know your {who}.", "don't know")
        m.add('relatives', [f'How old is my {who}?', f'What is the age of my {who}?', f'Do you know how old my {who} is?'],
              f"I'm sorry, I don't know how old your {who} is.", "don't know")
        m.add('relatives', [f'Where is my {who} now?', f'Do you know where my {who} is?', f'Tell me where my {who} is.'],
              f"I'm sorry, I don't know where your {who} is.", "don't know")
    for thing in LOST:
        there = 'is' if thing[-1] != 's' else 'are'
        m.add('lost', [
            f'Where {there} my {thing}?', f'Do you know where my {thing} {there}?',
            f"I can't find my {thing}. Where {there} they?" if there == 'are' else f"I can't find my {thing}. Where is it?",
            f'Have you seen my {thing}?'
        ], f"I'm sorry, I don't know where your {thing} {there}.", "don't know")
    for thing in GOODS:
        m.add('prices', [
            f'How much does {thing} cost?', f'What does {thing} cost today?', f'What is the price of {thing}?',
            f'How expensive is {thing}?'
        ], f"I'm sorry, I don't know what {thing} costs now.", "don't know")
    made = sorted({a + b for a in HEADS for b in TAILS})
    for word in m.r.sample(made, 110):
        m.add('no such word', [
            f'What is a {word}?', f"What's a {word}?", f'Tell me what a {word} is.', f'Can you explain what a {word} is?',
            f'What does {word} mean?', f'Who invented the {word}?'
        ], f"I'm sorry, I don't know what {word} means.", "don't know")
    for what, name in CANNOT.items():
        m.add('cannot', [f'Please {what}.', f'Can you {what}?', f'Could you {what}?', f'{what}.', f'I want you to {what}.'],
              f"I'm sorry, I can't do that. I don't control {name}.", "can't do that")
