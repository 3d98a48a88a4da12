// Worker threads: jobs are slots that callers publish and idle workers help with. A caller takes tasks of its own job until
// none is left and then waits only for tasks already in a worker's hands: first spinning, then asleep, so that a worker that
// lost its core to the caller gets it back.
//
// The tasks of a job are cut into a share for each thread, neighbours together: what a task asks of the memory ahead of its use
// is what the next one begins with. Whoever has finished its share takes from those of the others.
#define _GNU_SOURCE
#include "kernels.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    SLOTS = 8,                 // callers at the same time; a further one works alone
    SHARES = 16,               // of a job, at most
    SPIN_NANOSECONDS = 50000,  // before a thread sleeps: longer than the gaps between the products of a decode step
    PAUSES = 2,                // between two looks at the work: a decode step has hundreds of hand-overs
    LOOKS = 32,                // between two looks at the clock
};

static const uint32_t SLEEPER = 1u << 31;  // in `unfinished`: the caller sleeps until the count below it is 0

/// generation of the job (32 bits) | next index (32 bits). One word, so that a worker that slept through the end of a job can
/// never take a task of the next one by mistake. On a cache line of its own: its thread takes one task after the other.
typedef struct { _Atomic uint64_t ticket; } __attribute__((aligned(64))) share;

typedef struct {
    share shares[SHARES];
    _Atomic int count;   // tasks of the current generation
    _Atomic bool taken;  // a caller owns the slot
    pk_task task;
    void *context;
    _Atomic uint32_t unfinished __attribute__((aligned(64)));
} __attribute__((aligned(64))) job;

struct pk_workers {
    int threads;
    int shares;  // of each job
    pthread_t *handles;
    int started;
    _Atomic int numbered;  // workers that know their share
    job jobs[SLOTS];
    _Atomic uint32_t bell;     // changes with every job; workers park on it
    _Atomic int parked;
    _Atomic int callers;       // threads inside pk_workers_run
    _Atomic bool stopping;
};

static void futex(_Atomic uint32_t *word, int operation, uint32_t value) {
    syscall(SYS_futex, (uint32_t *)word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static long nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void pause_briefly(void) {
#if defined(__x86_64__)
    for (int i = 0; i < PAUSES; i++) __builtin_ia32_pause();
#endif
}

/// The first task of a share, which is the end of the one before.
static int share_begin(int count, int index, int shares) { return (int)((long)count * index / shares); }

/// Takes and runs one task of a share if it still has one. The task and context are read before the ticket is taken and are
/// valid if the exchange succeeds, because the slot is only written again under a new generation.
static bool run_one(const pk_workers *w, job *j, int index) {
    _Atomic uint64_t *tickets = &j->shares[index].ticket;
    uint64_t ticket = atomic_load_explicit(tickets, memory_order_acquire);
    for (;;) {
        int next = (int)(uint32_t)ticket, count = atomic_load_explicit(&j->count, memory_order_acquire);
        if (next >= share_begin(count, index + 1, w->shares)) return false;
        pk_task task = __atomic_load_n(&j->task, __ATOMIC_RELAXED);
        void *context = __atomic_load_n(&j->context, __ATOMIC_RELAXED);
        if (atomic_compare_exchange_weak_explicit(tickets, &ticket, ticket + 1, memory_order_acq_rel,
                                                  memory_order_acquire)) {
            task(context, next);
            return true;
        }
    }
}

/// Reports tasks as done. Their job stays until then.
static void report(job *j, uint32_t done) {
    if (done && atomic_fetch_sub_explicit(&j->unfinished, done, memory_order_acq_rel) == (SLEEPER | done))
        futex(&j->unfinished, FUTEX_WAKE, 1);
}

/// Whether a worker would take a core from a caller: callers have the first claim.
static bool callers_need_the_cores(pk_workers *w) {
    return atomic_load_explicit(&w->callers, memory_order_relaxed) >= w->threads;
}

/// Runs tasks of all jobs while there are some and cores are left, those of the worker's own share first; whether it ran any.
static bool help(pk_workers *w, int own) {
    bool worked = false;
    for (int s = 0; s < SLOTS; s++) {
        if (atomic_load_explicit(&w->jobs[s].count, memory_order_relaxed) == 0) continue;
        uint32_t done = 0;
        for (int k = 0; k < w->shares; k++)
            while (!callers_need_the_cores(w) && run_one(w, &w->jobs[s], (own + k) % w->shares)) done++;
        report(&w->jobs[s], done);
        worked |= done > 0;
    }
    return worked;
}

/// Sleeps until the bell changes from `heard`.
static void park(pk_workers *w, uint32_t heard) {
    atomic_fetch_add_explicit(&w->parked, 1, memory_order_seq_cst);
    if (atomic_load_explicit(&w->bell, memory_order_seq_cst) == heard && !atomic_load(&w->stopping))
        futex(&w->bell, FUTEX_WAIT, heard);
    atomic_fetch_sub_explicit(&w->parked, 1, memory_order_seq_cst);
}

static void *work(void *argument) {
    pk_workers *w = argument;
    int own = (atomic_fetch_add_explicit(&w->numbered, 1, memory_order_relaxed) + 1) % w->shares;
    long idle_since = nanoseconds();
    int looks = 0;  // in vain
    while (!atomic_load_explicit(&w->stopping, memory_order_acquire)) {
        // Heard before looking at the jobs: one published after the look rings anew, and the worker does not park.
        uint32_t heard = atomic_load_explicit(&w->bell, memory_order_acquire);
        if (help(w, own)) {
            looks = 0;
            continue;
        }
        if (looks++ == 0) idle_since = nanoseconds();
        if (callers_need_the_cores(w) || (looks % LOOKS == 0 && nanoseconds() - idle_since > SPIN_NANOSECONDS)) {
            park(w, heard);
            looks = 0;
        } else {
            pause_briefly();
        }
    }
    return NULL;
}

pk_workers *pk_workers_start(int threads) {
    pk_workers *w = aligned_alloc(64, (sizeof(pk_workers) + 63) / 64 * 64);
    if (!w) return NULL;
    *w = (pk_workers){.threads = threads < 1 ? 1 : threads};
    w->shares = w->threads < SHARES ? w->threads : SHARES;
    w->handles = calloc((size_t)w->threads, sizeof(pthread_t));
    if (!w->handles) { free(w); return NULL; }
    sigset_t all, before;  // signals belong to the program's own threads
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool failed = false;
    for (int i = 0; i < w->threads - 1 && !failed; i++) {
        failed = pthread_create(&w->handles[i], NULL, work, w) != 0;
        if (!failed) {
            w->started++;
            char name[16];
            snprintf(name, sizeof name, "worker %d", i + 1);
            pthread_setname_np(w->handles[i], name);
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) { pk_workers_stop(w); return NULL; }
    return w;
}

void pk_workers_stop(pk_workers *w) {
    if (!w) return;
    atomic_store(&w->stopping, true);
    atomic_fetch_add(&w->bell, 1);
    futex(&w->bell, FUTEX_WAKE, 1 << 30);
    for (int i = 0; i < w->started; i++) pthread_join(w->handles[i], NULL);
    free(w->handles);
    free(w);
}

int pk_workers_threads(const pk_workers *w) { return w->threads; }

/// A slot for the caller, or NULL if all are taken.
static job *take_slot(pk_workers *w) {
    for (int s = 0; s < SLOTS; s++) {
        bool is_taken = false;
        if (atomic_compare_exchange_strong_explicit(&w->jobs[s].taken, &is_taken, true, memory_order_acq_rel,
                                                    memory_order_relaxed))
            return &w->jobs[s];
    }
    return NULL;
}

/// Makes the tasks visible to workers. A late worker sees the old generation, or the new one with no tasks yet, or the new
/// one: never a mixture it could act on.
static void publish(pk_workers *w, job *j, int count, pk_task task, void *context) {
    uint64_t generation = (atomic_load_explicit(&j->shares[0].ticket, memory_order_relaxed) >> 32) + 1;
    atomic_store_explicit(&j->count, 0, memory_order_relaxed);
    __atomic_store_n(&j->task, task, __ATOMIC_RELAXED);
    __atomic_store_n(&j->context, context, __ATOMIC_RELAXED);
    atomic_store_explicit(&j->unfinished, (uint32_t)count, memory_order_relaxed);
    for (int k = 0; k < w->shares; k++)
        atomic_store_explicit(&j->shares[k].ticket, generation << 32 | (uint32_t)share_begin(count, k, w->shares),
                              memory_order_release);
    atomic_store_explicit(&j->count, count, memory_order_release);
    if (callers_need_the_cores(w)) return;
    atomic_fetch_add_explicit(&w->bell, 1, memory_order_seq_cst);
    if (atomic_load_explicit(&w->parked, memory_order_seq_cst) > 0) futex(&w->bell, FUTEX_WAKE, (uint32_t)count - 1);
}

/// Waits until no task of the job is in a worker's hands.
static void wait_for_workers(job *j) {
    uint32_t left = atomic_load_explicit(&j->unfinished, memory_order_acquire);
    long since = left ? nanoseconds() : 0;
    for (int looks = 1; left && (looks % LOOKS || nanoseconds() - since < SPIN_NANOSECONDS); looks++) {
        pause_briefly();
        left = atomic_load_explicit(&j->unfinished, memory_order_acquire);
    }
    if (left) left = atomic_fetch_or_explicit(&j->unfinished, SLEEPER, memory_order_acq_rel) | SLEEPER;
    while (left & ~SLEEPER) {
        futex(&j->unfinished, FUTEX_WAIT, left);
        left = atomic_load_explicit(&j->unfinished, memory_order_acquire);
    }
}

static void run_alone(int count, pk_task task, void *context) {
    for (int i = 0; i < count; i++) task(context, i);
}

void pk_workers_run(pk_workers *w, int count, pk_task task, void *context) {
    if (count <= 0) return;
    atomic_fetch_add_explicit(&w->callers, 1, memory_order_relaxed);
    job *j = count > 1 && w->started > 0 ? take_slot(w) : NULL;
    if (j) {
        publish(w, j, count, task, context);
        uint32_t done = 0;
        for (int k = 0; k < w->shares; k++)
            while (run_one(w, j, k)) done++;
        report(j, done);
        wait_for_workers(j);
        atomic_store_explicit(&j->count, 0, memory_order_relaxed);
        atomic_store_explicit(&j->taken, false, memory_order_release);
    } else {
        run_alone(count, task, context);
    }
    atomic_fetch_sub_explicit(&w->callers, 1, memory_order_relaxed);
}
