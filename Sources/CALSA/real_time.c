#define _GNU_SOURCE
#include "real_time.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int parley_thread_real_time(int priority) {
    struct sched_param parameters = {.sched_priority = priority};
    return pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters);
}

void parley_thread_name(const char *name) {
    char kept[16];
    strncpy(kept, name, sizeof kept - 1);
    kept[sizeof kept - 1] = 0;
    pthread_setname_np(pthread_self(), kept);
}

void parley_sleep(long microseconds) {
    struct timespec rest = {microseconds / 1000000, microseconds % 1000000 * 1000};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, &rest) == EINTR) {}
}

double parley_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

struct parley_wake {
    sem_t calls;
};

parley_wake *parley_wake_create(void) {
    parley_wake *wake = malloc(sizeof *wake);
    if (wake && sem_init(&wake->calls, 0, 0) != 0) {
        free(wake);
        return NULL;
    }
    return wake;
}

void parley_wake_destroy(parley_wake *wake) {
    if (!wake) return;
    sem_destroy(&wake->calls);
    free(wake);
}

void parley_wake_call(parley_wake *wake) { sem_post(&wake->calls); }

int parley_wake_wait(parley_wake *wake, int milliseconds) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += milliseconds % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec += 1;
        until.tv_nsec -= 1000000000L;
    }
    int result;
    while ((result = sem_clockwait(&wake->calls, CLOCK_MONOTONIC, &until)) == -1 && errno == EINTR) {}
    if (result != 0) return 0;
    while (sem_trywait(&wake->calls) == 0) {}
    return 1;
}
