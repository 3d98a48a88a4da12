"""Common sense: what things are for, who does what, what things are made of, what comes of what, where one finds what."""
from recipe.data.rules.wording import Maker, cap

# tool|what one does with it
USES = """our eyes|see
our ears|hear
our nose|smell
our tongue|taste
our teeth|chew
our legs|walk
our hands|hold things
our lungs|breathe
our brain|think
a knife|cut bread
a fork|eat pasta
a spoon|eat soup
scissors|cut paper
a pen|write
a brush|paint
a broom|sweep the floor
a towel|dry our hands
soap|wash our hands
a toothbrush|brush our teeth
a comb|comb our hair
a key|open a lock
a hammer|hit a nail
a saw|cut wood
a needle|sew
a ladder|climb up high
an umbrella|stay dry in the rain
a clock|tell the time
a calendar|know the date
a map|find the way
a compass|find north
a thermometer|measure the temperature
a scale|weigh things
a ruler|measure a line
a telescope|look at the stars
a microscope|see tiny things
glasses|see better
a camera|take pictures
a telephone|talk to someone far away
a refrigerator|keep food cold
an oven|bake bread
a kettle|boil water
a lamp|light a room
a candle|have light without power
a blanket|keep warm in bed
a pillow|rest our head
a bucket|carry water
a shovel|dig a hole
a bag|carry things
a stove|cook dinner
a mirror|see ourselves
a bicycle|ride to school
a boat|cross a lake
an airplane|fly far away
a bridge|cross a river"""
# who|what they do (third person)|what they do (plain)
JOBS = """a baker|bakes bread|bake bread
a teacher|teaches children|teach children
a doctor|helps sick people|help sick people
a dentist|looks after teeth|look after teeth
a farmer|grows food|grow food
a pilot|flies airplanes|fly airplanes
a sailor|works on a ship|work on a ship
a cook|cooks meals|cook meals
a barber|cuts hair|cut hair
a tailor|makes clothes|make clothes
a painter|paints walls|paint walls
a carpenter|works with wood|work with wood
a plumber|repairs pipes|repair pipes
a firefighter|puts out fires|put out fires
a gardener|looks after plants|look after plants
a butcher|sells meat|sell meat
a librarian|looks after books|look after books
a singer|sings songs|sing songs
a writer|writes books|write books
a dancer|dances|dance
a judge|decides in court|decide in court
a miner|works under the ground|work under the ground
a fisherman|catches fish|catch fish
a beekeeper|keeps bees|keep bees
a shepherd|looks after sheep|look after sheep
an astronaut|travels to space|travel to space
a mechanic|repairs cars|repair cars
a waiter|brings the food|bring the food
a nurse|cares for sick people|care for sick people
a postman|brings letters|bring letters"""
# thing|what it is made of
MADE_OF = """bread|flour
butter|milk
cheese|milk
wine|grapes
paper|wood
glass|sand
a snowman|snow
a window|glass
a tire|rubber
a book|paper
a nail|iron
a coin|metal
a sweater|wool
a shirt|cotton
jam|fruit
chocolate|cocoa beans
honey|nectar
raisins|grapes
a candle|wax
a brick|clay
an omelet|eggs
a mirror|glass
rain|water
an iceberg|ice
ketchup|tomatoes
popcorn|corn
flour|grain
a violin|wood"""
# animal|sound
SAYS = """cat|meow
dog|woof
cow|moo
sheep|baa
pig|oink
duck|quack
horse|neigh
frog|ribbit
rooster|cock a doodle doo
bee|buzz
owl|hoot
mouse|squeak
snake|hiss
lion|roar"""
# question wordings / ...|reply|key
SINGLE = """What is frozen water called? / What do you call frozen water? / What do we call water that is frozen? / Tell me the name of frozen water.|Frozen water is called ice.|ice
What is water vapor called when it is hot? / What comes out of a boiling kettle? / What does boiling water turn into?|Boiling water turns into steam.|steam
What falls from the sky in winter? / What is white and falls in winter? / Tell me what falls from the sky when it is cold.|Snow falls from the sky in winter.|snow
What do we need to breathe? / Which gas do people breathe? / What gas keeps us alive? / Tell me which gas we breathe in.|We need oxygen to breathe.|oxygen
Which planet are we on? / What is the name of our planet? / What planet is our home? / On which planet do people live?|We live on the planet Earth.|earth
What makes the day bright? / What gives us light during the day? / Where does daylight come from?|The sun gives us light during the day.|sun
What shines at night in the sky? / What can you see in the sky at night? / What lights up the night?|The moon and the stars shine at night.|moon
What do plants need to grow? / What does a plant need? / Tell me what plants need.|Plants need water, light and soil.|water
What happens to ice in the sun? / What does ice do when it gets warm? / What becomes of ice in the heat?|Ice melts in the sun.|melts
What happens to water when it gets very cold? / What does water do below zero? / What becomes of water in the freezer?|Water freezes when it gets very cold.|freezes
What do you do when you are tired? / What should I do if I am tired? / What helps when you are tired?|When you are tired, you should sleep.|sleep
What do you do when you are thirsty? / What helps against thirst? / What should a thirsty person do?|When you are thirsty, you should drink water.|drink
What do you wear when it is cold? / What should I put on when it is cold? / What clothes are good in winter?|When it is cold, you wear a warm coat.|coat
What do you wear on your feet? / What goes on your feet? / What do people put on their feet?|You wear shoes on your feet.|shoes
What do you wear on your hands in winter? / What keeps your hands warm? / What goes on cold hands?|Gloves keep your hands warm.|gloves
What do you wear on your head? / What goes on your head? / What keeps the sun off your head?|You wear a hat on your head.|hat
What comes after night? / What follows the night? / What is there when the night is over?|After the night comes the day.|day
What is the color of a stop light that means stop? / Which light means stop? / At which light must cars stop?|A red light means stop.|red
Which light means go? / What color is the light when you may go? / At which light may cars go?|A green light means go.|green
What do hens lay? / What do chickens lay? / What does a hen lay?|Hens lay eggs.|eggs
What do cows give us? / What do we get from cows? / What does a cow give?|Cows give us milk.|milk
What do sheep give us? / What do we get from sheep? / What comes from sheep?|Sheep give us wool.|wool
What do bees produce? / What do bees collect nectar for? / What sweet food comes from bees?|Bees make honey.|honey
What do spiders spin? / What does a spider make? / What do spiders build?|Spiders spin webs.|webs
What do birds build? / What do birds make for their eggs? / Where do birds lay their eggs?|Birds build nests for their eggs.|nests
What do fish breathe with? / How do fish breathe? / What does a fish use to breathe?|Fish breathe with gills.|gills
What do birds fly with? / What does a bird use to fly? / What do birds need to fly?|Birds fly with their wings.|wings
What do caterpillars turn into? / What does a caterpillar become? / What comes out of a cocoon?|A caterpillar becomes a butterfly.|butterfly
What do tadpoles turn into? / What does a tadpole become? / What grows out of a tadpole?|A tadpole becomes a frog.|frog
What do seeds grow into? / What does a seed become? / What comes out of a seed?|A seed grows into a plant.|plant"""


def uses(m: Maker) -> None:
    for line in USES.splitlines():
        tool, what = line.split('|')
        m.add('what for', [
            f'What do we use to {what}?', f'What do you need to {what}?', f'What do people use to {what}?',
            f'What can I use to {what}?', f'What helps us to {what}?', f'Tell me what we use to {what}.'
        ], f'We use {tool} to {what}.', tool)
        name = tool.replace('our ', 'your ')
        does = 'are' if name[-1] == 's' and not name.startswith(('a ', 'an ')) else 'is'
        m.add('what for', [
            f'What {does} {name} for?', f'What do we use {name} for?', f'What do you do with {name}?',
            f'What can you do with {name}?', f'Tell me what {name} {does} for.'
        ], f'We use {tool} to {what}.', what)


def jobs(m: Maker) -> None:
    for line in JOBS.splitlines():
        who, does, do = line.split('|')
        m.add('jobs', [
            f'What does {who} do?', f"What is {who}'s job?", f'What is the work of {who}?', f'Tell me what {who} does.',
            f'Do you know what {who} does?'
        ], f'{cap(who)} {does}.', does)
        m.add('jobs', [
            f'Who {does}?', f'Which person {does}?', f'What do you call a person who {does}?', f'Tell me who {does}.',
            f'Whose job is it to {do}?'
        ], f'{cap(who)} {does}.', who)


def materials(m: Maker) -> None:
    for line in MADE_OF.splitlines():
        thing, of = line.split('|')
        verb = 'are' if thing == 'raisins' else 'is'
        m.add('made of', [
            f'What {verb} {thing} made of?', f'What {verb} {thing} made from?', f'Tell me what {thing} {verb} made of.',
            f'Do you know what {thing} {verb} made of?', f'From what {verb} {thing} made?'
        ], f'{cap(thing)} {verb} made of {of}.', of)


def sounds(m: Maker) -> None:
    for line in SAYS.splitlines():
        animal, sound = line.split('|')
        m.add('who says', [
            f'Which animal says {sound}?', f'What animal says {sound}?', f'Who says {sound}?', f'What animal goes {sound}?',
            f'Tell me which animal says {sound}.'
        ], f'A {animal} says {sound}.' if animal[0] != 'o' else f'An {animal} says {sound}.', animal)


def sense(m: Maker) -> None:
    for part in (uses, jobs, materials, sounds):
        part(m)
    for line in SINGLE.splitlines():
        wordings, reply, key = line.split('|')
        m.add('sense', wordings.split(' / '), reply, key)
