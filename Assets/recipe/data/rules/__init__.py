"""Questions by rule. Every module makes some kinds; all are deterministic for a seed."""
from recipe.data.rules.arithmetic import arithmetic
from recipe.data.rules.choices import choices
from recipe.data.rules.counting import comparisons, counting, sequences
from recipe.data.rules.dates import calendar, clock
from recipe.data.rules.measures import shapes, units
from recipe.data.rules.quantities import money_and_age, word_problems
from recipe.data.rules.repeating import repeating
from recipe.data.rules.sayings import sayings
from recipe.data.rules.sense import sense
from recipe.data.rules.unknown import unknown
from recipe.data.rules.wording import Maker
from recipe.data.rules.yes_no import yes_no

COMMON = (arithmetic, word_problems, counting, comparisons, units, clock, calendar, money_and_age, sequences, shapes, choices,
          repeating)
THIN = (yes_no, sayings, unknown, sense)  # kinds of which every wording is taken


def by_rule(seed: int, parts: tuple) -> list[tuple[str, list[str], str, str]]:
    """-> kind, wordings, reply, key"""
    maker = Maker(seed)
    for part in parts:
        part(maker)
    return maker.out
