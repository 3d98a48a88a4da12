"""The network that hears whether somebody speaks; Sources/Audio/Listening/SpeechNetwork.swift does the same, frame by frame."""
import torch
from torch import nn

from recipe.turns.features import WIDTH

CHANNELS = 40
TAPS = 3  # of the first layer
LAYERS = 7  # each looks twice as far back as the one before it: 1.3 s together
LOOK_AHEAD = 5  # frames: what comes out with frame t is about frame t - 5


class SpeechNetwork(nn.Module):
    """[batch, frames, 66] -> [batch, frames] logits; 31 k parameters. It never sees later frames: the labels are delayed."""
    def __init__(self) -> None:
        super().__init__()
        self.front = nn.Conv1d(WIDTH, CHANNELS, TAPS)
        self.back = nn.ModuleList(nn.Conv1d(CHANNELS, CHANNELS, 2, dilation=2**k) for k in range(LAYERS))
        self.out = nn.Conv1d(CHANNELS, 1, 1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        h = torch.relu(self.front(nn.functional.pad(features.transpose(1, 2), (TAPS - 1, 0))))
        for k, layer in enumerate(self.back):
            h = h + torch.relu(layer(nn.functional.pad(h, (2**k, 0))))
        return self.out(h)[:, 0]
