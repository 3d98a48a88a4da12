"""What all stages share: places, held-out material, utterances, the trainer, Whisper base, SmolLM2, mels, judges."""
