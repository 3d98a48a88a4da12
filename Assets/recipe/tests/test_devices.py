"""The networks run on CUDA as on a CPU: devices and number formats are followed through with tensors that have no numbers, so that no
GPU is needed. (CTC itself asks for a driver and is left out.)"""
import unittest
from unittest import mock

from recipe.tests import corpus  # noqa: F401  (its folder comes first)

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.symbolic_shapes import ShapeEnv

from recipe.branch.rows import SpokenRow
from recipe.branch.train import targets
from recipe.common.training import half
from recipe.common.whisper import Encoder
from recipe.detokenizer.mels import made_mels
from recipe.detokenizer.model import FlowMatching
from recipe.detokenizer.train import flow_loss
from recipe.hearing.model import Hearing, TokenScores
from recipe.language import model as language
from recipe.language import rows
from recipe.language.rows import Row, packed
from recipe.language.train import frozen_in_half, text_loss, trained_names
from recipe.tokenizer.model import Heads, OwnLayers, Quantiser, k_means, log_mel_scale, relaxed_metric
from recipe.vocoder.discriminators import Discriminators, mel_loss as spectral_loss
from recipe.vocoder.model import Generator

CUDA = torch.device('cuda')


def moved(self: nn.Module, change, recurse: bool = True) -> nn.Module:
    """nn.Module._apply for tensors without numbers, which cannot be changed in place."""
    for child in self.children():
        child._apply(change)
    for k, p in self._parameters.items():
        if p is not None:
            self._parameters[k] = nn.Parameter(change(p.detach()), requires_grad=p.requires_grad)
    for k, b in self._buffers.items():
        if b is not None:
            self._buffers[k] = change(b)
    return self


class Space:
    """An embedding space of the right size."""
    def __init__(self) -> None:
        self.mean, self.length, self.rows = torch.zeros(576), 2., torch.zeros(49152, 576)


class OnCUDA(unittest.TestCase):
    def setUp(self):
        for patch in (mock.patch.object(nn.Module, '_apply',
                                        moved), mock.patch('torch.cuda.is_bf16_supported', lambda *a, **k: True),
                      mock.patch('torch.cuda.amp.common.amp_definitely_not_available',
                                 lambda: False), mock.patch.object(rows, 'token_ids', lambda text: (5, 6, 7)),
                      mock.patch('recipe.hearing.model.token_ids', lambda text: (3, 4)), FakeTensorMode(shape_env=ShapeEnv())):
            patch.__enter__()
            self.addCleanup(patch.__exit__, None, None, None)

    def on_cuda(self, *tensors: torch.Tensor) -> None:
        self.assertEqual({t.device.type for t in tensors}, {'cuda'})

    def test_tokenizer(self):
        own, quantiser, heads = OwnLayers(Encoder()).to(CUDA), Quantiser().to(CUDA), Heads().to(CUDA)
        valid = torch.arange(12, device=CUDA)[None] < torch.tensor([12, 9], device=CUDA)[:, None]
        with half(CUDA):
            self.assertTrue(torch.is_autocast_enabled('cuda'))
            h = own(torch.empty(2, 48, 512, device=CUDA, dtype=torch.bfloat16), torch.tensor([15000, 11000], device=CUDA))
        z = quantiser.projection(h)
        self.assertEqual(z.dtype, torch.float32)  # codes are decided in 32 bits
        codes = quantiser.nearest(z.flatten(0, 1)).view(valid.shape)
        with half(CUDA):
            self.on_cuda(heads.letter_scores(z), quantiser.rows[codes])
            self.on_cuda((heads.mel_frames(z).float() - log_mel_scale(torch.empty(2, 48, 80, device=CUDA))).abs())

    def test_tokenizer_start(self):
        h, mel = torch.empty(900, 512, device=CUDA), torch.empty(900, 320, device=CUDA)
        self.on_cuda(*relaxed_metric(h, mel, 128))
        with mock.patch('recipe.tokenizer.model.torch.randint',
                        lambda n, size, device: torch.zeros(1, dtype=torch.long, device=device)):
            self.on_cuda(k_means(torch.empty(900, 128, device=CUDA), 64, 0))

    def test_hearing(self):
        hearing, scores = Hearing(Encoder(), Space()).to(CUDA), TokenScores(Space(), [5, 6, 7]).to(CUDA)
        with half(CUDA):
            top = hearing.states(torch.empty(2, 48, 512, device=CUDA).bfloat16(), torch.tensor([12, 9], device=CUDA))
            self.on_cuda(scores(hearing.adaptor.direction(top).bfloat16(), 2.), hearing.adaptor(top))

    def test_language(self):
        model = language.AudioLanguageModel()
        frozen_in_half(model, trained_names(model))
        model.to(CUDA)
        head = model.embed_tokens.weight[:language.FIRST_CODE].detach().bfloat16()
        asked = Row().user_speech([1, 2, 3], torch.zeros(3, 576, device=CUDA)).reply('a')
        second = Row().user_text('a').past_reply('b', [1, 2]).user_text('c').reply('d')
        self.on_cuda(*text_loss(model, head, [asked, second], CUDA))

    def test_branch(self):
        model = language.AudioLanguageModel()
        del model.layers[language.TRUNK:]
        for layer in model.layers:
            layer.bfloat16()
        model.to(CUDA)
        row = Row().user_speech([1, 2, 3], torch.zeros(3, 576, device=CUDA))
        first = len(row)
        row.ask().add([language.BLANK] * 6 + [language.FIRST_CODE] * 4, [5, 6, 7] + [language.BLANK] * 7)
        audio, text, _, features, continuous = packed([row], CUDA)
        wanted, penalty, guided = (x.to(CUDA) for x in targets([SpokenRow(row, first, 2, [1, 2, 3, 4])], len(row)))
        positions = torch.arange(len(row), device=CUDA)[None]
        with half(CUDA):
            x = model.trunk(model.embed(audio, text, features, continuous).bfloat16(), positions)
            h, attention = model.audio(x, positions, guided=2)
            self.on_cuda(model.mimo_output(h), (attention[:, :3].float().mean(1) * penalty).sum(-1) * guided, wanted)

    def test_detokenizer(self):
        model, code = FlowMatching().to(CUDA), torch.zeros(2, 28, dtype=torch.long, device=CUDA)
        mask = torch.zeros(2, 1, 112, 112, device=CUDA).bfloat16()
        clean, weight = torch.zeros(2, 112, dtype=torch.bool, device=CUDA), torch.ones(2, 112, device=CUDA)
        self.on_cuda(flow_loss(model, torch.empty(2, 112, 80, device=CUDA), code, torch.rand(2, device=CUDA), clean, mask,
                               weight))
        self.on_cuda(made_mels(model, code, torch.tensor([28, 20], device=CUDA), 3, .4))

    def test_vocoder(self):
        wave = Generator().to(CUDA)(torch.empty(2, 80, 24, device=CUDA))
        self.on_cuda(wave, spectral_loss(wave, torch.empty(2, 24 * 480, device=CUDA)),
                     *(j for j, _ in Discriminators().to(CUDA)(wave)))


if __name__ == '__main__':
    unittest.main()
