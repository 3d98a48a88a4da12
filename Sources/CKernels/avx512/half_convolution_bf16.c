#if defined(__x86_64__)
#include "bf16.h"

enum { HEIGHT = 12, BESIDE = 2 };  // 24 sums of 32 registers: 14 loads for 24 products

#include "../vector/half_convolution.h"

#pragma clang attribute pop
#endif
