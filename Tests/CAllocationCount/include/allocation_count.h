// Counts what the calling thread allocates, for tests of code that must not allocate.
#ifndef PARLEY_ALLOCATION_COUNT_H
#define PARLEY_ALLOCATION_COUNT_H

/// Starts counting the calling thread's allocations from 0.
void allocation_count_begin(void);
/// Stops counting and returns how many there were; -1 where this build cannot count (sanitizers, other C libraries).
long allocation_count_end(void);

#endif
