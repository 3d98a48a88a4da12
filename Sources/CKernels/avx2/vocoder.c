#if defined(__x86_64__)
#include "avx2.h"

#include "../vector/vocoder.h"

#pragma clang attribute pop
#endif
