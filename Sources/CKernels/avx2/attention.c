#include "avx2.h"

#include "../vector/attention.h"

#pragma clang attribute pop
