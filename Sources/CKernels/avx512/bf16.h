// Opens a file of variants for processors that have AVX-512 and its dot products of 16-bit floats (BF16), a feature beside the
// levels: see processor.h.
#include "kernels.h"

#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define LANES 16
#define LEVEL(name) pk_bf16_##name

#pragma clang attribute push(                                                                                             \
    __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512bf16"))), apply_to = function)
#include "../vector/lanes.h"

/// Two neighbouring 16-bit floats a lane.
typedef __m512bh pairs;

INLINE pairs load_pairs(const uint16_t *p) { return (pairs)_mm512_loadu_si512(p); }

/// The two numbers at p in every lane.
INLINE pairs spread(const uint16_t *p) {
    int32_t both;
    memcpy(&both, p, sizeof both);
    return (pairs)_mm512_set1_epi32(both);
}

/// sum + both products of each lane.
INLINE floats add_pairs(floats sum, pairs a, pairs b) { return (floats)_mm512_dpbf16_ps((__m512)sum, a, b); }
