"""BigVGAN's generator at a small size, with the released tensor names.

in : mel [b, 80, n] (natural logarithm, 50 frames a second);  out: sound [b, 480 n] at 24 kHz
"""
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from recipe.common.training import checkpoint
from recipe.vocoder.activation import Activation

CONFIG = dict(num_mels=80,
              sampling_rate=24000,
              hop_size=480,
              n_fft=1920,
              win_size=1920,
              fmin=0,
              fmax=8000,
              upsample_initial_channel=256,
              upsample_rates=[5, 4, 4, 3, 2],
              upsample_kernel_sizes=[11, 8, 8, 7, 4],
              resblock='1',
              resblock_kernel_sizes=[3, 7],
              resblock_dilation_sizes=[[1, 3], [1, 3]],
              activation='snakebeta',
              snake_logscale=True,
              use_tanh_at_final=False,
              use_bias_at_final=False)


class ResidualBlock(nn.Module):
    """Pairs of a dilated and a plain convolution."""
    def __init__(self, channels: int, kernel: int, dilations: list[int]) -> None:
        super().__init__()

        def convolution(d: int) -> nn.Module:
            return weight_norm(nn.Conv1d(channels, channels, kernel, dilation=d, padding=(kernel * d - d) // 2))

        self.convs1 = nn.ModuleList(convolution(d) for d in dilations)
        self.convs2 = nn.ModuleList(convolution(1) for _ in dilations)
        self.activations = nn.ModuleList(Activation(channels) for _ in range(2 * len(dilations)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for j, (first, second) in enumerate(zip(self.convs1, self.convs2)):
            x = x + second(self.activations[2 * j + 1](first(self.activations[2 * j](x))))
        return x


class Generator(nn.Module):
    """Five steps from 50 to 24 000 values a second."""
    def __init__(self, config: dict = CONFIG) -> None:
        super().__init__()
        self.config = dict(config)
        channels, kernels = config['upsample_initial_channel'], config['resblock_kernel_sizes']
        self.blocks_a_stage = len(kernels)
        self.conv_pre = weight_norm(nn.Conv1d(config['num_mels'], channels, 7, padding=3))
        self.ups, self.resblocks = nn.ModuleList(), nn.ModuleList()
        for rate, kernel in zip(config['upsample_rates'], config['upsample_kernel_sizes']):
            up = nn.ConvTranspose1d(channels, channels // 2, kernel, rate, padding=(kernel - rate) // 2)
            self.ups.append(nn.ModuleList([weight_norm(up)]))
            channels //= 2
            self.resblocks.extend(ResidualBlock(channels, k, d) for k, d in zip(kernels, config['resblock_dilation_sizes']))
        self.activation_post = Activation(channels)
        self.conv_post = weight_norm(nn.Conv1d(channels, 1, 7, padding=3, bias=config['use_bias_at_final']))

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        x, n = self.conv_pre(mel), self.blocks_a_stage
        for i, up in enumerate(self.ups):
            x = up[0](x)
            x = sum(block(x) for block in self.resblocks[i * n:(i + 1) * n]) / n
        x = self.conv_post(self.activation_post(x))[:, 0]
        return x if self.training else x.clamp(-1, 1)  # a clamp has no gradient outside


def load() -> Generator:
    """The trained generator: the average of its weights."""
    saved = checkpoint('vocoder')
    if saved is None:
        raise SystemExit('there is no vocoder yet: run.sh vocoder')
    generator = Generator(saved['about'].get('config', CONFIG)).eval()
    generator.load_state_dict(saved['average'])
    return generator
