import tempfile
import unittest
from pathlib import Path

from recipe.tests import corpus  # noqa: F401  (its folder comes first)

import torch
from safetensors.torch import save_file

from recipe.assemble.adopt import read


class Adopting(unittest.TestCase):
    def test_tensors_stored_in_ranges_of_rows_are_joined_in_order(self):
        whole = torch.arange(12 * 3, dtype=torch.float32).reshape(12, 3)
        with tempfile.TemporaryDirectory() as folder:
            save_file({'table.rows.10': whole[10:].clone(), 'other': torch.ones(2)}, Path(folder) / 'a.safetensors')
            save_file({'table.rows.0': whole[:2].clone(), 'table.rows.2': whole[2:10].half()}, Path(folder) / 'b.safetensors')
            found = read(Path(folder))
        self.assertEqual(set(found), {'table', 'other'})
        self.assertTrue(torch.equal(found['table'], whole))


if __name__ == '__main__':
    unittest.main()
