"""Moves a folder through a narrow door: cuts it into numbered pieces of limited size, and puts them together again.

usage: python -m recipe.schedule.pieces split FOLDER PIECES [--size 15]     -> PIECES/piece-000 ... (megabytes each)
       python -m recipe.schedule.pieces join PIECES FOLDER                  pieces that are there, in order; a gap is an error
"""
import argparse
import io
import tarfile
from pathlib import Path


def split(folder: Path, pieces: Path, size: int) -> int:
    """-> number of pieces"""
    pieces.mkdir(parents=True, exist_ok=True)
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode='w:gz', compresslevel=6) as archive:
        archive.add(folder, '.')
    data = whole.getvalue()
    parts = [data[i:i + size] for i in range(0, len(data), size)]
    for n, part in enumerate(parts):
        (pieces / f'piece-{n:03}-of-{len(parts):03}').write_bytes(part)
    return len(parts)


def join(pieces: Path, folder: Path) -> None:
    """The folder again."""
    found = sorted(pieces.glob('piece-*'))
    count = int(found[0].name.split('-')[-1]) if found else -1
    if len(found) != count:
        raise SystemExit(f'{len(found)} pieces of {max(count, 0)} are here')
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(b''.join(p.read_bytes() for p in found)), mode='r:gz') as archive:
        archive.extractall(folder, filter='data')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('what', choices=('split', 'join'))
    parser.add_argument('source', type=Path)
    parser.add_argument('target', type=Path)
    parser.add_argument('--size', type=float, default=15, help='megabytes')
    a = parser.parse_args()
    if a.what == 'split':
        print(split(a.source, a.target, int(a.size * 2**20)), 'pieces')
    else:
        join(a.source, a.target)


if __name__ == '__main__':
    main()
