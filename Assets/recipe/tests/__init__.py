"""The recipe's own tests: `run.sh test`. They need no training and no network."""
