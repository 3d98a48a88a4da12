"""Rows of the audio branch.

After a user's turn, or after nothing, a reply's text runs in the text stream and its codes six steps behind in the audio stream.

A user's turn is real speech (codes and hearing's features) wherever somebody asked what the reply answers, otherwise any question;
lists of words stand alone. History codes are disturbed in some rows, half of them towards codes that sound alike.
A word's sound is learnt by saying it: what holds no rare word, such as sums, is said less often.
"""
import collections
import random
from dataclasses import dataclass

import torch

from recipe.common.held_out import plain
from recipe.common.smollm2 import token_ids
from recipe.common.speech import Table, codes_of, training_and_tests
from recipe.common.training import checkpoint, half
from recipe.hearing.model import Hearing
from recipe.language.model import BLANK, DELAY, FIRST_CODE, SPECIAL
from recipe.language.rows import Row
from recipe.tokenizer.model import CODES

NEIGHBOURS, NEIGHBOUR_WEIGHT = 12, .25
AFTER_QUESTION, DISTURBED, DISTURBED_CODES = .25, .5, .12  # a question costs as much time as its reply
LONGEST_QUESTION = 50
RARE = 100  # times that a word is said in all utterances: up to here each of them is said in every epoch


@dataclass
class SpokenRow:
    """A row with what the branch must learn from it."""
    row: Row
    first: int  # position of assistant_msg_start
    words: int  # tokens of the reply
    codes: list[int]  # what must be said

    def __len__(self) -> int:
        return len(self.row)


def nearest_codes(training: list[dict], code: Table, mel: Table) -> tuple[torch.Tensor, torch.Tensor]:
    """-> the NEIGHBOURS codes [codes, 12] that sound most like each, and their weights: by mean mel patches."""
    total, counts = torch.zeros(CODES, 320), torch.zeros(CODES)
    for u in training[::max(1, len(training) // 6000)]:
        k = code.of(u).long().flatten().cpu()
        total.index_add_(0, k, mel.of(u).float().cpu().reshape(-1, 320))
        counts += torch.bincount(k, minlength=CODES)
    mean = total / counts.clamp(min=1)[:, None]
    distance = torch.cdist(mean, mean)**2
    distance.fill_diagonal_(float('inf'))
    distance[:, counts == 0] = 1e6
    near, index = distance.topk(NEIGHBOURS, largest=False)
    return index, (-near / near[:, :4].mean(1, keepdim=True).clamp(min=1e-6) * 4).softmax(-1)


def drawn(training: list[dict], rng: random.Random) -> list[dict]:
    """One epoch's utterances: fewer of those whose rarest word is common."""
    words = [plain(u['text']).split() for u in training]
    often = collections.Counter(w for said in words for w in said)
    return [u for u, said in zip(training, words) if rng.random() < (RARE / min((often[w] for w in said), default=1))**.5]


class SpokenRows:
    """Makes rows of utterances of the assistant."""
    def __init__(self, where: torch.device, hearing: Hearing, seed: int) -> None:
        self.where, self.hearing, self.rng = where, hearing.eval(), random.Random(seed)
        self.training, self.tests = training_and_tests('assistant')
        self.user_code, self.upper = Table('user', 'code', 1, where), Table('user', 'upper', 4, where)
        heard = training_and_tests('user', self.user_code.has)[0]
        asked = [u for u in heard if u['source'] == 'question' and u['codes'] <= LONGEST_QUESTION]
        self.asked, self.by_reply = asked, {}
        for u in asked:
            self.by_reply.setdefault(plain(u['reply']), []).append(u)
        self.code, self.mel = Table('assistant', 'code', 1, where), Table('assistant', 'mel', 4, where)
        self.near, self.near_weight = nearest_codes(self.training, self.code, self.mel)
        self.like = self.near.tolist()

    def history(self, codes: list[int]) -> list[int]:
        """The codes as the branch might have said them itself."""
        if self.rng.random() > DISTURBED:
            return codes
        r = self.rng
        return [(r.choice(self.like[c]) if r.random() < .5 else r.randrange(CODES)) if r.random() < DISTURBED_CODES else c
                for c in codes]

    def questions(self, batch: list[dict]) -> list[dict | None]:
        """Which spoken question comes before each utterance."""
        def choose(u: dict) -> dict | None:
            if not self.asked or u['source'] == 'list' or self.rng.random() > AFTER_QUESTION:
                return None
            return self.rng.choice(self.by_reply.get(plain(u['text']), self.asked))

        return [choose(u) for u in batch]

    @torch.no_grad()
    def features(self, questions: list[dict]) -> list[torch.Tensor]:
        lengths = codes_of(questions, self.where)
        with half(self.where):
            found = self.hearing(self.upper.padded(questions, torch.bfloat16), lengths)
        return [f[:n].float() for f, n in zip(found, lengths)]

    def rows(self, batch: list[dict]) -> list[SpokenRow]:
        """One row of each utterance."""
        questions = self.questions(batch)
        features = iter(self.features([q for q in questions if q]) if any(questions) else [])
        out = []
        for u, q in zip(batch, questions):
            row, codes = Row(), self.code.of(u).flatten().tolist()
            if q:
                row.user_speech(self.user_code.of(q).flatten().tolist(), next(features))
            first, ids = len(row), list(token_ids(u['text'])) + [SPECIAL['text_eos']]
            n = len(codes) + DELAY
            row.ask()
            row.add([BLANK] * DELAY + [FIRST_CODE + c for c in self.history(codes)], (ids + [BLANK] * n)[:n])
            out.append(SpokenRow(row, first, len(ids) - 1, codes))
        return out


def trained_hearing(hearing: Hearing) -> Hearing:
    """Hearing as it was tuned beside the language model, or before that."""
    for stage in ('language', 'hearing'):
        saved = checkpoint(stage)
        if saved and 'hearing' in saved['modules']:
            hearing.load_state_dict(saved['modules']['hearing'])
            return hearing
    return hearing
