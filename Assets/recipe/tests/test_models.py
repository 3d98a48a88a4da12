"""The networks do what the engine does: layout of rows, causality, code book, chunks, anti-alias filter."""
import random
import unittest
from types import SimpleNamespace
from unittest import mock

from recipe.tests import corpus  # noqa: F401  (its folder comes first)

import torch

from recipe.common import whisper
from recipe.common.words import edits, word_error
from recipe.detokenizer.model import FlowMatching, stream
from recipe.hearing.model import FROZEN, Hearing
from recipe.hearing.train import moved_back
from recipe.language import model as language
from recipe.language import rows
from recipe.language.examples import SpeechExamples
from recipe.language.pointing import Pointing
from recipe.language.rows import Row
from recipe.tokenizer.fold import fold
from recipe.tokenizer.model import Quantiser, attention_mask, k_means, nearest_row, relaxed_metric
from recipe.vocoder.activation import FastSnake, lowpass_taps, plain_snake

WORDS = {'what is it': (5, 6, 7), 'it is this': (8, 9, 10, 11), '': ()}
B, S = language.BLANK, language.SPECIAL


class Layout(unittest.TestCase):
    """Rows are laid out as the engine lays out prompts."""
    def setUp(self):
        patch = mock.patch.object(rows, 'token_ids', lambda text: WORDS[text])
        patch.start()
        self.addCleanup(patch.stop)

    def test_text_question(self):
        row = Row().user_text('what is it').reply('it is this')
        self.assertEqual(row.audio[:6], [S['user_msg_start'], B, B, B, S['msg_end'], S['assistant_msg_start']])
        self.assertEqual(row.text, [B, 5, 6, 7, B, B, 8, 9, 10, 11])
        self.assertEqual(row.target, [-100] * 5 + [8, 9, 10, 11, S['text_eos']])

    def test_spoken_question_with_instruction(self):
        row = Row().user_speech([3, 4], torch.zeros(2, 576), 'what is it')
        first = language.FIRST_CODE
        self.assertEqual(
            row.audio,
            [S['user_msg_start'], B, B, B, S['media_begin'], first + 3, first + 4, S['media_end'], S['speech_ct'], S['msg_end']])
        self.assertEqual(row.text, [B, 5, 6, 7] + [B] * 6)
        self.assertEqual(row.features[0][0], 5)

    def test_past_reply_runs_six_steps_behind(self):
        row = Row().past_reply('it is this', [1, 2, 3])
        first = language.FIRST_CODE
        self.assertEqual(row.audio, [S['assistant_msg_start']] + [B] * 6 + [first + 1, first + 2, first + 3, S['msg_end']])
        self.assertEqual(row.text, [B, 8, 9, 10, 11] + [B] * 6)

    def test_interrupted_reply_is_cut_in_both_streams(self):
        row = Row().past_reply('it is this', [1, 2, 3, 4], .5)
        self.assertEqual([c for c in row.audio if c >= language.FIRST_CODE], [language.FIRST_CODE + c for c in (1, 2)])
        self.assertEqual([t for t in row.text if t != B], [8, 9])

    def test_packing(self):
        a, b = Row().user_speech([3, 4], torch.ones(2,
                                                    576)).reply('it is this'), Row().user_text('what is it').reply('it is this')
        audio, text, target, features, continuous = rows.packed([a, b], torch.device('cpu'))
        self.assertEqual(audio.shape, (2, len(a)))
        self.assertEqual(continuous.sum().item(), 2)
        self.assertTrue((features[continuous] == 1).all() and (features[~continuous] == 0).all())


class Beside(unittest.TestCase):
    """Hearing goes on pointing at the tokens of what was said while the language model teaches it."""
    IDS = {'what is it': (5, 6, 7), ' ': (0, ), 'a blank in it': (5, 0)}

    def setUp(self):
        for place in ('hearing.model', 'language.pointing'):
            patch = mock.patch(f'recipe.{place}.token_ids', lambda text: self.IDS[text])
            patch.start()
            self.addCleanup(patch.stop)
        self.rows = torch.nn.functional.normalize(torch.randn(9, 576, generator=torch.Generator().manual_seed(1)), dim=1)
        space = SimpleNamespace(rows=self.rows)
        self.pointing = Pointing(space, ['what is it', 'a blank in it'], torch.device('cpu'), 0)

    def loss(self, path: tuple[int, ...], texts: list[str]) -> torch.Tensor:
        directions = (24 * self.rows[list(path)]).expand(len(texts), -1, -1).clone().requires_grad_()
        loss = self.pointing(directions, texts, torch.full((len(texts), ), len(path)))
        loss.backward()
        self.assertGreater(directions.grad.abs().sum().item(), 0)
        return loss

    def test_the_order_said_costs_nothing_and_another_much(self):
        self.assertLess(self.loss((0, 5, 0, 6, 7), ['what is it']).item(), .01)
        self.assertGreater(self.loss((0, 7, 0, 6, 5), ['what is it']).item(), 3)

    def test_what_cannot_be_scored_is_left_out(self):
        alone, beside = (self.loss((0, 5, 0, 6, 7), texts).item() for texts in (['what is it'], ['what is it', 'a blank in it']))
        self.assertEqual(alone, beside)


    def test_the_features_teach_the_whisper_layers(self):
        speech = SpeechExamples.__new__(SpeechExamples)
        space = SimpleNamespace(mean=torch.zeros(576), length=2.)
        speech.where, speech.hearing, speech.pointing = torch.device('cpu'), Hearing(whisper.Encoder(), space), self.pointing
        speech.upper = SimpleNamespace(padded=lambda batch: torch.randn(len(batch), 20, 512))
        found, = speech.features([dict(text='what is it', codes=5)])
        self.assertEqual(found.shape, (5, 576))
        for loss in (found.sum(), speech.pointed):
            taught, = torch.autograd.grad(loss, speech.hearing.layers[0].fc1.weight, retain_graph=True)
            self.assertGreater(taught.abs().sum().item(), 0)


class Tokenizer(unittest.TestCase):
    def test_mask(self):
        mask = attention_mask(torch.tensor([320 * 250]), 400)[0, 0]
        self.assertTrue(mask[0, 199] and not mask[0, 200])  # its own block, not the next
        self.assertTrue(mask[210, 249] and not mask[210, 250])  # nothing behind the end
        self.assertTrue(mask[399, 0])

    def test_folded_book_decides_as_the_quantiser(self):
        torch.manual_seed(0)
        h = torch.randn(4000, 512) + 3 * torch.randn(512)
        h[:, 388] = 40.  # Whisper's states have a large, nearly constant direction
        weight, bias = torch.randn(32, 512) / 20, torch.randn(32)
        z = h @ weight.T + bias
        zeta = k_means(z, 64)
        rows_ = fold(h, weight, bias, zeta)
        self.assertGreater((nearest_row(h, rows_) == nearest_row(z, zeta)).float().mean().item(), .995)

    def test_metric_is_scaled(self):
        torch.manual_seed(0)
        h, mel = torch.randn(3000, 512), torch.randn(3000, 320)
        weight, bias = relaxed_metric(h, mel, 16)
        z = h @ weight.T + bias
        self.assertAlmostEqual(z.pow(2).mean().item(), 1., places=2)
        self.assertLess(z.mean(0).abs().max().item(), 1e-3)

    def test_quantiser_follows_its_members_and_revives_idle_rows(self):
        torch.manual_seed(0)
        q = Quantiser(8, 4).train()
        q.rows.copy_(torch.randn(8, 4) * 50), q.sums.copy_(q.rows)
        h, valid = torch.randn(4, 50, 512), torch.ones(4, 50, dtype=torch.bool)
        first = q(h, valid)[2].item()
        for _ in range(200):
            _, codes, commitment = q(h, valid, .9)
        self.assertLess(commitment.item(), first / 10)
        self.assertGreater(len(codes.unique()), 4)

    def test_gradient_passes_through(self):
        q = Quantiser(8, 4)
        h = torch.randn(1, 5, 512, requires_grad=True)
        q(h, torch.ones(1, 5, dtype=torch.bool))[0].sum().backward()
        self.assertGreater(h.grad.abs().sum().item(), 0)


class Ears(unittest.TestCase):
    def test_a_handed_on_part_moves_back_towards_the_released_layers(self):
        released, space = whisper.Encoder(), SimpleNamespace(length=1., mean=torch.zeros(576))
        tuned = Hearing(released, space)
        with torch.no_grad():
            tuned.layers[1].fc1.weight += 1.
        before = {k: v.clone() for k, v in tuned.state_dict().items()}
        saved = dict(modules=dict(hearing=tuned.state_dict()), optimiser=None)
        moved_back(saved, released, .25)
        after = saved['modules']['hearing']
        self.assertTrue(torch.allclose(after['layers.1.fc1.weight'], released.layers[FROZEN + 1].fc1.weight + .75, atol=1e-5))
        self.assertTrue(torch.equal(after['adaptor.layers.0.weight'], before['adaptor.layers.0.weight']))
        saved = dict(modules=dict(hearing=dict(before)), optimiser=dict(step=1))  # it goes on with its own training
        moved_back(saved, released, .25)
        self.assertTrue(torch.equal(saved['modules']['hearing']['layers.1.fc1.weight'], before['layers.1.fc1.weight']))


class Voice(unittest.TestCase):
    def test_flow_in_chunks_has_all_frames(self):
        model = FlowMatching(dict(dim=24, depth=2, heads=3, mels=80, semantic_vocab=16, repeat=4)).eval()
        codes = [random.Random(0).randrange(16) for _ in range(75)]
        self.assertEqual(stream(model, codes, points=3).shape, (300, 80))

    def test_history_does_not_see_the_noisy_part(self):
        model = FlowMatching(dict(dim=24, depth=2, heads=3, mels=80, semantic_vocab=16, repeat=4)).eval()
        torch.nn.init.normal_(model.final_layer.linear.weight)
        x, code = torch.randn(1, 24, 80), torch.zeros(1, 6, dtype=torch.long)
        see = torch.ones(24, 24, dtype=torch.bool)
        see[:12, 12:] = False
        mask = torch.zeros(1, 1, 24, 24).masked_fill(~see, -1e4)
        with torch.no_grad():
            a = model(x, torch.zeros(1, 6), code, 0, mask)[0]
            x[:, 12:] += 1
            b = model(x, torch.zeros(1, 6), code, 0, mask)[0]
        self.assertTrue(torch.allclose(a[:, :12], b[:, :12], atol=1e-5) and not torch.allclose(a[:, 12:], b[:, 12:]))

    def test_compiled_activation_equals_the_plain_one(self):
        torch.manual_seed(0)
        x, a, b = torch.randn(2, 3, 50, requires_grad=True), torch.rand(3) + .5, torch.rand(3) + .5
        taps = lowpass_taps()
        fast, plain = FastSnake.apply(x, a, b, taps), plain_snake(x, a, b, taps)
        self.assertLess((fast - plain).abs().max().item(), 1e-4)
        grads = [torch.autograd.grad(y.square().sum(), x, retain_graph=True)[0] for y in (fast, plain)]
        self.assertLess((grads[0] - grads[1]).abs().max().item(), 1e-3)


class Errors(unittest.TestCase):
    def test_edits(self):
        self.assertEqual(edits('kitten', 'sitting'), 3)
        self.assertEqual(edits([], ['a', 'b']), 2)
        self.assertAlmostEqual(word_error(['one two three'], ['one, three']), 1 / 3)


if __name__ == '__main__':
    unittest.main()
