"""What people tell devices to do, and what recorded voices say on the telephone: short utterances whose words no question holds.

Parts of sentences by rule, put together at random with a fixed seed. The texts of the recordings that are kept for tests are reserved.
"""
import random

from recipe.common.held_out import reason

NUMBERS = 'zero one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty ninety'.split()
THINGS = '''lamp|light|ceiling light|fan|heater|radio|television|speaker|oven|kettle|dishwasher|washing machine|garage door|front door|alarm|
thermostat|air conditioner|camera|printer|router|vacuum cleaner|robot|computer|screen|projector|doorbell|sprinkler|coffee machine|engine|
music|podcast|audio book|timer|stopwatch|notification|microphone|bluetooth'''.replace('\n', '').split('|')
ROOMS = '''kitchen|bathroom|bedroom|living room|hall|hallway|garage|garden|basement|attic|office|study|nursery|dining room|workshop|
corridor|laundry room|balcony'''.replace('\n', '').split('|')
SETTINGS = 'volume|brightness|temperature|speed|contrast|heat|bass|humidity|microphone volume|speaking volume|default level'.split('|')
PROGRAMS = '''browser|calendar|calculator|text editor|file manager|terminal|mail program|web browser|Firefox|media player|settings|dictionary|
notebook|address book|weather report|newspaper|camera|map'''.replace('\n', '').split('|')
NAMES = '''Alice|Peter|Susan|Michael|doctor Brown|my brother|my sister|my mother|Jonathan|Rebecca|Pete|the office|the dentist|the police|Gregory|
Philip|Margaret|the neighbors|Tom|grandmother'''.replace('\n', '').split('|')
WAYS = 'forward|backward|back|left|right|up|down|straight ahead|around|in reverse|sideways|north|somewhere else|home|upstairs|outside'.split('|')
UNITS = 'meters|steps|feet|inches|degrees|seconds|minutes|hours|centimeters|percent|miles|times'.split('|')
CALLS = '''message|voice message|mailbox|extension|conference|call|caller|operator|participant|greeting|password|access code|account number|
channel|directory|line|agent|keypad|menu|folder|telephone number|speed dial number|fax|recording|conversation|user|administrator|leader|
name|entry|option|feature|request|signal|status|connection|answer|queue|priority|person|party|representative|menu option|address|
password management|pin number|audio volume|key|tone|beep|star key|pound key|hash key'''.replace('\n', '').split('|')
MANY = '''messages|mailboxes|extensions|conferences|calls|callers|operators|participants|greetings|passwords|numbers|digits|users|agents|
folders|letters|names|options|people|representatives|lines|entries|seconds|minutes|invalid attempts'''.replace('\n', '').split('|')
DEEDS = '''record|repeat|delete|erase|save|forward|play|change|accept|cancel|transfer|mute|lock|unlock|leave|join|remove|answer|hear|hold|review|
increase|decrease|reset|access|enter|exit|call|dial|disable|enable|edit|mark|move|send|return|skip|decline|reject|test|complete|rewind|
announce|approve|block|unblock|identify|verify|restore|replace|activate|locate'''.replace('\n', '').split('|')
DONE = '''recorded|repeated|deleted|erased|saved|forwarded|played|changed|accepted|cancelled|transferred|muted|locked|unlocked|removed|answered|
increased|decreased|reset|completed|disconnected|disabled|enabled|marked|moved|sent|activated|deactivated|reached|verified|approved|blocked|
entered|limited|stored|renamed|restored|placed on hold|invited'''.replace('\n', '').split('|')
STATES = '''invalid|incorrect|unavailable|available|busy|locked|unlocked|muted|full|empty|unknown|temporary|urgent|private|closed|open|ready|
too long|too short|out of service|not recognized|on hold|already in use|waiting|silent|correct|complete|active|simultaneous|glorious|
terribly slow|currently busy|now available|first in line|in progress'''.replace('\n', '').split('|')
KINDS = '''new|old|current|previous|next|first|last|urgent|saved|private|recorded|personal|maximum|default|unknown|different|temporary|busy|
additional|invalid|main|other|most recent|daily'''.replace('\n', '').split('|')
WHEN = '''now|again|later|at the tone|after the beep|please|in a moment|tomorrow morning|before midnight|at any time|one more time|immediately|
at the moment|for a while|at once'''.replace('\n', '').split('|')
LISTS = dict(number=NUMBERS, thing=THINGS, room=ROOMS, setting=SETTINGS, program=PROGRAMS, name=NAMES, way=WAYS, unit=UNITS, call=CALLS, many=MANY,
             deed=DEEDS, done=DONE, state=STATES, kind=KINDS, when=WHEN)
FRAMES = '''Turn on the {thing}.|Turn off the {room} {thing}.|Turn the {thing} in the {room} {way}.|Would you switch on the {thing}, please?|
Please switch off the {thing} in the {room}.|Could you dim the {room} {thing}?|Set the {setting} to {number} percent.|
Make the {room} {number} degrees warmer.|Start the {thing}.|Stop the {thing} {when}.|Open the {program}.|Launch the {program}.|Launch {program}.|
Close the {program} and open the {program}.|Call {name}.|Call {name} {when}.|Send {name} a {kind} message.|Remind me in {number} {unit}.|
Set a timer for {number} {unit}.|Wake me up {when}.|Go {way}.|Go {way} {number} {unit}.|Please go {way}, then {way}.|Rotate {way}.|
Rotate {number} {unit} {way}.|Move {way} and stop.|Turn {way} after {number} {unit}.|Do something {when}.|Look {way}.|Play some music in the {room}.|
Play the {kind} song {when}.|Lower the {setting} of the {thing}.|Raise the {setting} of the {thing}.|Show me the {program}.|
Where is the {thing}?|Is the {thing} in the {room} on?|How warm is it in the {room}?|Lock the {room} door {when}.|Eat a sandwich and rest {when}.|
Press {number} to {deed} the {call}.|To {deed} this {call}, press {number}.|For the {call}, press {number} or say {call}.|
If you want to {deed} the {kind} {call}, press {number} {when}.|Use the star key to {deed} a {call}.|Your {call} has been {done}.|
The {call} has been {done}.|The {kind} {call} is {state}.|This {call} is {state}.|You have {number} {kind} {many}.|
There are {number} {many} in the {call}.|You have been {done} by the {call}.|The {call} will be {done} {when}.|
Please say your {call} {when}.|Please wait for the {call}.|Please {deed} your {call} {when}.|Please try another {call}.|
Sorry, but your {call} could not be {done}.|The {call} you have {done} is {state}.|You are the {kind} {call} in this {call}.|
To listen to your {kind} {many}, press {number}.|{number} {many} are {state}.|Somebody is {state}, please {deed} the {call}.|
The {call} is now {state}.|We are {state} {when}.|Thank you for your patience, your {call} is {state}.|From {name}, {number} {many}.|
The {many} of your {call}.|The name of your {kind} {call}.|Letters and {many} on your {call}.|{deed} the {call}.|{deed} {number} {many} {when}.|
Too many {many} have been {done}.|Information about your {kind} {call}.|Nobody can {deed} your {call} {when}.|
Only {many} can {deed} the {call}.|The {setting} of the {call} has been {done}.|Who would you like to {deed}?|
Otherwise, please {deed} the {call}.|When the {call} is {state}, only the {call} can {deed} it.'''.replace('\n', '').split('|')


def orders(count: int) -> list[str]:
    """Different ones; no reserved text."""
    r, found = random.Random(10), {}
    while len(found) < count:
        parts = r.choice(FRAMES).split('{')
        text = parts[0]
        for part in parts[1:]:
            kind, _, rest = part.partition('}')
            text += r.choice(LISTS[kind]) + rest
        text = text[0].upper() + text[1:]
        if reason(dict(text=text), 'user') is None:
            found[text] = None
    return list(found)
