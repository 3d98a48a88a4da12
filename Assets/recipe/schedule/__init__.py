"""Running stages by the clock: in the background on a CPU, or all of them in one go on a GPU."""
