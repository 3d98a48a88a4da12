"""Judging: every link of the chain alone, and whole conversations, from an export and nothing else."""
