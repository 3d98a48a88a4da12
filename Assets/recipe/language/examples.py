"""Where the language stage's rows come from: questions as text, and as speech with hearing's features."""
import random
from collections.abc import Callable

import numpy as np
import torch

from recipe.common.held_out import admit, divide, plain, reason
from recipe.common.places import TEXTS
from recipe.common.smollm2 import EmbeddingSpace, token_ids
from recipe.common.speech import Table, batches_by_length, codes_of, endless, read_lines, training_and_tests
from recipe.common.training import half
from recipe.hearing.model import Hearing
from recipe.hearing.train import disturbed
from recipe.language.model import DELAY
from recipe.language.pointing import Pointing
from recipe.language.rows import INSTRUCTION, AnyCodes, Row, simulated_features
from recipe.tokenizer.model import CODES

SIMULATED, BESIDE, WITH_PAST = .3, .5, .12  # shares of rows
INTERRUPTED = .2  # of earlier replies that the question does not follow
TRANSCRIPTION = .2  # of questions, which are answered otherwise
FREE = dict(sentence=.5, list=.35, order=.3, recording=.1)  # what is only transcribed: utterances to a question
ALONE = dict(cpu=900, cuda=5400)  # codes of a batch that is only pointed at
LONGEST, LONGEST_FREE = 60, 75  # codes of a spoken question; of what is only transcribed
# Times a question comes an epoch (1 unless named): what anybody asks first more often, what is asked within a conversation and long
# sums less often.
OFTEN = {
    **dict.fromkeys(('basics', ), 3.),
    **dict.fromkeys(('sense', 'who says', 'shapes of things', 'days', 'months', 'seasons', 'which month', 'days in a month'), 3.),
    **dict.fromkeys(('number after', 'number before', 'made of', 'live', 'halves', 'doubles', 'letters', 'repeat after me'), 2.),
    **dict.fromkeys(('say the word', 'say three words', 'say the number', 'count', 'count down', 'count from to', 'times'), 1.5),
    **dict.fromkeys(('first turn', 'again', 'say again', 'sum', 'two steps', 'three numbers', 'go on', 'no such word', 'size'), .5),
    **dict.fromkeys(('sure', 'thanks', 'plus', 'minus', 'ages', 'ages of two', 'bigger', 'smaller', 'can', 'and that'), .6),
}


def questions() -> tuple[list[dict], list[dict]]:
    """-> questions to train on, our own test phrasings; each may have `before`, the exchange it follows."""
    rows = read_lines(TEXTS / 'questions.jsonl')
    training, tests = divide(rows, 'user')
    clean = [q for q in training if 'before' not in q or reason(dict(text=q['before']['text']), 'user') != 'reserved text']
    return admit(clean, 'user'), tests


def known_codes(speaker: str, where: torch.device) -> np.ndarray:
    """Some million codes of a speaker; random ones where nobody has spoken yet."""
    table = Table(speaker, 'code', 1, torch.device('cpu'))
    parts = [np.asarray(p).reshape(-1) for p in table.parts if p is not None]
    return np.concatenate(parts) if parts else np.random.default_rng(0).integers(0, CODES, 100000)


def drawn(questions: list[dict], rng: random.Random) -> list[dict]:
    """One epoch's questions, each as often as its topic asks for."""
    return [q for q in questions for _ in range(int(OFTEN.get(q['topic'], 1.) + rng.random()))]


def share_said(rng: random.Random, is_followed: bool) -> float:
    """How much of an earlier reply was said: some were interrupted, but none that the question refers to."""
    return rng.uniform(.1, .9) if not is_followed and rng.random() < INTERRUPTED else 1.


class TextExamples:
    """Rows made from texts alone."""
    def __init__(self, where: torch.device, seed: int) -> None:
        self.rng, self.numbers, self.space = random.Random(seed), np.random.default_rng(seed), EmbeddingSpace()
        self.training, self.tests = questions()
        self.user, self.assistant = (AnyCodes(known_codes(s, where), self.rng) for s in ('user', 'assistant'))
        self.waiting: list[list[dict]] = []

    def question(self, row: Row, text: str, simulated: bool) -> Row:
        """The user's turn as text, or as speech that is made up from the text."""
        if not simulated:
            return row.user_text(text)
        features = simulated_features(text, self.space, self.numbers)
        return row.user_speech(self.user(len(features)), features)

    def row(self, q: dict, simulated: bool, reply: bool = True, any_past: bool = False) -> Row:
        """A question, after what came before it, and its reply. any_past: an earlier exchange that has nothing to do with it."""
        row, past = Row(), q.get('before') or (self.rng.choice(self.training) if any_past else None)
        if past:
            self.question(row, past['text'], simulated)
            codes = self.assistant(3 * len(token_ids(past['reply']))) if self.rng.random() < .5 else []
            row.past_reply(past['reply'], codes, share_said(self.rng, 'before' in q))
        self.question(row, q['text'], simulated)
        if not reply:
            return row.ask()
        n = len(token_ids(q['reply'])) - DELAY
        return row.reply(q['reply'], self.assistant(n) if n > 0 and self.rng.random() < BESIDE else ())

    def batch(self, size: int) -> list[Row]:
        """Questions of similar length."""
        if not self.waiting:
            chosen = sorted(drawn(self.training, self.rng), key=lambda q: len(q['text']) // 6 + 100 * ('before' in q) + self.rng.random())
            self.waiting = [chosen[i:i + size] for i in range(0, len(chosen), size)]
            self.rng.shuffle(self.waiting)
        simulated, any_past = self.rng.random() < SIMULATED, self.rng.random() < WITH_PAST
        return [self.row(q, simulated, any_past=any_past) for q in self.waiting.pop()]


class SpeechExamples:
    """Rows made from spoken questions."""
    def __init__(self, where: torch.device, hearing: Hearing, seed: int) -> None:
        self.where, self.hearing, self.rng = where, hearing, random.Random(seed)
        self.upper, self.code = Table('user', 'upper', 4, where), Table('user', 'code', 1, where)
        training, self.tests = training_and_tests('user', self.code.has)
        self.pointing = Pointing(EmbeddingSpace(), (u['text'] for u in training), where, seed)
        self.spoken = [u for u in training if u['codes'] <= LONGEST and u['source'] == 'question']
        free = [u for u in training if u['codes'] <= LONGEST_FREE]
        self.free = {kind: found for kind in FREE if (found := [u for u in free if u['source'] == kind])}
        self.unheard = [u for u in self.tests if u['source'] == 'sentence' and u['codes'] <= LONGEST_FREE]
        self.by_text: dict[str, list[dict]] = {}
        for u in training:
            self.by_text.setdefault(plain(u['text']), []).append(u)
        self.alone = endless(lambda: batches_by_length(training, ALONE[where.type], lambda u: u['codes'], self.rng))
        self.follow_ups = [q for q in questions()[0] if 'before' in q]
        self.reply_code, self.waiting = Table('assistant', 'code', 1, where), []
        said = [u for u in training_and_tests('assistant')[0] if u['source'] == 'reply' and self.reply_code.has(u)]
        self.replies = {plain(u['text']): u for u in said}

    def directions(self, batch: list[dict], noisy: Callable) -> tuple[torch.Tensor, torch.Tensor]:
        """-> hearing's directions [b, t, 576], lengths in codes"""
        lengths, x = codes_of(batch, self.where), self.upper.padded(batch)
        with half(self.where):
            states = self.hearing.states(noisy(x, lengths).bfloat16(), lengths)
            return self.hearing.adaptor.direction(states), lengths

    def features(self, batch: list[dict]) -> list[torch.Tensor]:
        """Hearing's features; `pointed` is how far they are from what was said."""
        found, lengths = self.directions(batch, lambda x, lengths: x + .03 * torch.randn_like(x))
        self.pointed = self.pointing(found, [u['text'] for u in batch], lengths) if torch.is_grad_enabled() else None
        norm = self.hearing.adaptor.layers[4]
        return [(d * norm.weight + norm.bias)[:n] for d, n in zip(found, lengths)]

    def pointed_alone(self) -> torch.Tensor:
        """CTC of a batch that the language model does not read: a fifth more time, but two and a half times the words."""
        batch = next(self.alone)
        found, lengths = self.directions(batch, disturbed)
        return self.pointing(found, [u['text'] for u in batch], lengths)

    def codes(self, u: dict) -> list[int]:
        return self.code.of(u).flatten().tolist()

    def past(self, u: dict, any_past: bool) -> tuple[dict, dict] | None:
        """An exchange before the question: the one it follows, or any."""
        other = self.rng.choice(self.spoken) if any_past else None
        before = u.get('before') or (other and dict(text=other['text'], reply=other['reply']))
        asked = self.rng.choice(self.by_text.get(plain(before['text']), [None])) if before else None
        replied = self.replies.get(plain(before['reply'])) if before else None
        return (asked, replied) if asked and replied else None

    def batch(self, size: int) -> list[Row]:
        """Utterances of similar length: replies, and transcriptions of anything."""
        if not self.waiting:
            more = [
                dict(self.rng.choice(self.by_text[plain(q['text'])]), source='question', reply=q['reply'], before=q['before'])
                for q in self.follow_ups if plain(q['text']) in self.by_text
            ]
            more = self.rng.sample(more, min(len(more), len(self.spoken) // 8))
            chosen = drawn(self.spoken, self.rng) + more
            chosen += [u for kind, of_it in self.free.items() for u in self.rng.choices(of_it, k=int(FREE[kind] * len(self.spoken)))]
            chosen.sort(key=lambda u: u['codes'] + 1000 * ('before' in u) + 2 * self.rng.random())
            self.waiting = [chosen[i:i + size] for i in range(0, len(chosen), size)]
            self.rng.shuffle(self.waiting)
        batch = self.waiting.pop()
        any_past = self.rng.random() < WITH_PAST
        rows, pasts = [], [self.past(u, any_past) if u['source'] == 'question' else None for u in batch]
        features = self.features(batch + [p[0] for p in pasts if p])
        earlier = iter(features[len(batch):])
        for u, f, past in zip(batch, features, pasts):
            row = Row()
            if past:
                codes = self.reply_code.of(past[1]).flatten().tolist()
                row.user_speech(self.codes(past[0]), next(earlier))
                row.past_reply(past[1]['text'], codes, share_said(self.rng, 'before' in u))
            if u['source'] != 'question' or self.rng.random() < TRANSCRIPTION:
                rows.append(self.transcribed(u, f, row))
            else:
                rows.append(row.user_speech(self.codes(u), f).reply(u['reply']))
        return rows

    def transcribed(self, u: dict, features: torch.Tensor, row: Row | None = None) -> Row:
        """An utterance and its transcript, after what `row` holds."""
        return (row or Row()).user_speech(self.codes(u), features, INSTRUCTION).reply(u['text'])

    def unheard_rows(self, size: int) -> list[Row]:
        """Free sentences that nothing was trained on, to be transcribed."""
        chosen = self.unheard[:size]
        return [self.transcribed(u, f) for u, f in zip(chosen, self.features(chosen))]
