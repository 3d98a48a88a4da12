#if defined(__x86_64__)
#include "avx512.h"

#include "../vector/pairs.h"

enum { HEIGHT = 12, BESIDE = 2 };

#include "../vector/half_convolution.h"

#pragma clang attribute pop
#endif
