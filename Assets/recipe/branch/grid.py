"""The grid of 4 bits that the branch ships in, and training on it.

A group of 32 numbers of a row has a scale and a minimum in half precision and 16 levels between.
"""
import torch
from torch import nn

GROUP, LEVELS = 32, 16
SHRUNK = (1., .95, .9, .85, .8, .75)  # shares of a group's spread that its levels may span
RENEWED = 20  # steps for which the levels stay where they are: looking for them takes longer than rounding


def grid(w: torch.Tensor, weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """w [rows, 32], weight [32] -> scale and minimum [rows, 1], in half precision, of the levels with the least weighted error."""
    low, high = w.amin(1, keepdim=True), w.amax(1, keepdim=True)
    best = torch.full_like(low, float('inf'))
    scale, minimum = torch.zeros_like(low), low
    for share in SHRUNK:
        middle, half = (low + high) / 2, (high - low) / 2 * share
        s = (2 * half / (LEVELS - 1)).clamp(min=1e-7).half().float().clamp(min=6e-8)
        m = (middle - half).half().float()
        error = (((m + s * ((w - m) / s).round().clamp(0, LEVELS - 1) - w)**2) * weight).sum(1, keepdim=True)
        scale, minimum = torch.where(error < best, s, scale), torch.where(error < best, m, minimum)
        best = torch.minimum(best, error)
    return scale, minimum


class OnGrid:
    """Matrices that lie on the grid while a step's outputs and gradients are computed, and off it while the step is taken: what is
    learnt is what rounding does not destroy (straight-through estimate, arXiv 1308.3432)."""
    def __init__(self, matrices: list[nn.Parameter]) -> None:
        self.matrices, self.steps = matrices, 0
        self.levels: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.exact: list[torch.Tensor] = []

    @torch.no_grad()
    def enter(self) -> None:
        """Puts the matrices on the grid."""
        groups = [p.view(-1, GROUP) for p in self.matrices]
        if self.steps % RENEWED == 0:
            self.levels = [grid(w, torch.ones(GROUP, device=w.device)) for w in groups]
        self.steps += 1
        self.exact = [p.clone() for p in self.matrices]
        for w, (s, m) in zip(groups, self.levels):
            w.copy_(m + s * ((w - m) / s).round_().clamp_(0, LEVELS - 1))

    @torch.no_grad()
    def leave(self, *_: object) -> None:
        """Gives the matrices their exact numbers back."""
        for p, exact in zip(self.matrices, self.exact):
            p.copy_(exact)
        self.exact = []
