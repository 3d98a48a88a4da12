"""Data: questions and replies, sentences, synthetic voices, augmentation, and the features that the stages read."""
