"""SnakeBeta between 12-tap anti-alias filters.

On a CPU in C++ (antialias.cpp), which makes the filters nearly free; elsewhere in PyTorch.
"""
import ctypes
import functools
import math
import subprocess

import torch
import torch.nn.functional as F
from torch import nn

from recipe.common.places import HOME, RECIPE


def lowpass_taps(cutoff: float = .25, half_width: float = .3, taps: int = 12) -> torch.Tensor:
    """Kaiser-windowed sinc, of sum 1."""
    attenuation = 2.285 * (taps // 2 - 1) * math.pi * 4 * half_width + 7.95
    window = torch.kaiser_window(taps, beta=.1102 * (attenuation - 8.7), periodic=False, dtype=torch.float64)
    t = torch.arange(-(taps // 2), taps // 2) + .5
    f = 2 * cutoff * window * torch.sinc(2 * cutoff * t.double())
    return (f / f.sum()).float()


@functools.cache
def library() -> ctypes.CDLL:
    """The compiled routine; built on first use."""
    path = HOME / 'antialias.so'
    if not path.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        subprocess.run([
            'g++', '-O3', '-march=native', '-ffast-math', '-fopenmp-simd', '-shared', '-fPIC',
            str(RECIPE / 'vocoder' / 'antialias.cpp'), '-o',
            str(path)
        ],
                       check=True)
    return ctypes.CDLL(str(path))


def address(t: torch.Tensor) -> ctypes.c_void_p:
    return ctypes.c_void_p(t.data_ptr())


class FastSnake(torch.autograd.Function):
    """x [b, c, n], a [c], 1/b [c], 32-bit floats on the CPU."""
    @staticmethod
    def forward(ctx, x, a, inverse_b, taps):
        x = x.contiguous()
        out = torch.empty_like(x)
        library().snake_forward(*map(address, (x, out, a, inverse_b, taps)), x.shape[0] * x.shape[1], x.shape[1], x.shape[2])
        ctx.save_for_backward(x, a, inverse_b, taps)
        return out

    @staticmethod
    def backward(ctx, grad):
        x, a, inverse_b, taps = ctx.saved_tensors
        (b, c, n), grad = x.shape, grad.contiguous()
        gx, ga, gb = torch.empty_like(x), torch.empty(b, c), torch.empty(b, c)
        library().snake_backward(*map(address, (x, grad, gx, ga, gb, a, inverse_b, taps)), b * c, c, n)
        return gx, ga.sum(0), gb.sum(0), None


def plain_snake(x: torch.Tensor, a: torch.Tensor, inverse_b: torch.Tensor, taps: torch.Tensor) -> torch.Tensor:
    """The same in PyTorch."""
    c = x.shape[1]
    w = taps.to(x.dtype)[None, None].expand(c, 1, 12)
    y = 2 * F.conv_transpose1d(F.pad(x, (5, 5), mode='replicate'), w, stride=2, groups=c)[..., 15:-15]
    y = y + torch.sin(y * a[None, :, None])**2 * inverse_b[None, :, None]
    return F.conv1d(F.pad(y, (5, 6), mode='replicate'), w, stride=2, groups=c)


class SnakeParameters(nn.Module):
    """Logarithms of frequency and size."""
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha, self.beta = nn.Parameter(torch.zeros(channels)), nn.Parameter(torch.zeros(channels))


class Activation(nn.Module):
    """x + sin²(a x) / b at twice the rate."""
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.act = SnakeParameters(channels)
        self.register_buffer('taps', lowpass_taps(), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a, inverse_b = self.act.alpha.exp(), 1 / (self.act.beta.exp() + 1e-9)
        if x.device.type == 'cpu' and x.dtype == torch.float32:
            return FastSnake.apply(x, a, inverse_b, self.taps)
        return plain_snake(x, a.to(x.dtype), inverse_b.to(x.dtype), self.taps)
