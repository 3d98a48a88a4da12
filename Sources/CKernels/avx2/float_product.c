#if defined(__x86_64__)
#include "avx2.h"

#include "../vector/float_product.h"

#pragma clang attribute pop
#endif
