#include "avx2.h"

#include "../vector/elements.h"

#pragma clang attribute pop
