// Threads and wake-ups for sound: the parts of glibc that Swift does not see.
#ifndef PARLEY_REAL_TIME_H
#define PARLEY_REAL_TIME_H

/// Asks for real-time scheduling of the calling thread; 0 if granted, else the system's error number.
int parley_thread_real_time(int priority);

/// Names the calling thread; at most 15 bytes are kept.
void parley_thread_name(const char *name);

/// Sleeps for so many microseconds of the monotonic clock.
void parley_sleep(long microseconds);

/// Seconds of the monotonic clock.
double parley_seconds(void);

/// A wake-up call from one thread to another. Waking never waits, so a real-time thread may do it.
typedef struct parley_wake parley_wake;

/// A new one, or NULL without memory.
parley_wake *parley_wake_create(void);
void parley_wake_destroy(parley_wake *wake);
/// Wakes the waiting thread, or the next one to wait.
void parley_wake_call(parley_wake *wake);
/// Waits for a call; 1 if there was one, 0 after so many milliseconds without. Calls that piled up count as one.
int parley_wake_wait(parley_wake *wake, int milliseconds);

#endif
