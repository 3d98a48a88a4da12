import tempfile
import unittest
from pathlib import Path

from recipe.tests import corpus  # noqa: F401  (its folder comes first)

import torch
from safetensors.torch import save_file

from recipe.assemble.adopt import read
from recipe.assemble.mixture import mixed
from recipe.assemble.rounding import rounded
from recipe.branch.grid import GROUP, LEVELS, OnGrid, grid


class Adopting(unittest.TestCase):
    def test_tensors_stored_in_ranges_of_rows_are_joined_in_order(self):
        whole = torch.arange(12 * 3, dtype=torch.float32).reshape(12, 3)
        with tempfile.TemporaryDirectory() as folder:
            save_file({'table.rows.10': whole[10:].clone(), 'other': torch.ones(2)}, Path(folder) / 'a.safetensors')
            save_file({'table.rows.0': whole[:2].clone(), 'table.rows.2': whole[2:10].half()}, Path(folder) / 'b.safetensors')
            found = read(Path(folder))
        self.assertEqual(set(found), {'table', 'other'})
        self.assertTrue(torch.equal(found['table'], whole))


class Rounding(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        mixed = torch.randn(2000, 16) @ torch.randn(16, 3 * GROUP) + .3 * torch.randn(2000, 3 * GROUP)
        self.products, self.w = (mixed.T @ mixed).double(), torch.randn(8, 3 * GROUP)
        self.found = rounded(self.w, self.products)

    def lost(self, w: torch.Tensor) -> float:
        """Error of the outputs."""
        d = (self.w - w).double()
        return float((d @ self.products * d).sum())

    def test_outputs_change_far_less_than_by_rounding_each_number(self):
        each = []
        for part in self.w.split(GROUP, 1):
            s, m = grid(part, torch.ones(GROUP))
            each.append(m + s * ((part - m) / s).round().clamp(0, LEVELS - 1))
        self.assertLess(self.lost(self.found), .5 * self.lost(torch.cat(each, 1)))

    def test_every_group_has_sixteen_even_levels_at_most(self):
        for part in self.found.split(GROUP, 1):
            for row in part:
                levels = row.unique()
                steps = levels.diff()
                whole = steps / steps.min()
                self.assertLessEqual(len(levels), LEVELS)
                self.assertTrue(torch.allclose(whole, whole.round(), atol=.02), whole)


class Mixing(unittest.TestCase):
    def test_branch_and_the_rest_have_shares_of_their_own(self):
        old = {'model.norm.weight': torch.zeros(3), 'model.mimo_norm.weight': torch.zeros(3), 'rows': torch.zeros(2)}
        new = {'model.norm.weight': torch.ones(3), 'model.mimo_norm.weight': torch.ones(3), 'rows': torch.ones(4), 'ids': torch.tensor([7])}
        found = mixed(old, new, .25, .75)
        self.assertEqual(found['model.norm.weight'].tolist(), [.25] * 3)
        self.assertEqual(found['model.mimo_norm.weight'].tolist(), [.75] * 3)
        self.assertEqual(found['rows'].tolist(), [1.] * 4)
        self.assertEqual(found['ids'].tolist(), [7])


class TrainingOnTheGrid(unittest.TestCase):
    def test_a_step_is_taken_with_the_exact_numbers_by_the_gradient_on_the_grid(self):
        torch.manual_seed(0)
        p = torch.nn.Parameter(torch.randn(4, 2 * GROUP))
        exact, optimiser, on_grid = p.detach().clone(), torch.optim.SGD([p], lr=.1), OnGrid([p])
        optimiser.register_step_pre_hook(on_grid.leave)
        on_grid.enter()
        for group in p.detach().view(-1, GROUP):
            self.assertLessEqual(len(group.unique()), LEVELS)
        rounded_numbers = p.detach().clone()
        (p**2).sum().backward()
        optimiser.step()
        self.assertFalse(torch.equal(rounded_numbers, exact))
        self.assertTrue(torch.allclose(p.detach(), exact - .1 * 2 * rounded_numbers, atol=1e-6))


if __name__ == '__main__':
    unittest.main()
