"""Writes the whole model in the layout of the released checkpoint, so that one loader reads both.

    config.json, model.safetensors(.index.json)   language model; `parley` in config.json holds what the release has no key for
    tiktoken.model, tokenizer_config.json          text vocabulary
    whisper-large-v3/                              encoder only (Whisper base)
    glm-4-voice-tokenizer/                         the tokenizer's own layers and code book; the rest is the encoder's, see
                                                   `shared_tensors` in its config.json
    audio_detokenizer/, vocoder/                   detokenizer and vocoder
The start noise of the flow is folded into the detokenizer's weights: the engine draws plain standard normal noise.
usage: python -m recipe.assemble.export FOLDER [--half] [--noise .4]      32-bit floats unless --half
"""
import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from recipe.assemble.vocabulary import text_vocabulary
from recipe.common import whisper
from recipe.common.smollm2 import WIDTH, EmbeddingSpace
from recipe.common.training import checkpoint
from recipe.hearing.model import Hearing
from recipe.language import model as language
from recipe.language.rows import INSTRUCTION
from recipe.tokenizer.model import BLOCK, LOWER, OWN
from recipe.vocoder.activation import lowpass_taps

REPLY_STEPS = 220
EARLIER_TURNS = 1  # follow-ups are trained with the turn before them
STEM = ('conv1.weight', 'conv1.bias', 'conv2.weight', 'conv2.bias', 'embed_positions.weight')
Tensors = dict[str, torch.Tensor]


class Export:
    """A folder in the released layout."""
    def __init__(self, folder: Path, kind: torch.dtype) -> None:
        self.folder, self.kind, self.missing = folder, kind, []

    def trained(self, stage: str) -> dict | None:
        """A checkpoint; where there is none the source's weights are written, and the part is named."""
        saved = checkpoint(stage)
        if saved is None:
            self.missing.append(stage)
        return saved

    def write(self, part: str, tensors: Tensors, config: dict, keep: tuple[str, ...] = ()) -> None:
        """One part; tensors whose names end like `keep` stay in 32 bits."""
        path = self.folder / part
        path.mkdir(parents=True, exist_ok=True)
        tensors = {
            k: v.detach().to(v.dtype if k.endswith(keep or ('\0', )) else self.kind).contiguous().clone()
            for k, v in tensors.items()
        }
        save_file(tensors, path / 'model.safetensors', metadata={'format': 'pt'})
        (path / 'config.json').write_text(json.dumps(config, indent=1))
        if not part:
            total = sum(t.numel() * t.element_size() for t in tensors.values())
            index = dict(metadata=dict(total_size=total), weight_map={k: 'model.safetensors' for k in tensors})
            (path / 'model.safetensors.index.json').write_text(json.dumps(index, indent=1))
        print(f'{part or "language model":22} {len(tensors):5} tensors {sum(t.numel() for t in tensors.values()) / 1e6:8.2f} M')


def language_config() -> dict:
    """config.json"""
    greedy, m = dict(temperature=0.0), language
    return dict(architectures=['MoonshotKimiaForCausalLM'],
                model_type='kimi_audio',
                torch_dtype='bfloat16',
                hidden_size=WIDTH,
                intermediate_size=m.INNER,
                num_hidden_layers=m.LAYERS,
                num_attention_heads=m.HEADS,
                num_key_value_heads=m.KEY_HEADS,
                hidden_act='silu',
                rms_norm_eps=1e-5,
                rope_theta=100000.0,
                rope_scaling=None,
                max_position_embeddings=8192,
                tie_word_embeddings=True,
                vocab_size=m.ROWS,
                num_base_tokens=m.TOKENS,
                kimia_token_offset=m.FIRST_CODE,
                kimia_text_output_vocab=m.FIRST_CODE,
                kimia_audio_output_vocab=m.ROWS - m.TOKENS,
                kimia_mimo_layers=m.AUDIO_LAYERS,
                kimia_mimo_transformer_from_layer_index=m.TRUNK - 1,
                kimia_mimo_audiodelaytokens=m.DELAY,
                kimia_adaptor_input_dim=2048,
                use_whisper_feature=True,
                bos_token_id=m.TOKENS,
                pad_token_id=m.FIRST_CODE - 1,
                eos_token_ids=[m.TOKENS + 1, m.SPECIAL['msg_end']],
                kimia_media_begin=m.SPECIAL['media_begin'],
                kimia_media_end=m.SPECIAL['media_end'],
                parley=dict(text_head_rows=m.SPECIAL['text_eos'] + 1,  # no reserved token is ever said
                            audio_head_first_row=m.TOKENS,
                            audio_head_rows=m.ROWS - m.TOKENS,
                            adaptor_norm_eps=1e-5,
                            whisper_pad_to_30s=False,
                            special_tokens=m.SPECIAL,
                            transcribe_instruction=INSTRUCTION,
                            reply_steps=REPLY_STEPS,
                            earlier_turns=EARLIER_TURNS,
                            sampling=dict(text=greedy, audio=greedy)))


def language_model(out: Export, hearing: Hearing) -> None:
    """Trunk, branches, embedding, adaptor."""
    model = language.released(checkpoint('codebook')['modules']['codebook']['embedding'])
    for stage, module in (('language', 'model'), ('branch', 'branch')):
        saved = out.trained(stage)
        if saved:
            model.load_state_dict(saved['modules'][module], strict=False)
    tensors = {}
    for k, v in model.state_dict().items():
        tensors[k if k.startswith('mimo_output') else 'model.' + k] = v
        if k.endswith(('q_proj.weight', 'k_proj.weight', 'v_proj.weight')):
            tensors['model.' + k.replace('weight', 'bias')] = torch.zeros(len(v))
    tensors |= {'model.vq_adaptor.' + k: v for k, v in hearing.adaptor.state_dict().items()}
    out.write('', tensors, language_config())
    text_vocabulary(out.folder)


def trained_hearing(out: Export) -> Hearing:
    """As it was tuned beside the language model, or before that."""
    hearing = Hearing(whisper.load(), EmbeddingSpace())
    saved = checkpoint('language')
    saved = saved if saved and 'hearing' in saved['modules'] else out.trained('hearing')
    if saved:
        hearing.load_state_dict(saved['modules']['hearing'])
    return hearing


def encoder(out: Export, hearing: Hearing) -> None:
    """The acoustic encoder: Whisper base with hearing's upper layers."""
    model = whisper.load()
    for i, layer in enumerate(hearing.layers, len(model.layers) - len(hearing.layers)):
        model.layers[i] = layer
    model.layer_norm = hearing.layer_norm
    out.write(
        'whisper-large-v3', {'model.encoder.' + k: v
                             for k, v in model.state_dict().items()},
        dict(architectures=['WhisperForConditionalGeneration'],
             model_type='whisper',
             d_model=whisper.WIDTH,
             encoder_layers=whisper.LAYERS,
             encoder_attention_heads=whisper.HEADS,
             encoder_ffn_dim=4 * whisper.WIDTH,
             num_mel_bins=80,
             max_source_positions=whisper.POSITIONS,
             torch_dtype='float16'))


def speech_tokenizer(out: Export) -> None:
    """Own layers and code book; what it shares with the encoder is named, not written."""
    rows, saved = checkpoint('codebook')['modules']['codebook']['rows'], checkpoint('tokenizer')
    own = {'codebook.weight': rows}
    if saved:
        for k, v in saved['modules']['own'].items():
            _, layer, name = k.split('.', 2)
            own[f'layers.{LOWER + int(layer)}.{name}'] = v
    shared = [*STEM, *(f'layers.{i}' for i in range(LOWER if saved else LOWER + OWN))]
    out.write('glm-4-voice-tokenizer',
              own,
              dict(model_type='whisper',
                   d_model=whisper.WIDTH,
                   encoder_attention_heads=whisper.HEADS,
                   encoder_ffn_dim=4 * whisper.WIDTH,
                   num_mel_bins=80,
                   max_source_positions=whisper.POSITIONS,
                   encoder_layers=whisper.LAYERS,
                   quantize_position=LOWER + OWN,
                   pooling_position=LOWER + OWN,
                   pooling_kernel_size=4,
                   pooling_type='avg',
                   quantize_vocab_size=len(rows),
                   quantize_causal_block_size=BLOCK,
                   encoder_causal_convolution=True,
                   encoder_causal_attention=False,
                   quantize_causal_encoder=False,
                   quantize_encoder_only=True,
                   shared_tensors=dict(file='../whisper-large-v3/model.safetensors', prefix='model.encoder.', names=shared)),
              keep=('codebook.weight', ))


def yaml_lines(d: dict, indent: str = '') -> str:
    """A nested dictionary of plain values as YAML."""
    return ''.join(f'{indent}{k}:\n{yaml_lines(v, indent + "  ")}' if isinstance(v, dict) else f'{indent}{k}: {json.dumps(v)}\n'
                   for k, v in d.items())


def detokenizer(out: Export, noise: float) -> None:
    """The flow, its start noise folded in: x counts in units of it."""
    saved = out.trained('detokenizer')
    if saved is None:
        return
    c, weights = saved['about']['config'], dict(saved['average'])
    weights['input_linear.weight'] = weights['input_linear.weight'] * noise
    for k in ('final_layer.linear.weight', 'final_layer.linear.bias'):
        weights[k] = weights[k] / noise
    config = dict(
        mel_mean=saved['about']['mean'],
        mel_std=saved['about']['std'] * noise,
        normalize_mel=True,
        model=dict(dit=dict(condition_type='discrete_codes',
                            depth=c['depth'],
                            ffn_act_layer='gleu_tanh',
                            ffn_gated_glu=False,
                            ffn_type='vanilla_mlp',
                            hidden_size=c['dim'],
                            input_size=c['mels'],
                            max_seq_len=4096,
                            mlp_ratio=4,
                            num_heads=c['heads'],
                            position_embedding_type='skip',
                            rope_params=dict(max_position_embeddings=4096, rope_base=10000.0, rope_interpolation_factor=1.0),
                            semantic_vocab_size=c['semantic_vocab'],
                            use_rope=True)),
        parley=dict(grid_points=11,
                    look_ahead_codes=12,
                    cache_frames=900,
                    chunk_codes=30,
                    frames_a_code=c['repeat'],
                    vocoder_streaming='exact'))
    out.write('audio_detokenizer', weights, config)
    (out.folder / 'audio_detokenizer' / 'config.yaml').write_text(yaml_lines(config))


def vocoder(out: Export) -> None:
    """The generator's average, weight norm and filters as in the released file."""
    saved, tensors = out.trained('vocoder'), {}
    if saved is None:
        return
    for k, v in saved['average'].items():
        tensors[k.replace('parametrizations.weight.original0', 'weight_g').replace('parametrizations.weight.original1',
                                                                                   'weight_v')] = v
        if k.endswith('act.alpha'):
            prefix = k.removesuffix('act.alpha')
            tensors[prefix + 'upsample.filter'] = lowpass_taps().view(1, 1, 12)
            tensors[prefix + 'downsample.lowpass.filter'] = lowpass_taps().view(1, 1, 12)
    out.write('vocoder', tensors, saved['about']['config'], keep=('filter', ))


def export(folder: Path, kind: torch.dtype, noise: float) -> list[str]:
    """-> stages whose parts are missing"""
    out = Export(folder, kind)
    folder.mkdir(parents=True, exist_ok=True)
    hearing = trained_hearing(out)
    language_model(out, hearing)
    encoder(out, hearing)
    speech_tokenizer(out)
    detokenizer(out, noise)
    vocoder(out)
    return out.missing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    parser.add_argument('--half', action='store_true')
    parser.add_argument('--noise', type=float, default=.4)
    a = parser.parse_args()
    missing = export(a.folder, torch.float16 if a.half else torch.float32, a.noise)
    if missing:
        print('not trained yet:', ', '.join(missing))


if __name__ == '__main__':
    main()
