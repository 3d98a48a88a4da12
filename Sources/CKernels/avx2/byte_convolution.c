#if defined(__x86_64__)
#include "avx2.h"

enum { HEIGHT = 4, BESIDE = 2 };

/// Size and sign of the weights: maddubs adds neighbouring products in 16 bits and saturates, and 127 times 127, twice, fits.
typedef struct { __m256i size, w; } weights8;

INLINE weights8 load_weights(const int8_t *w) {
    __m256i v = _mm256_loadu_si256((const __m256i *)w);
    return (weights8){_mm256_abs_epi8(v), v};
}

INLINE integers no_sum(const int32_t *correction) {
    (void)correction;
    return (integers)0;
}

INLINE integers add_products(integers sum, weights8 w, const uint8_t *x) {
    int32_t four;
    memcpy(&four, x, sizeof four);
    __m256i value = _mm256_set1_epi32(four ^ (int32_t)0x80808080);
    __m256i both = _mm256_maddubs_epi16(w.size, _mm256_sign_epi8(value, w.w));
    return sum + (integers)_mm256_madd_epi16(both, _mm256_set1_epi16(1));
}

#include "../vector/byte_convolution.h"

#pragma clang attribute pop
#endif
