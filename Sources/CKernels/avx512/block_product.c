#if defined(__x86_64__)
#include "avx512.h"

#include "../scalar/scalar.h"

/// total + w . a in every lane, four unsigned by four signed bytes: the four activations at `a` against a vector of weights.
INLINE __m512i add_products(__m512i total, __m512i w, const int8_t *a) {
    int32_t four;
    memcpy(&four, a, sizeof four);
    return _mm512_dpbusd_epi32(total, w, _mm512_set1_epi32(four));
}

/// The instruction takes the quants as they are, so the sums start at -128 times the sum of the activations.
INLINE void q8_sums(int mr, const uint8_t *quants, const int8_t *a, long lda, const int32_t *sum, long ldsum, integers *s) {
    __m512i total[4];
    UNROLL for (int i = 0; i < mr; i++) total[i] = _mm512_set1_epi32(-128 * sum[i * ldsum]);
    UNROLL for (int step = 0; step < 8; step++) {
        __m512i w = _mm512_loadu_si512(quants + step * 64);
        UNROLL for (int i = 0; i < mr; i++) total[i] = add_products(total[i], w, a + i * lda + step * 4);
    }
    UNROLL for (int i = 0; i < mr; i++) memcpy(&s[i], &total[i], sizeof s[i]);
}

INLINE void q4_sums(int mr, const uint8_t *quants, const int8_t *a, long lda, integers *s) {
    const __m512i low = _mm512_set1_epi8(15);
    __m512i total[4];
    UNROLL for (int i = 0; i < mr; i++) total[i] = _mm512_setzero_si512();
    UNROLL for (int v = 0; v < 4; v++) {
        __m512i both = _mm512_loadu_si512(quants + v * 64);
        __m512i even = _mm512_and_si512(both, low), odd = _mm512_and_si512(_mm512_srli_epi16(both, 4), low);
        UNROLL for (int i = 0; i < mr; i++) {
            total[i] = add_products(total[i], even, a + i * lda + v * 8);
            total[i] = add_products(total[i], odd, a + i * lda + v * 8 + 4);
        }
    }
    UNROLL for (int i = 0; i < mr; i++) memcpy(&s[i], &total[i], sizeof s[i]);
}

#include "../vector/block_product.h"

#pragma clang attribute pop
#endif
