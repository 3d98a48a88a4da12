"""What is never trained on, and the gate that every training set passes.

- texts reserved for tests of others, and those of the recordings of people that are kept for tests (but for everyday questions):
  reserved.txt holds the first 12 hex digits of a sha256 of the normalised text
- our own test phrasings: one question wording in 40, one utterance of the assistant in 60, chosen by a hash of the text
- the Kokoro voices of TEST_VOICES, and sets of recordings of people that are kept for tests (TEST_SETS) or whose licence
  does not allow training (TRAINING_LICENCES)
- for the turn detector also whoever speaks in its marked recordings (TURN_SPEAKERS), and the sets that these were made of
"""
import hashlib
import re
import zlib
from collections.abc import Iterable

from recipe.common.places import RECIPE

RESERVED = frozenset((RECIPE / 'reserved.txt').read_text().split())
TEST_VOICES = frozenset(('jf_nezumi', 'jf_tebukuro', 'jf_gongitsune', 'jm_kumo'))
TEST_SETS = frozenset(('questions', 'orders', 'asr/prompts', 'asr/harvard', 'asr/arctic'))
TRAINING_LICENCES = ('public domain', 'Apache-2.0', 'MIT', 'BSD', 'CC BY 4.0', 'CC0', 'CMU ARCTIC')
TURN_SETS = TEST_SETS | {'vad', 'conversation', 'noise', 'sounds', 'aec', 'wake-words', 'digits', 'letters', 'words', 'asr/noisy-mix'}
TURN_SPEAKERS = frozenset(('libri-367', 'libri-1688', 'vctk-p225', 'vctk-p226', 'moon-petewarden', 'ps-b', 'sphinx-c'))
ONE_IN = dict(user=40, assistant=60)


class HeldOutMaterial(Exception):
    """Something that is kept for tests was about to enter training."""


def plain(text: str) -> str:
    """Lower case, `-` as a space, letters, digits and apostrophes only, single spaces."""
    return ' '.join(re.sub(r"[^a-z0-9' ]", ' ', text.lower().replace('-', ' ')).split())


def is_reserved(text: str) -> bool:
    """Whether the text is a test question of others."""
    return hashlib.sha256(plain(text).encode()).hexdigest()[:12] in RESERVED


def is_own_test(text: str, speaker: str) -> bool:
    """Whether the text is one of our own tests: user wordings, or texts of the assistant."""
    return zlib.crc32(plain(text).encode()) % ONE_IN[speaker] == 0


def is_test_recording(item: dict) -> bool:
    """Whether a recording of a person is kept for tests, by its set or its licence."""
    licence = item.get('licence')
    return item.get('set') in TEST_SETS or licence is not None and not licence.startswith(TRAINING_LICENCES)


def is_turn_test(item: dict) -> bool:
    """Whether a recording may not teach the turn detector, because its bar is measured on it or on the same person or noise."""
    return item['set'] in TURN_SETS or item.get('speaker') in TURN_SPEAKERS or is_test_recording(item)


def reason(item: dict, speaker: str) -> str | None:
    """Why the item may not be trained on; None if it may. item: text, voice, and for recordings set and licence."""
    if is_reserved(item['text']):
        return 'reserved text'
    if is_own_test(item['text'], speaker):
        return 'test phrasing'
    if item.get('voice') in TEST_VOICES:
        return 'test voice'
    return 'test recording' if is_test_recording(item) else None


def admit(items: Iterable[dict], speaker: str) -> list[dict]:
    """The items, once it is certain that all may be trained on; every trainer takes its material through here."""
    items = list(items)
    for item in items:
        why = reason(item, speaker)
        if why:
            raise HeldOutMaterial(f'{why}: {item["text"]!r} by {item.get("voice")}')
    return items


def divide(items: Iterable[dict], speaker: str) -> tuple[list[dict], list[dict]]:
    """-> what may be trained on, and our own tests (in voices that are trained on)."""
    items = list(items)
    training = [i for i in items if reason(i, speaker) is None]
    return training, [i for i in items if reason(i, speaker) == 'test phrasing']
