#if defined(__x86_64__)
#include "avx512.h"

#include "../vector/float_product.h"

#pragma clang attribute pop
#endif
