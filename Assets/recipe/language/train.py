"""Trains replying: attention and norms of the text branch, the final norm, and from speech on hearing as well.

Trunk, perceptrons and embeddings keep SmolLM2's own weights. The first third of the budget is text (70 % plain, 30 % simulated
speech), the rest four batches of speech to one of text.
in : TEXTS/questions.jsonl; PARTS/codebook.pt, hearing.pt; FEATURES/user upper, code, FEATURES/assistant code
out: PARTS/language.pt (modules model: what was trained, hearing)
usage: python -m recipe.language.train --total MINUTES [--limit MINUTES] [--text-only] [--text-share 0] [--rate .5]
"""
import torch
import torch.nn.functional as F

from recipe.common import whisper
from recipe.common.held_out import plain
from recipe.common.smollm2 import EmbeddingSpace, decoded
from recipe.common.training import Budget, Trainer, checkpoint, device, half
from recipe.hearing.model import Hearing
from recipe.language.examples import SpeechExamples, TextExamples
from recipe.language.model import (BLANK, FIRST_CODE, LAYERS, SPECIAL, TRUNK, AudioLanguageModel, empty_keys, released)
from recipe.language.rows import NO_TARGET, Row, packed

RATE, ADAPTOR_RATE, WHISPER_RATE = 5e-4, 5e-4, 1e-4
POINTING = .3  # weight of CTC beside the text head's loss
TEXT_BATCH, SPEECH_BATCH = dict(cpu=40, cuda=192), dict(cpu=16, cuda=96)
TEXT_SHARE, SPEECH_OF_FIVE = 1 / 3, 4  # speech: batches of five after the first third
VALIDATED, UNHEARD = dict(cpu=24, cuda=60), 64  # questions; free sentences to be transcribed


def trained_names(model: AudioLanguageModel) -> set[str]:
    """Attention and norms of the text branch, and the final norm."""
    return {
        k
        for k, _ in model.named_parameters()
        if k == 'norm.weight' or k.startswith('layers.') and int(k.split('.')[1]) >= TRUNK and '.mlp.' not in k
    }


def frozen_in_half(model: AudioLanguageModel, names: set[str]) -> None:
    """What is not trained needs no gradient, and its matrices no 32 bits."""
    for k, p in model.named_parameters():
        p.requires_grad_(k in names)
    for layer in model.layers:
        layer.mlp.bfloat16()
    for layer in model.layers[:TRUNK]:
        layer.self_attn.bfloat16()


def text_loss(model: AudioLanguageModel, head: torch.Tensor, rows: list[Row],
              where: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """-> cross-entropy at the targets, share of right ones"""
    audio, text, target, features, continuous = packed(rows, where)
    e = model.embed(audio, text, features, continuous).bfloat16()
    positions = torch.arange(audio.shape[1], device=where)[None].expand(len(rows), -1)
    with half(where):
        with torch.set_grad_enabled(torch.is_grad_enabled() and e.requires_grad):
            x = model.trunk(e, positions)
        h = model.text(x, positions)
    counts = target != NO_TARGET
    scores = F.linear(h[counts].bfloat16(), head).float()
    return F.cross_entropy(scores, target[counts]), (scores.argmax(-1) == target[counts]).float().mean()


@torch.no_grad()
def generated(model: AudioLanguageModel, head: torch.Tensor, prompt: Row, where: torch.device, most: int = 40) -> str:
    """Greedy reply of the text branch."""
    audio, text, _, features, continuous = packed([prompt], where)
    keys, said = empty_keys(LAYERS), []
    e = model.embed(audio, text, features, continuous).bfloat16()
    positions = torch.arange(audio.shape[1], device=where)[None]
    with half(where):
        for _ in range(most):
            h = model.text(model.trunk(e, positions, keys), positions, keys)
            token = int(F.linear(h[:, -1].bfloat16(), head).argmax())
            if token == SPECIAL['text_eos']:
                break
            said.append(token)
            positions = positions[:, -1:] + 1
            e = model.embed(torch.tensor([[BLANK]], device=where), torch.tensor([[token]], device=where)).bfloat16()
    return decoded(said)


def is_right(reply: str, key: str) -> bool:
    """Whether the key words are in the reply."""
    return f' {plain(key)} ' in f' {plain(reply)} '


def main() -> None:
    budget, a = Budget.from_arguments(__doc__,
                                      text_only=dict(action='store_true'),
                                      text_share=dict(type=float, default=TEXT_SHARE, help='of the budget, before any speech'),
                                      rate=dict(type=float, default=1., help='times the learning rates: less to train on'))
    where = device()
    model = released(checkpoint('codebook')['modules']['codebook']['embedding'])
    names = trained_names(model)
    frozen_in_half(model, names)
    model.to(where)
    head = model.embed_tokens.weight[:FIRST_CODE].detach().bfloat16()
    hearing = Hearing(whisper.load(), EmbeddingSpace())
    heard = checkpoint('hearing')
    if heard:  # a start: once there is a language part, its own hearing has learnt on and takes this one's place below
        hearing.load_state_dict(heard['modules']['hearing'])
    elif not a.text_only:
        raise SystemExit('there is no hearing yet: run.sh hearing')
    hearing.to(where)
    whisper_layers = list(hearing.layers.parameters()) + list(hearing.layer_norm.parameters())
    trainer = Trainer('language',
                      dict(model=model, hearing=hearing), [
                          dict(params=[p for p in model.parameters() if p.requires_grad], lr=a.rate * RATE, weight_decay=0.),
                          dict(params=list(hearing.adaptor.parameters()), lr=a.rate * ADAPTOR_RATE, weight_decay=0.),
                          dict(params=whisper_layers, lr=a.rate * WHISPER_RATE, weight_decay=0.)
                      ],
                      budget,
                      warmup=40,
                      kept=names | set(hearing.state_dict()))
    texts = TextExamples(where, trainer.step)
    speech = None if a.text_only else SpeechExamples(where, hearing, trainer.step)

    def losses() -> dict[str, torch.Tensor]:
        spoken = speech is not None and bool(speech.spoken) and trainer.progress >= a.text_share and trainer.step % 5 < SPEECH_OF_FIVE
        rows = speech.batch(SPEECH_BATCH[where.type]) if spoken else texts.batch(TEXT_BATCH[where.type])
        loss, right = text_loss(model, head, rows, where)
        if not spoken:
            return dict(loss=loss, text=loss, text_right=right)
        alone = speech.pointed_alone()
        together = loss + POINTING * (speech.pointed + alone)
        return dict(loss=together, speech=loss, speech_right=right, pointed=speech.pointed, pointed_alone=alone)

    def validate() -> dict[str, float]:
        chosen = texts.tests[:VALIDATED[where.type]]
        replies = [generated(model, head, texts.row(q, False, reply=False), where) for q in chosen]
        right = sum(is_right(r, q['key']) for r, q in zip(replies, chosen)) / max(1, len(chosen))
        found = dict(replies_right=right, questions=len(chosen))
        if speech and speech.unheard:
            loss, share = text_loss(model, head, speech.unheard_rows(UNHEARD), where)
            found |= dict(unheard=float(loss), unheard_right=float(share))
        return found

    trainer.run(losses, validate)


if __name__ == '__main__':
    main()
