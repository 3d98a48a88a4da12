"""The clock, days, months and seasons."""

from recipe.data.rules.wording import Maker, DAYS, MONTHS, ORDINALS, count, number


def clock(m: Maker) -> None:
    H = lambda h: number((h - 1) % 12 + 1)
    for h in range(1, 13):
        for n in range(1, 12):
            N, t, u = count(n, 'hour', 'hours'), f"{H(h)} o'clock", f"{H(h + n)} o'clock"
            m.add('clock: hours later', [
                f'What time is {N} after {t}?', f"It's {t}. What time will it be in {N}?",
                f"If it's {t} now, what time is it in {N}?", f'What time is it {N} after {t}?', f'{N} after {t} is what time?',
                f'Tell me the time {N} after {t}.', f'What will the time be {N} after {t}?',
                f'A movie starts at {t} and lasts {N}. When does it end?'
            ], f'{N} after {t}, it is {u}.', f'is {H(h + n)}', 3)
            u = f"{H(h - n)} o'clock"
            m.add('clock: hours earlier', [
                f'What time is {N} before {t}?', f"It's {t}. What time was it {N} ago?",
                f"If it's {t} now, what time was it {N} ago?", f'What time is it {N} before {t}?',
                f'{N} before {t} is what time?', f'Tell me the time {N} before {t}.'
            ], f'{N} before {t}, it is {u}.', f'is {H(h - n)}', 3)
            if h + n <= 12:
                u = f"{H(h + n)} o'clock"
                m.add('clock: how long', [
                    f'How many hours are there from {t} to {u}?', f'How long is it from {t} to {u}?',
                    f'How many hours are between {t} and {u}?', f'From {t} to {u}, how many hours is that?',
                    f"If it's {t} now, how long is it until {u}?", f'Tell me how long it is from {t} to {u}.',
                    f'School starts at {t} and ends at {u}. How long is it?'
                ], f'From {t} to {u}, it is {N}.', f'is {number(n)}', 3)
        for n in range(1, 6):
            N, t, u = count(n, 'hour', 'hours'), f'half past {H(h)}', f'half past {H(h + n)}'
            m.add('clock: half past', [
                f'What time is {N} after {t}?', f"It's {t}. What time will it be in {N}?", f'{N} after {t} is what time?',
                f"If it's {t}, what time is it in {N}?"
            ], f'{N} after {t}, it is {u}.', f'past {H(h + n)}', 2)
            u = f'half past {H(h - n)}'
            m.add('clock: half past', [
                f'What time is {N} before {t}?', f"It's {t}. What time was it {N} ago?", f'{N} before {t} is what time?',
                f"If it's {t}, what time was it {N} ago?"
            ], f'{N} before {t}, it is {u}.', f'past {H(h - n)}', 2)
        t = f"{H(h)} o'clock"
        m.add('clock: half an hour', [
            f'What time is half an hour after {t}?', f"It's {t}. What time is it in half an hour?",
            f'Half an hour after {t} is what time?', f"If it's {t}, what time will it be in half an hour?"
        ], f'Half an hour after {t}, it is half past {H(h)}.', f'past {H(h)}', 2)
        m.add('clock: half an hour', [
            f'What time is half an hour before {t}?', f"It's {t}. What time was it half an hour ago?",
            f'Half an hour before {t} is what time?', f"If it's {t}, what time was it half an hour ago?"
        ], f'Half an hour before {t}, it is half past {H(h - 1)}.', f'past {H(h - 1)}', 2)
        m.add('clock: half an hour', [
            f'What is another way to say half past {H(h)}?', f'How else can I say half past {H(h)}?',
            f'Half past {H(h)} is what time in numbers?', f'What does half past {H(h)} mean?'
        ], f'Half past {H(h)} is the same as {H(h)} thirty.', f'{H(h)} thirty')
        m.add('clock: quarters', [
            f'What time is a quarter past {H(h)}?', f'How else can I say a quarter past {H(h)}?',
            f'What does a quarter past {H(h)} mean?', f'A quarter past {H(h)} is what time?'
        ], f'A quarter past {H(h)} is {H(h)} fifteen.', f'{H(h)} fifteen')
        m.add('clock: quarters', [
            f'What time is a quarter to {H(h)}?', f'How else can I say a quarter to {H(h)}?',
            f'What does a quarter to {H(h)} mean?', f'A quarter to {H(h)} is what time?'
        ], f'A quarter to {H(h)} is {H(h - 1)} forty five.', 'forty five')
        for n in range(5, 60, 5):
            if n == 30:
                continue
            a, b = (f'{H(h)} ' + ('oh five' if n == 5 else number(n))), (f'{H(h - 1)} ' +
                                                                         ('oh five' if n == 55 else number(60 - n)))
            m.add('clock: minutes', [
                f'What time is {number(n)} minutes after {t}?', f"It's {t}. What time is it in {number(n)} minutes?",
                f'{number(n)} minutes after {t} is what time?', f"If it's {t} now, what time will it be in {number(n)} minutes?",
                f'Tell me the time {number(n)} minutes after {t}.'
            ], f'{number(n)} minutes after {t}, it is {a}.', 'is ' + a, 2)
            m.add('clock: minutes', [
                f'What time is {number(n)} minutes before {t}?', f"It's {t}. What time was it {number(n)} minutes ago?",
                f'{number(n)} minutes before {t} is what time?', f"If it's {t} now, what time was it {number(n)} minutes ago?",
                f'Tell me the time {number(n)} minutes before {t}.'
            ], f'{number(n)} minutes before {t}, it is {b}.', 'is ' + b, 2)


def calendar(m: Maker) -> None:
    r = m.r
    for i, d in enumerate(DAYS):
        nx, pv = DAYS[(i + 1) % 7], DAYS[(i - 1) % 7]
        m.add('days', [
            f'What day comes after {d}?', f'Which day comes after {d}?', f'What day is after {d}?', f'Tell me the day after {d}.',
            f'Today is {d}. What day is tomorrow?', f'If today is {d}, what is tomorrow?', f'The day after {d} is what day?'
        ], f'The day after {d} is {nx}.', f'is {nx}', 2)
        m.add('days', [
            f'What day comes before {d}?', f'Which day comes before {d}?', f'What day is before {d}?',
            f'Tell me the day before {d}.', f'Today is {d}. What day was yesterday?', f'If today is {d}, what was yesterday?',
            f'The day before {d} is what day?'
        ], f'The day before {d} is {pv}.', f'is {pv}', 2)
        m.add('days', [
            f'Which day is between {pv} and {nx}?', f'What day comes between {pv} and {nx}?',
            f"What's the day between {pv} and {nx}?", f'Tell me the day between {pv} and {nx}.'
        ], f'{d} is between {pv} and {nx}.', f'{d} is')
        we = i > 4
        m.add('days', [
            f'Is {d} on the weekend?', f'Is {d} a weekend day?', f'Does {d} belong to the weekend?',
            f'Tell me if {d} is part of the weekend.'
        ], f'Yes, {d} is on the weekend.' if we else f'No, {d} is not on the weekend.', 'yes' if we else 'no')
        for n in range(2, 15):
            N, t, u = f'{number(n)} days', DAYS[(i + n) % 7], DAYS[(i - n) % 7]
            m.add('days later', [
                f'What day is {N} after {d}?', f'Today is {d}. What day is it in {N}?',
                f'If today is {d}, what day will it be in {N}?', f'Which day comes {N} after {d}?', f'{N} after {d} is what day?',
                f'Tell me the day {N} after {d}.'
            ], f'{N} after {d} is {t}.', f'is {t}', 2)
            m.add('days earlier', [
                f'What day is {N} before {d}?', f'Today is {d}. What day was it {N} ago?',
                f'If today is {d}, what day was it {N} ago?', f'Which day comes {N} before {d}?', f'{N} before {d} is what day?',
                f'Tell me the day {N} before {d}.'
            ], f'{N} before {d} is {u}.', f'is {u}', 2)
        for j in range(1, 7):
            e = DAYS[(i + j) % 7]
            n = count(j, 'day', 'days')
            m.add('days between', [
                f'How many days is it from {d} to {e}?', f'If today is {d}, how many days until {e}?',
                f'Today is {d}. In how many days is {e}?', f'How long is it from {d} to the next {e}?',
                f'Tell me how many days there are from {d} to {e}.'
            ], f'From {d} to {e}, it is {n}.', f'is {number(j)}', 2)
    seasons = ['winter', 'winter', 'spring', 'spring', 'spring', 'summer', 'summer', 'summer', 'fall', 'fall', 'fall', 'winter']
    length = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    for i, d in enumerate(MONTHS):
        nx, pv, o = MONTHS[(i + 1) % 12], MONTHS[i - 1], ORDINALS[i]
        m.add('months', [
            f'What month comes after {d}?', f'Which month comes after {d}?', f'What month is after {d}?',
            f'Tell me the month after {d}.', f"It's {d}. What is next month?", f'The month after {d} is which one?'
        ], f'The month after {d} is {nx}.', f'is {nx}', 2)
        m.add('months', [
            f'What month comes before {d}?', f'Which month comes before {d}?', f'What month is before {d}?',
            f'Tell me the month before {d}.', f"It's {d}. What was last month?", f'The month before {d} is which one?'
        ], f'The month before {d} is {pv}.', f'is {pv}', 2)
        m.add('months', [
            f'Which month is between {pv} and {nx}?', f'What month comes between {pv} and {nx}?',
            f"What's the month between {pv} and {nx}?", f'Tell me the month between {pv} and {nx}.'
        ], f'{d} is between {pv} and {nx}.', f'{d} is')
        m.add('which month', [
            f'Which month is the {o}?', f'What is the {o} month of the year?', f"What's the {o} month?",
            f'Tell me the {o} month of the year.', f'Name the {o} month.', f'Do you know the {o} month of the year?'
        ], f'The {o} month of the year is {d}.', f'is {d}', 2)
        m.add('which month', [
            f'What number is the month {d}?', f'Which number does {d} have among the months?',
            f'Where is {d} in the order of months?', f'Tell me the number of the month {d}.'
        ], f'{d} is the {o} month of the year.', o)
        n = number(length[i])
        m.add('days in a month', [
            f'How many days are in {d}?', f'How many days does {d} have?', f'{d} has how many days?',
            f'Tell me how many days {d} has.', f'How long is {d}?', f'Do you know how many days are in {d}?'
        ], f'{d} has {n} days, or twenty nine in a leap year.' if i == 1 else f'{d} has {n} days.', n, 2)
        if i not in (2, 5, 8, 11):  # those four belong to two seasons
            m.add('seasons', [
                f'What season is {d} in?', f'Which season is {d} in?', f'In which season is {d}?', f'{d} is in which season?',
                f'Tell me the season of {d}.', f"It's {d}. What season is that?"
            ], f'In northern countries, {d} is in {seasons[i]}.', seasons[i], 2)
        for n in range(2, 12):
            N, t, u = f'{number(n)} months', MONTHS[(i + n) % 12], MONTHS[(i - n) % 12]
            m.add('months later', [
                f'What month is {N} after {d}?', f"It's {d}. What month is it in {N}?",
                f"If it's {d}, what month will it be in {N}?", f'Which month comes {N} after {d}?',
                f'{N} after {d} is what month?', f'Tell me the month {N} after {d}.'
            ], f'{N} after {d} is {t}.', f'is {t}', 2)
            m.add('months earlier', [
                f'What month is {N} before {d}?', f"It's {d}. What month was it {N} ago?",
                f"If it's {d}, what month was it {N} ago?", f'Which month comes {N} before {d}?',
                f'{N} before {d} is what month?', f'Tell me the month {N} before {d}.'
            ], f'{N} before {d} is {u}.', f'is {u}', 2)
    S = ['spring', 'summer', 'fall', 'winter']
    for i, s in enumerate(S):
        a, b = S[(i + 1) % 4], S[i - 1]
        m.add('seasons', [
            f'What season comes after {s}?', f'Which season follows {s}?', f'Tell me the season after {s}.',
            f'After {s} comes which season?'
        ], f'{a} comes after {s}.', f'{a} comes')
        m.add('seasons', [
            f'What season comes before {s}?', f'Which season is before {s}?', f'Tell me the season before {s}.',
            f'Before {s} comes which season?'
        ], f'{b} comes before {s}.', f'{b} comes')
    for i, d in enumerate(MONTHS):
        for j in r.sample([j for j in range(12) if j != i], 4):
            a, b = min(i, j), max(i, j)
            m.add('month order', [
                f'Which month comes first in the year, {d} or {MONTHS[j]}?', f'Is {d} or {MONTHS[j]} earlier in the year?',
                f'{d} or {MONTHS[j]}, which is earlier in the year?',
                f'Tell me which month is earlier in the year, {d} or {MONTHS[j]}.'
            ], f'{MONTHS[a]} comes before {MONTHS[b]}.', f'{MONTHS[a]} comes')
