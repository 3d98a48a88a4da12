#include "avx2.h"

#include "../vector/float_product.h"

#pragma clang attribute pop
