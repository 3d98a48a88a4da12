#if defined(__x86_64__)
#include "avx512.h"

enum { HEIGHT = 12, BESIDE = 2 };  // 24 sums of 32 registers: 14 loads for 24 dot products

typedef __m512i weights8;

INLINE weights8 load_weights(const int8_t *w) { return _mm512_loadu_si512(w); }

/// The instruction takes the quants of x as they are, 128 too large.
INLINE integers no_sum(const int32_t *correction) {
    integers v;
    memcpy(&v, correction, sizeof v);
    return v;
}

INLINE integers add_products(integers sum, weights8 w, const uint8_t *x) {
    int32_t four;
    memcpy(&four, x, sizeof four);
    return (integers)_mm512_dpbusd_epi32((__m512i)sum, _mm512_set1_epi32(four), w);
}

#include "../vector/byte_convolution.h"

#pragma clang attribute pop
#endif
