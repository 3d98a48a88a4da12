"""The vocoder: log-mel to 24 kHz sound (BigVGAN)."""
