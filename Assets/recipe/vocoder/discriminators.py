"""Light discriminators, by period and by spectrum, and the mel loss over five scales."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from recipe.common.mels import bank

SCALES = ((128, 20), (256, 40), (512, 60), (1024, 80), (2048, 100))
Judgement = tuple[torch.Tensor, list[torch.Tensor]]


class PeriodDiscriminator(nn.Module):
    """Looks at every `period`-th sample."""
    def __init__(self, period: int, c: int = 16) -> None:
        super().__init__()
        self.period, channels = period, [1, c, 2 * c, 4 * c, 4 * c]
        self.convs = nn.ModuleList(weight_norm(nn.Conv2d(a, b, (5, 1), (3, 1), (2, 0))) for a, b in zip(channels, channels[1:]))
        self.post = weight_norm(nn.Conv2d(channels[-1], 1, (3, 1), 1, (1, 0)))

    def forward(self, x: torch.Tensor) -> Judgement:
        x, features = F.pad(x[:, None], (0, -x.shape[1] % self.period), mode='reflect').unflatten(2, (-1, self.period)), []
        for convolution in self.convs:
            x = F.leaky_relu(convolution(x), .1)
            features.append(x)
        return self.post(x).flatten(1), features


class SpectralDiscriminator(nn.Module):
    """Looks at a log spectrum of n samples a window."""
    def __init__(self, n: int, c: int = 8) -> None:
        super().__init__()
        self.n = n
        shapes = [((3, 9), (1, 2), (1, 4))] * 3 + [((3, 3), (1, 1), (1, 1))]
        self.convs = nn.ModuleList(weight_norm(nn.Conv2d(1 if i == 0 else c, c, *s)) for i, s in enumerate(shapes))
        self.post = weight_norm(nn.Conv2d(c, 1, 3, 1, 1))
        self.register_buffer('window', torch.hann_window(n), persistent=False)

    def forward(self, x: torch.Tensor) -> Judgement:
        s = torch.stft(x, self.n, self.n // 4, self.n, self.window, return_complex=True)
        x, features = torch.log(torch.sqrt(s.real**2 + s.imag**2 + 1e-9) + 1e-3).transpose(1, 2)[:, None], []
        for convolution in self.convs:
            x = F.leaky_relu(convolution(x), .1)
            features.append(x)
        return self.post(x).flatten(1), features


class Discriminators(nn.Module):
    """All of them."""
    def __init__(self, periods: tuple = (2, 3, 5, 7), windows: tuple = (512, 1024)) -> None:
        super().__init__()
        self.all = nn.ModuleList([PeriodDiscriminator(p) for p in periods] + [SpectralDiscriminator(n) for n in windows])

    def forward(self, x: torch.Tensor) -> list[Judgement]:
        return [d(x) for d in self.all]


def log_mel(x: torch.Tensor, n: int, bands: int) -> torch.Tensor:
    """Log-mel spectrum at one scale."""
    s = torch.stft(x, n, n // 4, n, torch.hann_window(n, device=x.device), return_complex=True)
    return torch.log10((bank(24000, n, bands).to(x.device) @ torch.sqrt(s.real**2 + s.imag**2 + 1e-10)).clamp(min=1e-5))


def mel_loss(made: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """Mean differences of the log-mel spectra, summed over the scales; sounds [b, n]."""
    return sum((log_mel(made, n, b) - log_mel(true, n, b).detach()).abs().mean() for n, b in SCALES)
