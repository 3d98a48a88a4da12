// Opens a file of AVX-512 variants: vectors of 16 floats, every function after this line compiled for the features of
// processor.c's has_avx512.
#include "kernels.h"

#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define LANES 16
#define LEVEL(name) pk_avx512_##name

#pragma clang attribute push(                                                                                        \
    __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"))), apply_to = function)
#include "../vector/lanes.h"
