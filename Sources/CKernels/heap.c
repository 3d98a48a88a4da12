// The C library's memory, for a process whose work moves from thread to thread.
#include <malloc.h>

#include "kernels.h"

void pk_share_heap(void) { mallopt(M_ARENA_MAX, 1); }
