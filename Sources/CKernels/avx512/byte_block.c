#if defined(__x86_64__)
#include "avx512.h"

#include "../vector/byte_block.h"

#pragma clang attribute pop
#endif
