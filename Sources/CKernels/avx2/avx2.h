// Opens a file of AVX2 variants: vectors of 8 floats, every function after this line compiled for AVX2, FMA and F16C.
#include "kernels.h"

#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define LANES 8
#define LEVEL(name) pk_avx2_##name

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "../vector/lanes.h"
