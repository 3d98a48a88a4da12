#include "avx2.h"

#include "../vector/norms.h"

#pragma clang attribute pop
