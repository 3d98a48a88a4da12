"""CTC beside replies and transcriptions: hearing goes on pointing at the tokens of what was said while the language model, which
reads its features, teaches it."""
import random
from collections.abc import Iterable

import torch
import torch.nn.functional as F

from recipe.common.smollm2 import EmbeddingSpace, token_ids
from recipe.hearing.model import TokenScores, is_scorable
from recipe.hearing.train import SCALE_END, ctc

OTHERS = 4000  # tokens that a batch's own are told from, drawn anew each time: a quarter of the cost of all


class Pointing:
    """Scores directions against a batch's tokens and others of the vocabulary."""
    def __init__(self, space: EmbeddingSpace, texts: Iterable[str], where: torch.device, seed: int) -> None:
        self.space, self.where, self.rng = space, where, random.Random(seed)
        self.vocabulary = sorted({t for text in texts if is_scorable(text) for t in token_ids(text)})

    def __call__(self, directions: torch.Tensor, texts: list[str], lengths: torch.Tensor) -> torch.Tensor:
        """directions [b, t, 576], lengths [b] in codes -> the mean loss of a token"""
        said = [i for i, text in enumerate(texts) if is_scorable(text)]
        if not said:
            return directions.new_zeros(())
        own = {t for i in said for t in token_ids(texts[i])}
        others = self.rng.sample(self.vocabulary, min(len(self.vocabulary), OTHERS))
        scorer = TokenScores(self.space, sorted(own.union(others))).to(self.where)
        scores = scorer(directions[said].bfloat16(), SCALE_END)
        return ctc(scores, [scorer.numbers(texts[i]) for i in said], lengths[said])
