#include "allocation_count.h"

#include <errno.h>
#include <stddef.h>

#if defined(__GLIBC__) || defined(__gnu_linux__)
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define COUNTS 1
#endif
#endif

static _Thread_local int is_armed;
static _Thread_local long count;

void allocation_count_begin(void) {
    count = 0;
    is_armed = 1;
}

#ifdef COUNTS

long allocation_count_end(void) {
    is_armed = 0;
    return count;
}

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void note(void) {
    if (is_armed) count += 1;
}

void *malloc(size_t size) {
    note();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    note();
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    note();
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **target, size_t alignment, size_t size) {
    note();
    *target = __libc_memalign(alignment, size);
    return *target ? 0 : ENOMEM;
}

#else

long allocation_count_end(void) {
    is_armed = 0;
    return -1;
}

#endif
