#if defined(__x86_64__)
#include "avx2.h"

#include "../vector/byte_block.h"

#pragma clang attribute pop
#endif
