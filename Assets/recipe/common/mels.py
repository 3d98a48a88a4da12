"""The two log-mel spectra: Whisper's at 16 kHz, and the vocoder's at 24 kHz, each as the engine computes it."""
import functools
import math

import torch
import torch.nn.functional as F

VOCODER_FFT, VOCODER_HOP = 1920, 480


@functools.cache
def bank(rate: int, n_fft: int, bands: int, high: float | None = None) -> torch.Tensor:
    """Slaney's mel filters `[bands, n_fft/2 + 1]`: triangles of equal area, linear below 1000 Hz and logarithmic above."""
    octave = math.log(6.4) / 27

    def hertz(mel: torch.Tensor) -> torch.Tensor:
        return torch.where(mel < 15, mel * 200 / 3, 1000 * torch.exp(octave * (mel - 15)))

    top = high or rate / 2
    last = 15 + math.log(top / 1000) / octave if top >= 1000 else top * 3 / 200
    edges, f = hertz(torch.linspace(0, last, bands + 2, dtype=torch.double)), torch.linspace(0,
                                                                                             rate / 2,
                                                                                             n_fft // 2 + 1,
                                                                                             dtype=torch.double)
    rising = (f[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - f[None]) / (edges[2:] - edges[1:-1])[:, None]
    return (torch.minimum(rising, falling).clamp(min=0) * 2 / (edges[2:] - edges[:-2])[:, None]).float()


def whisper_mel(wave: torch.Tensor) -> torch.Tensor:
    """16 kHz wave [n] -> [80, n // 160], with Whisper's floor 8 below the loudest value."""
    power = torch.stft(wave, 400, 160, window=torch.hann_window(400), return_complex=True)[..., :-1].abs()**2
    mel = torch.clamp(bank(16000, 400, 80) @ power, min=1e-10).log10()
    return (torch.maximum(mel, mel.max() - 8.0) + 4) / 4


def vocoder_mel(wave: torch.Tensor) -> torch.Tensor:
    """24 kHz wave [b, 480 n] -> natural-log mel [b, 80, n], 50 frames a second."""
    x = F.pad(wave[:, None], ((VOCODER_FFT - VOCODER_HOP) // 2, ) * 2, mode='reflect')[:, 0]
    window = torch.hann_window(VOCODER_FFT, device=wave.device)
    s = torch.stft(x, VOCODER_FFT, VOCODER_HOP, VOCODER_FFT, window, center=False, return_complex=True)
    magnitude = torch.sqrt(s.real**2 + s.imag**2 + 1e-9)
    return torch.log((bank(24000, VOCODER_FFT, 80, 8000.).to(wave.device) @ magnitude).clamp(min=1e-5))
