"""The speech tokenizer (GLM-4-Voice's shape) and what trains it.

The first LOWER layers and the causal convolutions are Whisper base's own, shared with the acoustic encoder; OWN layers above them
are copies that are tuned. The mean of four frames is quantised. Training quantises in a space of DIMENSIONS directions
z = projection(h), with a code book that follows the mean of its members; `fold.py` then writes it as rows in the space of h.
"""
import torch
from torch import nn

from recipe.common.whisper import WIDTH, Encoder, EncoderLayer

LOWER, OWN = 2, 2
BLOCK, SAMPLES_A_FRAME, FRAMES_A_CODE = 200, 320, 4
CODES, DIMENSIONS = 4096, 128
LETTERS = " abcdefghijklmnopqrstuvwxyz'"


def attention_mask(samples: torch.Tensor, frames: int) -> torch.Tensor:
    """samples [b] true lengths -> bool [b, 1, frames, frames]: a frame sees its block of 4 s and everything before it, but
    nothing that begins behind the end."""
    i = torch.arange(frames, device=samples.device)
    reach = (i[None, :] <= i[:, None]) | (i[None, :] // BLOCK == i[:, None] // BLOCK)
    valid = i[None, :] * SAMPLES_A_FRAME < samples[:, None]
    return (reach[None] & valid[:, None, :])[:, None]


class OwnLayers(nn.Module):
    """States after the shared layers -> pooled states that are quantised."""
    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer() for _ in range(OWN))
        self.layers.load_state_dict({k: v.clone() for k, v in encoder.layers[LOWER:LOWER + OWN].state_dict().items()})

    def forward(self, lower: torch.Tensor, samples: torch.Tensor) -> torch.Tensor:
        """[b, 4t, 512] -> [b, t, 512]"""
        mask = attention_mask(samples, lower.shape[1])
        for layer in self.layers:
            lower = layer(lower, mask)
        return lower.float().unflatten(1, (-1, FRAMES_A_CODE)).mean(2)


class Quantiser(nn.Module):
    """Nearest row of a code book that follows the moving mean of its members."""
    def __init__(self, codes: int = CODES, dimensions: int = DIMENSIONS) -> None:
        super().__init__()
        self.projection = nn.Linear(WIDTH, dimensions)
        self.register_buffer('rows', torch.zeros(codes, dimensions))
        self.register_buffer('counts', torch.ones(codes))
        self.register_buffer('sums', torch.zeros(codes, dimensions))

    def nearest(self, z: torch.Tensor) -> torch.Tensor:
        """[n, d] -> [n]"""
        square = (self.rows**2).sum(1)
        return torch.cat([(square - 2 * part @ self.rows.T).argmin(1) for part in z.split(8192)])

    def forward(self,
                h: torch.Tensor,
                valid: torch.Tensor,
                decay: float = .99) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """h [b, t, 512], valid bool [b, t] -> quantised z (gradient as if it were z), codes, loss of commitment."""
        z = self.projection(h)
        with torch.no_grad():
            codes = self.nearest(z.flatten(0, 1)).view(valid.shape)
            if self.training:
                self.follow(z[valid], codes[valid], decay)
        rows = self.rows[codes]
        return z + (rows - z).detach(), codes, ((z - rows)**2).mean(-1)[valid].mean()

    def follow(self, z: torch.Tensor, codes: torch.Tensor, decay: float) -> None:
        """Moves the rows towards their members; rows that nobody uses start again at a random state."""
        self.counts.mul_(decay).index_add_(0, codes, torch.full_like(z[:, 0], 1 - decay))
        self.sums.mul_(decay).index_add_(0, codes, (1 - decay) * z)
        idle = self.counts < .02 * self.counts.sum() / len(self.counts)
        if idle.any():
            chosen = z[torch.randint(len(z), (int(idle.sum()), ), device=z.device)]
            typical = self.counts.sum() / len(self.counts)
            self.sums[idle], self.counts[idle] = chosen * typical, typical
        self.rows.copy_(self.sums / self.counts[:, None])


class Heads(nn.Module):
    """What the codes must tell: the four mel frames from a code and one neighbour on each side, and the letters of the text."""
    def __init__(self, dimensions: int = DIMENSIONS, width: int = 512) -> None:
        super().__init__()
        self.near = nn.Conv1d(dimensions, width, 3, padding=1)
        self.mel = nn.Sequential(nn.GELU(), nn.Conv1d(width, width, 1), nn.GELU(), nn.Conv1d(width, 320, 1))
        self.wide = nn.Conv1d(dimensions, width, 5, padding=2)
        self.letters = nn.Sequential(nn.GELU(), nn.Conv1d(width, FRAMES_A_CODE * (len(LETTERS) + 1), 1))

    def mel_frames(self, z: torch.Tensor) -> torch.Tensor:
        """[b, t, d] -> [b, 4t, 80]"""
        return self.mel(self.near(z.transpose(1, 2))).transpose(1, 2).reshape(len(z), -1, 80)

    def letter_scores(self, z: torch.Tensor) -> torch.Tensor:
        """[b, t, d] -> log-probabilities [b, 4t, letters + 1], blank first"""
        x = self.letters(self.wide(z.transpose(1, 2))).transpose(1, 2)
        return x.reshape(len(z), -1, len(LETTERS) + 1).float().log_softmax(-1)


def spelled(text: str) -> torch.Tensor:
    """The letters of a normalised text as numbers from 1 on."""
    return torch.tensor([LETTERS.index(c) + 1 for c in text if c in LETTERS])


def nearest_row(states: torch.Tensor, book: torch.Tensor) -> torch.Tensor:
    """The engine's rule: argmin ‖c‖² − 2 h·c, in 32 bits; states [n, 512] -> [n]."""
    square = (book**2).sum(1)
    return torch.cat([(square - 2 * h @ book.T).argmin(1) for h in states.float().split(8192)])


def relaxed_metric(states: torch.Tensor,
                   patches: torch.Tensor,
                   dimensions: int,
                   mix: float = .3) -> tuple[torch.Tensor, torch.Tensor]:
    """Where training starts: directions of h that predict the mel count fully, the rest a little.

    states [n, 512], patches [n, 320] -> weight [dimensions, 512] and bias of a projection
    whose outputs have mean 0 and mean square 1."""
    mean, spread = states.mean(0), states.std(0)
    x, y = (states - mean).double(), (patches - patches.mean(0)).double()
    c = x.T @ x / len(x)
    w = torch.linalg.solve(c + 1e-5 * torch.diag(c.diagonal()), x.T @ y / len(x)).T
    power = (x @ w.T).pow(2).sum(1).mean()
    b = torch.cat([w, mix * (power / WIDTH).sqrt() * torch.diag(1 / spread.double())])
    root = torch.linalg.cholesky(b.T @ b + 1e-9 * torch.eye(WIDTH, dtype=torch.double, device=b.device))
    root = root @ torch.linalg.eigh(root.T @ c @ root)[1][:, -dimensions:]
    root = root / (x @ root).pow(2).mean().sqrt()
    return root.T.float(), (-mean.double() @ root).float()


def k_means(z: torch.Tensor, codes: int, rounds: int = 8) -> torch.Tensor:
    """z [n, d] -> rows [codes, d]"""
    first = torch.randperm(len(z), device=z.device)[:codes]
    rows = z[first.repeat(-(-codes // len(first)))[:codes]].clone()
    for _ in range(rounds):
        near = nearest_row(z, rows)
        n = torch.bincount(near, minlength=codes)
        rows = torch.zeros_like(rows).index_add_(0, near, z) / n.clamp(min=1)[:, None]
        idle = n < 3
        rows[idle] = z[torch.randint(len(z), (int(idle.sum()), ), device=z.device)]
    return rows


def log_mel_scale(mel: torch.Tensor) -> torch.Tensor:
    """The vocoder's log-mel at about mean 0 and spread 1 (fixed numbers: every stage uses the same)."""
    return (mel.float() + 5.) / 2.6
