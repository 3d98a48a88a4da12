"""The text vocabulary in the released form: a rank file and the names of the special tokens."""
import base64
import json
from pathlib import Path

from recipe.common.smollm2 import FOLDER as SMOLLM2
from recipe.language import model as language

NAMES = {
    0: '[BOS]', 1: '[EOS]', 2: '<|im_msg_end|>', 3: '<|im_user_msg_start|>', 4: '<|im_assistant_msg_start|>', 9: '[EOT]',
    18: '<|im_media_begin|>', 20: '<|im_media_end|>', 23: '<|im_kimia_text_blank|>', 24: '<|im_kimia_text_eos|>',
    27: '<|im_kimia_user_msg_start|>', 28: '<|im_kimia_assistant_msg_start|>', 32: '<|im_kimia_speech_ct_id|>',
    33: '<|im_kimia_speech_ctd_id|>'
}


def text_vocabulary(folder: Path) -> None:
    """SmolLM2's byte-level BPE as a rank file: base64(bytes) SPACE rank; its merge order is its id order."""
    vocabulary = json.loads((SMOLLM2 / 'tokenizer.json').read_text())
    special = {a['id'] for a in vocabulary['added_tokens']}
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(b): b for b in printable} | {chr(256 + n): b for n, b in enumerate(b for b in range(256) if b not in printable)}
    ranks = sorted(vocabulary['model']['vocab'].items(), key=lambda kv: kv[1])
    assert [r for _, r in ranks] == list(range(language.TOKENS))
    with open(folder / 'tiktoken.model', 'wb') as file:
        for token, rank in ranks:
            raw = token.encode() if rank in special else bytes(table[c] for c in token)
            file.write(base64.b64encode(raw) + b' %d\n' % rank)
    added = {
        str(language.TOKENS + i): dict(content=n, lstrip=False, normalized=False, rstrip=False, single_word=False, special=True)
        for i, n in NAMES.items()
    }
    (folder / 'tokenizer_config.json').write_text(
        json.dumps(dict(tokenizer_class='TikTokenTokenizer',
                        bos_token='[BOS]',
                        eos_token='[EOS]',
                        unk_token='[UNK]',
                        pad_token='[PAD]',
                        clean_up_tokenization_spaces=True,
                        added_tokens_decoder=added),
                   indent=1))
